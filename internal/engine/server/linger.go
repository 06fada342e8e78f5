package server

import (
	"net"
	"sync"
	"time"
)

// lingering limits how long the server keeps reading and discarding a request after an early response such as 413. Clients that read only
// after they have sent everything would otherwise get a reset instead of the response (RFC 9112, section 9.6).
type lingering struct {
	bytes int64         // per connection
	idle  time.Duration // without data
	total time.Duration // per connection
	count int           // of connections at once; others are closed immediately
}

var usualLingering = lingering{bytes: 64 << 20, idle: 5 * time.Second, total: 30 * time.Second, count: 256}

// listen returns a listener whose connections linger after Close.
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

// halfCloser is a connection that can be closed for writing only, such as a TCP connection.
type halfCloser interface {
	net.Conn
	CloseWrite() error
}

// lingeringConn sends FIN on Close and keeps reading, within limits, until the client's FIN. If a socket with unread data is closed, the
// kernel sends a reset, after which the client's kernel may discard the response.
type lingeringConn struct {
	halfCloser
	listener *lingeringListener
	once     sync.Once
	err      error // of the close
}

// CloseWrite is called by net/http if it has not read the whole request, 500 ms before Close.
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

// discard reads until the client has sent everything or a limit is reached.
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
