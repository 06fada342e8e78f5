package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
)

// unixScheme is the prefix of an address that is the path of a Unix socket.
const unixScheme = "unix:"

// listen listens on address, which is the value of flag: host and port, or unix:PATH. The socket file gets the mode. A file that a process
// left behind is replaced; one of a running process is not, and neither is a file that is not a socket.
func listen(flag, address string, mode fs.FileMode) (net.Listener, error) {
	path, unix := strings.CutPrefix(address, unixScheme)
	if !unix {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return nil, fmt.Errorf("%s: cannot listen on %s: %w", flag, address, errors.Unwrap(err))
		}
		return listener, nil
	}
	listener, err := net.Listen("unix", path)
	if errors.Is(err, syscall.EADDRINUSE) && abandoned(path) {
		if err = os.Remove(path); err == nil {
			listener, err = net.Listen("unix", path)
		}
	}
	if err == nil {
		// Until now only this user can connect, unless the umask is 0.
		if err = os.Chmod(path, mode); err != nil {
			listener.Close()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot listen on the Unix socket %s: %w", flag, path, err)
	}
	return listener, nil
}

// abandoned reports whether path is a Unix socket on which no process listens.
func abandoned(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != fs.ModeSocket {
		return false
	}
	c, err := net.Dial("unix", path)
	if err == nil {
		c.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// dialer returns the network and the address with which a client reaches a server that listens on address.
func dialer(address string) (network, at string) {
	if path, unix := strings.CutPrefix(address, unixScheme); unix {
		return "unix", path
	}
	return "tcp", address
}
