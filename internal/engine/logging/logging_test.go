package logging_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/logging"
)

func newLog(out io.Writer) *logging.Log {
	return logging.New(out, func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) })
}

// output is an output that reports each write, and can be blocked.
type output struct{ writes chan string }

func (o output) Write(p []byte) (int, error) {
	o.writes <- string(p)
	return len(p), nil
}

// Lines are written together, in order, without a call of Close.
func TestBatch(t *testing.T) {
	t.Parallel()
	out := output{writes: make(chan string)}
	log := newLog(out)
	defer log.Close()
	for range 100 {
		log.With("a", 1).WithGroup("g").Info("line")
	}
	start, got := time.Now(), ""
	for writes := 0; strings.Count(got, "\n") < 100; writes++ {
		if got += <-out.writes; writes > 10 {
			t.Fatal("each line is a write")
		}
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("%s until it is written", took)
	}
}

// An error is written at once, with what was logged before it.
func TestErrorIsWrittenAtOnce(t *testing.T) {
	t.Parallel()
	out := output{writes: make(chan string)}
	log := newLog(out)
	defer log.Close()
	log.Info("before")
	log.With("a", 1).Error("broken")
	if got := <-out.writes; !strings.Contains(got, "before") {
		t.Errorf("%q", got)
	} else if !strings.Contains(got, "broken") {
		<-out.writes // the batch had begun
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := newLog(&out)
	log.Info("one")
	log.Close()
	log.Info("two")
	log.Close()
	if got := out.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "two") {
		t.Errorf("%q", got)
	}
}

// An output that accepts nothing does not stop the program. The lines that do not fit are counted, and reported when it works again.
func TestDropped(t *testing.T) {
	t.Parallel()
	out := output{writes: make(chan string)}
	log := newLog(out)
	long := strings.Repeat("x", 100_000)
	var writers sync.WaitGroup
	for range 10 {
		writers.Go(func() {
			for range 20 {
				log.Info(long)
			}
		})
	}
	writers.Wait()
	dropped := log.Dropped()
	if dropped < 100 || dropped > 190 {
		t.Errorf("%d of 200 lines were dropped; about 40 fit, and one batch is being written", dropped)
	}
	go log.Close()
	got := ""
	for !strings.Contains(got, `"lines":`) {
		got += <-out.writes
	}
	if n := strings.Count(got, long); uint64(n) != 200-dropped {
		t.Errorf("%d lines were written, %d dropped", n, dropped)
	}
}

// brokenOutput accepts a number of bytes, as a disk does that becomes full, until it is repaired.
type brokenOutput struct {
	writes   chan string
	accepts  int
	repaired atomic.Bool
}

func (o *brokenOutput) Write(p []byte) (int, error) {
	n, err := len(p), error(nil)
	if !o.repaired.Load() {
		n, err = min(o.accepts, n), errors.New("no space left on device")
	}
	o.writes <- string(p[:n])
	return n, err
}

// A line that was written in part stands alone, so that each later line is valid, and what was lost is reported once, when the output
// works again. Until then nothing is written that nobody has logged.
func TestFailingOutput(t *testing.T) {
	t.Parallel()
	for _, accepts := range []int{0, 7} {
		synctest.Test(t, func(t *testing.T) {
			out := &brokenOutput{writes: make(chan string, 100), accepts: accepts}
			log := newLog(out)
			log.Info("one")
			log.Info("two")
			time.Sleep(time.Hour)
			if n := log.Dropped(); n != 2 || len(out.writes) != 1 {
				t.Errorf("%d lines were dropped in %d writes, want 2 in 1", n, len(out.writes))
			}
			out.repaired.Store(true)
			log.Info("three")
			time.Sleep(time.Second)
			log.Close()
			close(out.writes)
			text := ""
			for part := range out.writes {
				text += part
			}
			lines := strings.Split(strings.TrimSpace(text), "\n")
			if accepts > 0 {
				lines = lines[1:]
			}
			if len(lines) != 2 || !json.Valid([]byte(lines[0])) || !strings.Contains(lines[0], "three") ||
				!strings.Contains(lines[1], `"lines":2`) {
				t.Errorf("the output is %q", text)
			}
		})
	}
}

func TestThrottle(t *testing.T) {
	t.Parallel()
	var every logging.Throttle
	storm := logging.Throttle{After: 2}
	start := time.Unix(1000, 0)
	for i, tt := range []struct {
		at                       time.Duration
		everyReport, stormReport bool
		everyCount, stormCount   uint64
	}{
		{0, true, false, 0, 0}, {time.Second, false, false, 0, 0}, {2 * time.Second, false, true, 0, 2},
		{59 * time.Second, false, false, 0, 0}, {60 * time.Second, true, false, 3, 0}, {200 * time.Second, true, false, 0, 0},
		{201 * time.Second, false, false, 0, 0}, {202 * time.Second, false, true, 0, 4}, {-time.Hour, true, false, 2, 0},
	} {
		n, report := every.Event(start.Add(tt.at))
		if n != tt.everyCount || report != tt.everyReport {
			t.Errorf("event %d: %d, %v", i, n, report)
		}
		if n, report = storm.Event(start.Add(tt.at)); n != tt.stormCount || report != tt.stormReport {
			t.Errorf("event %d of a storm: %d, %v", i, n, report)
		}
	}
	every.Event(start.Add(-time.Hour))
	if n := every.Suppressed(); n != 1 || every.Suppressed() != 0 {
		t.Errorf("%d events were suppressed, want 1", n)
	}
}
