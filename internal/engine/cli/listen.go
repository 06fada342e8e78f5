package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/coreos/go-systemd/v22/activation"
)

// unixScheme is the prefix of an address that is the path of a Unix socket.
const unixScheme = "unix:"

// fromSystemd is the address that stands for the socket which systemd listens on.
const fromSystemd = "systemd"

// listen listens on address, which is the value of flag: host and port, unix:PATH, or the socket that systemd passes. The socket file gets
// the mode. A file that a process left behind is replaced; one of a running process is not, and neither is a file that is not a socket.
func listen(flag, address string, mode fs.FileMode) (net.Listener, error) {
	if address == fromSystemd {
		return inherited(flag)
	}
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

// inherited returns the listener that systemd passes to the process (sd_listen_fds). While no process uses it, connections wait in it.
func inherited(flag string) (net.Listener, error) {
	listeners, err := activation.Listeners()
	if err != nil {
		return nil, fmt.Errorf("%s=%s: %w", flag, fromSystemd, err)
	}
	if len(listeners) != 1 || listeners[0] == nil {
		return nil, fmt.Errorf("%s=%s: systemd passes %d sockets, want one of a connection-oriented protocol; see systemd.socket(5)",
			flag, fromSystemd, len(listeners))
	}
	return listeners[0], nil
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
