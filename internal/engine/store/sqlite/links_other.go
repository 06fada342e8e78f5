//go:build !unix

package sqlite

import "io/fs"

// links returns 1, because a FileInfo does not contain the number of names on this platform.
func links(fs.FileInfo) uint64 { return 1 }
