package logging_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/logging"
)

func newLog(out io.Writer) *logging.Log {
	return logging.New(out, func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) })
}

// output is an output that reports each write, and can be blocked.
type output struct {
	writes chan string
	err    error
}

func (o output) Write(p []byte) (int, error) {
	o.writes <- string(p)
	return len(p), o.err
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

func TestFailingOutput(t *testing.T) {
	t.Parallel()
	out := output{make(chan string, 10), errors.New("the pipe is closed")}
	log := newLog(out)
	log.Info("one")
	<-out.writes
	log.Close()
	if log.Dropped() == 0 {
		t.Error("no line was dropped")
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
	if _, report := every.Event(start.Add(-time.Hour)); !report {
		t.Error("the next event is not reported")
	}
}
