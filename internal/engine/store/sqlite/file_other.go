//go:build !linux

package sqlite

import "os"

// lockFile does nothing, because on other systems flock and SQLite use the same locks.
func lockFile(*os.File) error { return nil }

func unlockFile(*os.File) {}
