// Package logging writes a log in batches, and limits how often a repeated event is reported.
package logging

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	delay      = 50 * time.Millisecond // from the first line of a batch to its write
	fullBatch  = 64 << 10              // bytes of a batch that is written at once
	maxPending = 4 << 20               // bytes of lines that are not written yet; more lines are dropped
	closeLimit = time.Second
)

// Log is a log whose lines are written by a goroutine of its own, so that a request does not wait for the terminal, the file or the pipe:
// 0.1 seconds after they were logged, or at once if a line has level ERROR or above. Lines are dropped, counted and reported if the output
// accepts too few. It is safe for concurrent use.
type Log struct {
	*slog.Logger

	out    io.Writer
	filled chan struct{} // a batch has its first line
	now    chan struct{} // the batch must not wait
	stop   chan struct{} // closed by Close
	ended  chan struct{} // closed after the last batch
	once   sync.Once

	torn bool // the output ends within a line, because a write failed; used by the goroutine

	lock     sync.Mutex
	pending  []byte
	dropped  uint64
	reported uint64 // of dropped
	closed   bool   // lines are written directly
}

// New returns a log in the format of a handler. Close must be called at the end.
func New(out io.Writer, format func(io.Writer) slog.Handler) *Log {
	l := &Log{out: out, filled: make(chan struct{}, 1), now: make(chan struct{}, 1), stop: make(chan struct{}), ended: make(chan struct{})}
	l.Logger = slog.New(handler{format(lineWriter{l}), l})
	go l.run()
	return l
}

// Dropped returns the number of lines that were dropped or could not be written since the start.
func (l *Log) Dropped() uint64 {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.dropped
}

// Close writes the remaining lines. It waits for at most a second if the output does not accept them. Lines that are logged later are
// written directly.
func (l *Log) Close() {
	l.once.Do(func() { close(l.stop) })
	select {
	case <-l.ended:
	case <-time.After(closeLimit):
	}
}

func (l *Log) run() {
	defer close(l.ended)
	for {
		select {
		case <-l.filled:
			l.wait()
			l.flush()
		case <-l.now: // it may be noticed before filled
			l.flush()
		case <-l.stop:
			l.flush()
			l.lock.Lock()
			defer l.lock.Unlock()
			if l.closed = true; len(l.pending) > 0 {
				l.dropped += l.write(l.pending)
			}
			return
		}
	}
}

// wait returns when the batch must be written.
func (l *Log) wait() {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.now:
	case <-l.stop:
	}
}

// flush writes the pending lines. It reports dropped lines after a write that has succeeded: the report would be dropped, too.
func (l *Log) flush() {
	l.lock.Lock()
	batch := l.pending
	l.pending = nil
	l.lock.Unlock()
	if len(batch) == 0 {
		return
	}
	lost := l.write(batch)
	l.lock.Lock()
	l.dropped += lost
	if len(l.pending) == 0 && cap(batch) <= 2*fullBatch {
		l.pending = batch[:0]
	}
	missing := l.dropped - l.reported
	if lost == 0 {
		l.reported = l.dropped
	}
	l.lock.Unlock()
	if lost == 0 && missing > 0 {
		l.Warn("log lines were dropped, because the output did not accept them", "lines", missing)
	}
}

// write writes a batch, and returns the number of its lines that were not written. After a line that was written in part, it begins a new
// one, so that each later line is complete.
func (l *Log) write(batch []byte) (lost uint64) {
	text := batch
	if l.torn {
		text = append([]byte{'\n'}, batch...)
	}
	n, err := l.out.Write(text)
	if n > 0 {
		l.torn = text[n-1] != '\n'
	}
	if err == nil {
		return 0
	}
	return uint64(bytes.Count(text[max(n, len(text)-len(batch)):], []byte{'\n'}))
}

// lineWriter adds lines to the batch.
type lineWriter struct{ *Log }

// Write implements io.Writer. It never blocks and never fails.
func (w lineWriter) Write(line []byte) (int, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	switch {
	case w.closed:
		_, _ = w.out.Write(line)
	case len(w.pending)+len(line) > maxPending:
		w.dropped++
	default:
		first := len(w.pending) == 0
		w.pending = append(w.pending, line...)
		if first {
			signal(w.filled)
		}
		if len(w.pending) >= fullBatch {
			signal(w.now)
		}
	}
	return len(line), nil
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// handler writes a batch at once after an error.
type handler struct {
	slog.Handler
	log *Log
}

// Handle implements slog.Handler.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	err := h.Handler.Handle(ctx, r)
	if r.Level >= slog.LevelError {
		signal(h.log.now)
	}
	return err
}

// WithAttrs implements slog.Handler.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs), h.log}
}

// WithGroup implements slog.Handler.
func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.Handler.WithGroup(name), h.log}
}
