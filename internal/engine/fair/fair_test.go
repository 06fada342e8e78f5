package fair

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// TestFairTurns lets callers wait for one who holds everything, and checks the order in which they are served.
func TestFairTurns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		total, share int64
		held         string   // the caller who holds everything at first
		waiting      []string // caller and units, in the order of arrival
		want         string   // callers, in the order in which they are served
	}{
		{1, 1, "x", []string{"ann 1", "ann 1", "ann 1", "bob 1", "cy 1"}, "ann bob cy ann ann"},
		{1, 1, "ann", []string{"ann 1", "bob 1"}, "bob ann"},
		{4, 4, "x", []string{"ann 4", "bob 4", "ann 1"}, "ann bob ann"},
		{4, 4, "x", []string{"ann 9", "bob 1"}, "ann bob"}, // more than the share counts as the share
	} {
		synctest.Test(t, func(t *testing.T) {
			q := &Queue{Total: tt.total, Share: tt.share, Waiting: 9}
			release, err := q.Acquire(t.Context(), tt.held, tt.total)
			if err != nil {
				t.Fatal(err)
			}
			var served []string // by the one goroutine that holds all, or the lock below
			var lock sync.Mutex
			for _, w := range tt.waiting {
				name, n := "", int64(0)
				if _, err := fmt.Sscan(w, &name, &n); err != nil {
					t.Fatal(err)
				}
				go func() {
					release, err := q.Acquire(t.Context(), name, n)
					if err != nil {
						t.Error(err)
						return
					}
					lock.Lock()
					served = append(served, name)
					lock.Unlock()
					time.Sleep(time.Second) // of the bubble's clock: until all others wait again
					release()
				}()
				synctest.Wait()
			}
			release()
			time.Sleep(time.Minute)
			synctest.Wait()
			if got := strings.Join(served, " "); got != tt.want {
				t.Errorf("%v: served %s, want %s", tt.waiting, got, tt.want)
			}
			if len(q.callers) != 0 || len(q.turns) != 0 || q.held != 0 {
				t.Errorf("left: %v %v %d", q.callers, q.turns, q.held)
			}
		})
	}
}

// TestShare checks that a caller who has a share waits, and that another one does not.
func TestShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &Queue{Total: 3, Share: 2, Waiting: 1}
		hold := func(name string) func() {
			t.Helper()
			release, err := q.Acquire(t.Context(), name, 1)
			if err != nil {
				t.Fatal(err)
			}
			return release
		}
		first, _ := hold("ann"), hold("ann")
		third := make(chan func())
		go func() { third <- hold("ann") }()
		synctest.Wait()
		if _, err := q.Acquire(t.Context(), "ann", 1); fault.KindOf(err) != fault.RateLimited {
			t.Errorf("more than may wait: %v", err)
		}
		hold("bob")
		select {
		case <-third:
			t.Error("ann has more than the share")
		default:
		}
		first()
		<-third
	})
}

// TestWait checks how long a request waits, and which cause the error reports.
func TestWait(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		holder string
		cancel bool
		want   error
		after  time.Duration
	}{
		{"behind one's own", "ann", false, fault.New(fault.RateLimited, "", ""), 5 * time.Second},
		{"behind another's", "bob", false, fault.New(fault.Unavailable, "", ""), 5 * time.Second},
		{"canceled", "ann", true, context.Canceled, time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			q := &Queue{Total: 1, Share: 1, Waiting: 1}
			if _, err := q.Acquire(t.Context(), tt.holder, 1); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if tt.cancel {
				time.AfterFunc(time.Second, cancel)
			}
			start := time.Now()
			_, err := q.Acquire(ctx, "ann", 1)
			if errors.Is(tt.want, context.Canceled) != errors.Is(err, context.Canceled) || fault.KindOf(err) != fault.KindOf(tt.want) ||
				time.Since(start) != tt.after {
				t.Errorf("%s: %v after %s, want %v after %s", tt.name, err, time.Since(start), tt.want, tt.after)
			}
			if f, ok := errors.AsType[*fault.Error](err); ok && f.RetryAfter == 0 {
				t.Errorf("%s: no Retry-After", tt.name)
			}
		})
	}
}

// TestLimits lets many callers come and go at random, and checks that no caller ever holds too much and that all are served.
func TestLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &Queue{Total: 10, Share: 4, Waiting: 1000}
		var lock sync.Mutex
		held := map[string]int64{}
		count := func(name string, n int64) {
			lock.Lock()
			defer lock.Unlock()
			held[name] += n
			held[""] += n
			if held[name] > q.Share || held[""] > q.Total {
				t.Errorf("%s holds %d, all %d", name, held[name], held[""])
			}
		}
		for i := range 2000 {
			name := string(rune('a' + i%7))
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+rand.IntN(5000))*time.Hour)
				defer cancel()
				if i%5 == 0 {
					time.AfterFunc(time.Duration(rand.IntN(1000))*time.Minute, cancel)
				}
				n := 1 + rand.Int64N(q.Share)
				release, err := q.Acquire(ctx, name, n)
				if err != nil {
					if i%5 != 0 && !slices.Contains([]fault.Kind{fault.RateLimited, fault.Unavailable}, fault.KindOf(err)) {
						t.Error(err)
					}
					return
				}
				count(name, n)
				time.Sleep(time.Duration(rand.IntN(60)) * time.Minute)
				count(name, -n)
				release()
			}()
		}
		time.Sleep(10_000 * time.Hour)
		synctest.Wait()
		if len(q.callers) != 0 || q.held != 0 || q.waiting != 0 {
			t.Errorf("left: %v, %d held, %d waiting", q.callers, q.held, q.waiting)
		}
	})
}

// TestWaitingTotal fills the queue with requests of many callers: the next one is rejected at once, but accepted after one of them has
// left.
func TestWaitingTotal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &Queue{Total: 1, Share: 1, Waiting: 10, WaitingTotal: 3}
		release, err := q.Acquire(t.Context(), "a", 1)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		for _, name := range []string{"b", "c", "d"} {
			go func() {
				if _, err := q.Acquire(ctx, name, 1); err != context.Canceled {
					t.Error(err)
				}
			}()
		}
		synctest.Wait()
		if _, err := q.Acquire(t.Context(), "e", 1); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("one too many: %v; want Unavailable", err)
		}
		cancel()
		synctest.Wait()
		go func() {
			synctest.Wait()
			release()
		}()
		if _, err := q.Acquire(t.Context(), "e", 1); err != nil {
			t.Error(err)
		}
	})
}
