package sqlite

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// File systems on which flock becomes the lock of a byte range, which would also block SQLite (statfs(2)).
const (
	nfs  = 0x6969
	smb  = 0x517b
	cifs = 0xff534d42
	smb2 = 0xfe534d42
	v9fs = 0x01021997
)

// unlockFile releases the lock of lockFile. Closing the file is not enough: a child of this process that was just forked has it, too.
func unlockFile(f *os.File) { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }

// lockFile locks the file, regardless of its name. It uses flock, which is independent of fcntl's locks, which SQLite uses.
func lockFile(f *os.File) error {
	var system syscall.Statfs_t
	if err := syscall.Fstatfs(int(f.Fd()), &system); err != nil {
		return fmt.Errorf("lock the database %s: %w", f.Name(), err)
	}
	switch int64(system.Type) & 0xffffffff { // it is an int32 on some platforms
	case nfs, smb, cifs, smb2, v9fs:
		return nil
	}
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return errInUse(f.Name())
	case err != nil && !errors.Is(err, syscall.ENOSYS) && !errors.Is(err, syscall.EOPNOTSUPP) && !errors.Is(err, syscall.ENOLCK):
		return fmt.Errorf("lock the database %s: %w", f.Name(), err)
	}
	return nil
}
