package server

import (
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// TestLingering has clients that keep sending after the server has closed. Time is synctest's.
func TestLingering(t *testing.T) {
	t.Parallel()
	limits := lingering{bytes: 1000, idle: 5 * time.Second, total: 30 * time.Second, count: 2}
	for _, tt := range []struct {
		name  string
		bytes int
		every time.Duration
		taken int
		after time.Duration
	}{
		{"nothing", 1, time.Hour, 1, 5001 * time.Millisecond},
		{"a byte now and then", 1, 900 * time.Millisecond, 34, 30600 * time.Millisecond},
		{"without end", 100, 0, 1000, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := limits.listen(&oneConn{conns: make(chan net.Conn, 3), closed: make(chan struct{})})
				var clients []net.Conn
				for range 3 {
					client, server := net.Pipe()
					l.(*lingeringListener).Listener.(*oneConn).conns <- halfPipe{server}
					c, err := l.Accept()
					must(t, err)
					must(t, c.Close())
					must(t, c.Close())
					clients = append(clients, client)
					defer client.Close()
				}
				if _, err := clients[2].Write([]byte("x")); err == nil {
					t.Error("the third connection lingers; two may")
				}
				begun, taken := time.Now(), 0
				for taken < 2000 {
					if _, err := clients[0].Write(make([]byte, tt.bytes)); err != nil {
						break
					}
					taken += tt.bytes
					must(t, clients[0].SetWriteDeadline(time.Time{}))
					time.Sleep(min(tt.every, limits.idle+time.Millisecond))
				}
				if took := time.Since(begun); taken != tt.taken || took != tt.after {
					t.Errorf("%d bytes in %v, want %d in %v", taken, took, tt.taken, tt.after)
				}
			})
		})
	}
}

// halfPipe is an end of a pipe that can be half closed, as far as a reader sees.
type halfPipe struct{ net.Conn }

func (halfPipe) CloseWrite() error { return nil }
