package cli

import (
	"net"
	"os"
	"syscall"
)

// mayControl reports whether the process at the other end belongs to the same user, or to root.
func mayControl(c *net.UnixConn) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	var peer *syscall.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		peer, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	return err == nil && failed == nil && isOperator(peer.Uid)
}

func isOperator(uid uint32) bool { return uid == 0 || int(uid) == os.Geteuid() }
