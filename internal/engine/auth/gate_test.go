package auth

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

const (
	busy     = "Too many sign-ins and sign-ups at the moment. Try again in a few seconds."
	ownShare = "Too many sign-ins and sign-ups from this address at the moment. Try again in a few seconds."
)

// A network that has filled its share is rejected immediately; another one's call is the next to run. Calls wait until shortly before their
// deadline.
func TestGate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const parallel, most, hash = 2, 2 + 2*maxWaiting, 500 * time.Millisecond
		g := newGate(parallel)
		var lock sync.Mutex
		running, ran, ended := 0, []string{}, map[string][]error{}
		send := func(ctx context.Context, address string) {
			err := g.do(identity.NewClientContext(ctx, identity.Client{Address: address}), func() {
				lock.Lock()
				running++
				ran = append(ran, address)
				if running > parallel {
					t.Errorf("%d run at once", running)
				}
				lock.Unlock()
				time.Sleep(hash) // of the bubble's clock, which passes at once
				lock.Lock()
				running--
				lock.Unlock()
			})
			lock.Lock()
			defer lock.Unlock()
			if ended[address] = append(ended[address], nil); err != nil {
				ended[address][len(ended[address])-1] = err
			}
		}
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		for range most + 5 {
			go send(ctx, "192.0.2.1")
			synctest.Wait()
		}
		if n := len(ended["192.0.2.1"]); n != 5 {
			t.Errorf("%d are refused at once, want 5", n)
		}
		for _, other := range []string{"192.0.2.2", "2001:db8::1", "2001:db8::2"} { // the latter two are one network
			go send(ctx, other)
			synctest.Wait()
		}
		time.Sleep(10*time.Second - hashReserve - time.Millisecond)
		synctest.Wait()
		lock.Lock()
		if n := len(ended["192.0.2.1"]); n <= 5 || len(ran) < 2*17 {
			t.Errorf("before the deadline %d have run, %d have ended", len(ran), n)
		}
		lock.Unlock()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if order := ran[2:8]; !slices.Contains(order, "192.0.2.2") || !slices.Contains(order, "2001:db8::1") ||
			!slices.Contains(order, "2001:db8::2") {
			t.Errorf("after the first two these ran: %q", order)
		}
		for address, errs := range ended {
			for _, err := range errs {
				if err != nil && address != "192.0.2.1" {
					t.Errorf("%s: %v", address, err)
				} else if err != nil {
					wantBusy(t, err, fault.RateLimited, ownShare)
				}
			}
		}
		if n := len(ended["192.0.2.1"]); n != most+5 || time.Since(start) > 12*time.Second {
			t.Errorf("%d have ended, want %d", n, most+5)
		}
	})
}

// A call that has waited only for other networks gets Unavailable. A call whose context ends, or that has no time for a hash, does not run.
func TestGateRefuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1)
		never := func() { t.Error("it has run") }
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		wantBusy(t, g.do(gone, never), fault.Unavailable, busy)
		err := g.do(identity.NewClientContext(t.Context(), identity.Client{Address: "192.0.2.1"}), func() {
			for _, limit := range []time.Duration{hashReserve / 2, 20 * time.Second} {
				ctx, cancel := context.WithTimeout(identity.NewClientContext(t.Context(), identity.Client{Address: "192.0.2.2"}), limit)
				start := time.Now()
				wantBusy(t, g.do(ctx, never), fault.Unavailable, busy)
				if waited := time.Since(start); waited != max(0, limit-hashReserve) {
					t.Errorf("with %s to go it has waited %s", limit, waited)
				}
				cancel()
			}
			ctx, hangUp := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, hangUp)
			err := g.do(ctx, never)
			wantBusy(t, err, fault.Unavailable, busy)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("who has hung up: %v", err)
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestPasswordsBusy shows that all go through the gate, and within a turn through none.
func TestPasswordsBusy(t *testing.T) {
	t.Parallel()
	p := newPasswords(4, 1)
	stored := must(p.Hash(t.Context(), "correct horse"))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	calls := map[string]func(context.Context) error{
		"Hash":         func(ctx context.Context) error { _, err := p.Hash(ctx, "correct horse"); return err },
		"CheckNothing": func(ctx context.Context) error { return p.CheckNothing(ctx, "correct horse") },
		"Turn":         func(ctx context.Context) error { return p.Turn(ctx, func(context.Context) error { return nil }) },
		"Check": func(ctx context.Context) error {
			ok, _, err := p.Check(ctx, stored, "correct horse")
			if ok != (err == nil) {
				t.Errorf("%t with %v", ok, err)
			}
			return err
		},
	}
	err := p.Turn(t.Context(), func(ctx context.Context) error {
		for name, call := range calls {
			if name != "Turn" {
				if err := call(ctx); err != nil {
					t.Errorf("%s within a turn: %v", name, err)
				}
				hangUp, cancel := context.WithCancel(ctx)
				cancel()
				wantBusy(t, call(hangUp), fault.Unavailable, busy)
			}
			late, cancel := context.WithTimeout(t.Context(), hashReserve/2)
			wantBusy(t, call(late), fault.RateLimited, ownShare)
			cancel()
			wantBusy(t, call(gone), fault.Unavailable, busy)
		}
		return errors.New("what f says")
	})
	if err == nil || err.Error() != "what f says" {
		t.Errorf("a turn: %v", err)
	}
}

func wantBusy(t *testing.T, err error, kind fault.Kind, text string) {
	t.Helper()
	if e := wantFault(t, err, kind, text); e.RetryAfter != busyRetryAfter || e.Code != "PASSWORD_CHECKS_BUSY" {
		t.Errorf("retry after %s, code %s", e.RetryAfter, e.Code)
	}
}
