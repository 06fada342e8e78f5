package server

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"
)

// pace is the minimum speed at which a client must read a response: each part in time, and the whole at the minimum rate. There is
// no limit on the total time. Only the time in which a write waits for the client counts.
type pace struct {
	part  int           // bytes per deadline
	stall time.Duration // for one part; the whole may take this long in addition to the time at the rate
	rate  int64         // bytes per second
}

var usualPace = pace{part: 64 << 10, stall: responseTimeout, rate: 8 << 10}

// handler extends the write deadline of each response while it is sent. net/http's WriteTimeout is the deadline of its first part.
func (p pace) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&pacedWriter{ResponseWriter: w, control: http.NewResponseController(w), pace: p}, r)
	})
}

type pacedWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	pace
	sent   int64 // bytes of the body
	waited time.Duration
}

func (w *pacedWriter) Write(data []byte) (sent int, err error) {
	for {
		begun := time.Now()
		patience := min(w.stall, w.stall+time.Duration(w.sent/w.rate)*time.Second-w.waited)
		if err := w.control.SetWriteDeadline(begun.Add(patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return sent, err
		}
		n, err := w.ResponseWriter.Write(data[sent:min(sent+w.part, len(data))])
		sent, w.sent, w.waited = sent+n, w.sent+int64(n), w.waited+time.Since(begun)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = &slowClientError{w.sent, w.waited, err}
		}
		if err != nil || sent == len(data) {
			return sent, err
		}
	}
}

// Unwrap is for http.ResponseController.
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// slowClientError is the error of a response whose client has stopped reading, or reads too slowly.
type slowClientError struct {
	sent   int64
	waited time.Duration
	err    error
}

func (e *slowClientError) Error() string {
	return fmt.Sprintf("after %d bytes of the response, the server waited %s for the client to read: %v",
		e.sent, e.waited.Round(time.Millisecond), e.err)
}

func (e *slowClientError) Unwrap() error { return e.err }
