//go:build !linux

package sqlite

import "os"

// lockFile does nothing: elsewhere flock's locks are SQLite's too.
func lockFile(*os.File) error { return nil }
