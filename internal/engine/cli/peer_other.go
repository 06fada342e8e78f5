//go:build !linux

package cli

import "net"

// mayControl returns true: the permissions of the socket keep other users out.
func mayControl(*net.UnixConn) bool { return true }
