//go:build !unix

package sqlite

import "io/fs"

// links returns 1: a FileInfo does not have the number of names here.
func links(fs.FileInfo) uint64 { return 1 }
