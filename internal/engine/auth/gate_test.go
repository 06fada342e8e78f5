package auth

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

const busy = "Too many sign-ins and sign-ups at the moment. Try again in a few seconds."

// TestGate sends more callers than can run and wait: so many run, so many wait, the rest is turned away at once.
func TestGate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const parallel, callers = 3, 40
		g := newGate(parallel)
		var running, done, refused atomic.Int32
		next := make(chan struct{})
		for range callers {
			go func() {
				err := g.do(t.Context(), func() {
					running.Add(1)
					<-next
					running.Add(-1)
				})
				if err != nil {
					refused.Add(1)
					wantBusy(t, err)
				} else {
					done.Add(1)
				}
			}()
		}
		synctest.Wait()
		waiting := int32(cap(g.waiting))
		if running.Load() != parallel || len(g.waiting) != cap(g.waiting) || refused.Load() != callers-parallel-waiting {
			t.Errorf("%d run, %d wait, %d are refused", running.Load(), len(g.waiting), refused.Load())
		}
		for range parallel + waiting {
			next <- struct{}{}
			synctest.Wait()
			if running.Load() > parallel {
				t.Errorf("%d run at once", running.Load())
			}
		}
		if done.Load() != parallel+waiting || len(g.running) != 0 || len(g.waiting) != 0 {
			t.Errorf("%d have ended, %d and %d places are still taken", done.Load(), len(g.running), len(g.waiting))
		}
	})
}

// TestGateLosesPatience waits 2 s by the bubble's clock, which passes at once.
func TestGateLosesPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := fullGate(t)
		start := time.Now()
		wantBusy(t, g.do(t.Context(), func() { t.Error("it has run") }))
		if waited := time.Since(start); waited != 2*time.Second {
			t.Errorf("it has waited %s", waited)
		}
	})
}

func TestGateContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := fullGate(t)
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error)
		go func() { result <- g.do(ctx, func() { t.Error("it has run") }) }()
		synctest.Wait()
		cancel()
		err := <-result
		wantBusy(t, err)
		if !errors.Is(err, context.Canceled) || len(g.waiting) != 0 {
			t.Errorf("got %v, %d wait", err, len(g.waiting))
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantBusy(t, newGate(1).do(ctx, func() { t.Error("it has run without a caller") }))
}

// TestPasswordsBusy shows that all three go through the gate.
func TestPasswordsBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPasswords(4, 1)
		stored := must(p.Hash(t.Context(), "correct horse"))
		p.gate = fullGate(t)
		_, err := p.Hash(t.Context(), "correct horse")
		wantBusy(t, err)
		ok, _, err := p.Check(t.Context(), stored, "correct horse")
		wantBusy(t, err)
		if ok {
			t.Error("a busy gate lets the password pass")
		}
		wantBusy(t, p.CheckNothing(t.Context(), "correct horse"))
	})
}

// fullGate returns a gate with one place, taken until the test ends.
func fullGate(t *testing.T) *gate {
	t.Helper()
	g := newGate(1)
	g.running <- struct{}{}
	return g
}

func wantBusy(t *testing.T, err error) {
	t.Helper()
	if e := wantFault(t, err, fault.Unavailable, busy); e.RetryAfter != 2*time.Second || e.Code != "PASSWORD_CHECKS_BUSY" {
		t.Errorf("retry after %s, code %s", e.RetryAfter, e.Code)
	}
}
