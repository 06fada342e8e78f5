//go:build unix

package auth

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// checkOwner returns an error if a user other than the process's user and root may change a key file. Whoever can write to the
// directory can replace the file, unless the directory is sticky. A group of the process may write to it, as is usual for container
// volumes, because a file that another user creates there is rejected.
func checkOwner(path string, info fs.FileInfo) error {
	if err := checkOwnerOf("it", path, info); err != nil {
		return err
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	for _, dir := range slices.Compact([]string{filepath.Dir(path), filepath.Dir(target)}) {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		if err := checkOwnerOf("its directory", dir, info); err != nil {
			return err
		}
		if mode := info.Mode(); mode&fs.ModeSticky == 0 && (mode&0o002 != 0 || mode&0o020 != 0 && !inGroup(info)) {
			return fmt.Errorf("other users can write to its directory %s and replace the key (mode %04o); run: chmod go-w %[1]s", dir,
				mode.Perm())
		}
	}
	return nil
}

func checkOwnerOf(what, path string, info fs.FileInfo) error {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok || s.Uid == 0 || int(s.Uid) == os.Geteuid() {
		return nil
	}
	return fmt.Errorf("%s belongs to user %d, who could replace it; this process is user %d: run it as the owner, or run: chown %[3]d %s",
		what, s.Uid, os.Geteuid(), path)
}

// throughGroup reports whether the process's user does not own the file, and the process is in the group of the file: without access for
// the group, it could not read the file.
func throughGroup(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) != os.Geteuid() && inGroup(info)
}

// inGroup reports whether the process is in the group of a file.
func inGroup(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	groups, err := os.Getgroups()
	return ok && (int(s.Gid) == os.Getegid() || err == nil && slices.Contains(groups, int(s.Gid)))
}
