package server

import (
	"net"
	"sync"
	"time"
)

// lingering says how long the server reads on and discards after an early answer such as 413, so that clients that read only when they
// have sent everything get the answer and not a reset (RFC 9112, section 9.6).
type lingering struct {
	bytes int64         // of one connection
	idle  time.Duration // without a byte
	total time.Duration // of one connection
	count int           // connections at once; more are closed without waiting
}

var usualLingering = lingering{bytes: 64 << 20, idle: 5 * time.Second, total: 30 * time.Second, count: 256}

// listen returns a listener whose connections linger when they are closed.
func (l lingering) listen(listener net.Listener) net.Listener {
	return &lingeringListener{listener, l, make(chan struct{}, l.count)}
}

type lingeringListener struct {
	net.Listener
	lingering
	places chan struct{}
}

func (l *lingeringListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	half, ok := c.(halfCloser)
	if err != nil || !ok {
		return c, err
	}
	return &lingeringConn{halfCloser: half, listener: l}, nil
}

// halfCloser is what a TCP connection has and a connection in general has not.
type halfCloser interface {
	net.Conn
	CloseWrite() error
}

// lingeringConn sends its FIN when it is closed and reads on, within limits, until the client has sent its own. Closing a socket that has unread
// bytes makes the kernel send a reset, which lets the client's kernel throw away the answer.
type lingeringConn struct {
	halfCloser
	listener *lingeringListener
	once     sync.Once
	err      error // of the close
}

// CloseWrite is called by net/http when it has not read the request to its end, 500 ms before Close.
func (c *lingeringConn) CloseWrite() error { return c.Close() }

// Close does not wait for the client.
func (c *lingeringConn) Close() error {
	c.once.Do(func() {
		if c.err = c.halfCloser.CloseWrite(); c.err != nil {
			_ = c.halfCloser.Close() // the client has gone already
			return
		}
		select {
		case c.listener.places <- struct{}{}:
			go func() {
				c.discard()
				_ = c.halfCloser.Close()
				<-c.listener.places
			}()
		default:
			c.err = c.halfCloser.Close()
		}
	})
	return c.err
}

// discard reads until the client has sent everything, or more than the limits allow.
func (c *lingeringConn) discard() {
	end := time.Now().Add(c.listener.total)
	buffer := make([]byte, 32<<10)
	for left := c.listener.bytes; left > 0; {
		deadline := time.Now().Add(c.listener.idle)
		if deadline.After(end) {
			deadline = end
		}
		if err := c.SetReadDeadline(deadline); err != nil {
			return
		}
		n, err := c.Read(buffer)
		if err != nil {
			return
		}
		left -= int64(n)
	}
}
