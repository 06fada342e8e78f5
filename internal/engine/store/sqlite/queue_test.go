package sqlite

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

// TestWriteOrder checks which writes share a transaction, and in which order they run.
func TestWriteOrder(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, tt := range []struct {
		name, waiting string // callers in the order in which they come; a bulk write in capitals
		want          []string
	}{
		{"one caller", "aaa", []string{"aaa"}},
		{"turns", "aaaabbc", []string{"abcabaa"}},
		{"bulk writes alone", "aAAbB", []string{"ab", "A", "B", "A"}},
		{"bulk writes of one and another caller", "AAAB", []string{"A", "B", "A", "A"}},
	} {
		q := writeQueue{resting: map[string]time.Time{}, filled: make(chan struct{}, 1), wasBulk: true}
		for _, r := range tt.waiting {
			name := string(r)
			if !q.push(&op{caller: strings.ToLower(name), bulk: name != strings.ToLower(name)}) {
				t.Fatal("no room")
			}
		}
		var got []string
		for {
			batch, _ := q.take(now)
			if len(batch) == 0 {
				break
			}
			text := ""
			for _, o := range batch {
				if o.bulk {
					o.caller = strings.ToUpper(o.caller)
				}
				text += o.caller
			}
			got = append(got, text)
		}
		if strings.Join(got, " ") != strings.Join(tt.want, " ") {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestBulkRests checks that a bulk write waits for as long as the one before took, that other writes do not, and that neither waits for
// ever.
func TestBulkRests(t *testing.T) {
	t.Parallel()
	q := writeQueue{resting: map[string]time.Time{}, filled: make(chan struct{}, 1)}
	now := time.Now()
	q.rest("ann", now, time.Second)
	q.push(&op{caller: "ann", bulk: true})
	q.push(&op{caller: "cy", bulk: true})
	q.push(&op{caller: "", bulk: true})
	q.rest("", now, time.Hour)
	for _, want := range []string{"cy", ""} {
		if batch, _ := q.take(now); len(batch) != 1 || batch[0].caller != want {
			t.Errorf("a bulk write of %q has to wait for another caller's", want)
		}
	}
	if batch, wait := q.take(now); len(batch) != 0 || wait != time.Second {
		t.Errorf("a bulk write right after another: %d writes, wait %s", len(batch), wait)
	}
	q.push(&op{caller: "bob"})
	if batch, _ := q.take(now); len(batch) != 1 || batch[0].bulk {
		t.Error("another write has to wait")
	}
	q.push(&op{caller: "bob"})
	if batch, _ := q.take(now.Add(time.Second)); len(batch) != 1 || !batch[0].bulk {
		t.Error("a bulk write is held back by others for ever")
	}
	q.push(&op{caller: "ann", bulk: true})
	if batch, _ := q.take(now.Add(time.Hour)); len(batch) != 1 || batch[0].bulk {
		t.Error("other writes are held back by bulk writes for ever")
	}
}

// TestPutBack checks that writes that did not begin come first, in their order, and can still be withdrawn.
func TestPutBack(t *testing.T) {
	t.Parallel()
	q := writeQueue{resting: map[string]time.Time{}, filled: make(chan struct{}, 1)}
	ops := map[string]*op{}
	for _, name := range []string{"a1", "a2", "b1", "b2"} {
		ops[name] = &op{caller: name[:1]}
		q.push(ops[name])
	}
	batch, _ := q.take(time.Now()) // a1 b1 a2 b2
	q.push(&op{caller: "c"})
	ops["a3"] = &op{caller: "a"}
	q.push(ops["a3"])
	q.putBack(batch[1:])
	if !q.withdraw(ops["a2"]) || q.withdraw(ops["a1"]) || q.withdraw(ops["a2"]) {
		t.Error("withdrawn are not those that wait")
	}
	batch, _ = q.take(time.Now())
	var got []string
	for _, o := range batch {
		name := o.caller
		for known, one := range ops {
			if one == o {
				name = known
			}
		}
		got = append(got, name)
	}
	if strings.Join(got, " ") != "b1 a3 c b2" {
		t.Errorf("%q", got)
	}
}

// TestWritersTakeTurns queues many writes of one caller before one of another, and checks that this one is written second.
func TestWritersTakeTurns(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, file(t), m)
	began, goOn := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	var order []string // by the writer
	submit := func(account string, do func(*conn) error) {
		wg.Go(func() {
			if err := db.submit(identity.NewContext(t.Context(), identity.Principal{ID: account}), do); err != nil {
				t.Error(err)
			}
		})
	}
	submit("ann", func(*conn) error {
		close(began)
		<-goOn
		return nil
	})
	<-began
	waiting := func(n int) { // returns when as many wait
		for count := 0; count < n; runtime.Gosched() {
			db.writes.lock.Lock()
			count = 0
			for _, l := range db.writes.small.order {
				count += len(l.ops)
			}
			db.writes.lock.Unlock()
		}
	}
	note := func(account string) func(*conn) error {
		return func(*conn) error {
			for start := time.Now(); time.Since(start) < batchTime/4; { // several batches
			}
			order = append(order, account)
			return nil
		}
	}
	for i := range 20 {
		submit("ann", note("ann"))
		waiting(i + 1)
	}
	submit("bob", note("bob"))
	waiting(21)
	close(goOn)
	wg.Wait()
	if len(order) != 21 || order[0] != "bob" && order[1] != "bob" {
		t.Errorf("written %q, want bob's among the first two", order)
	}
}

// TestTooManyWrites checks that one caller cannot make the queue grow without limit.
func TestTooManyWrites(t *testing.T) {
	t.Parallel()
	q := writeQueue{resting: map[string]time.Time{}, filled: make(chan struct{}, 1)}
	for range maxQueued {
		if !q.push(&op{caller: "ann"}) {
			t.Fatal("refused too early")
		}
	}
	if q.push(&op{caller: "ann"}) || !q.push(&op{caller: "bob"}) {
		t.Error("ann's was taken, or bob's was refused")
	}
}

// TestCloseRefusesWhatWaits closes the store while writes wait for one that has begun.
func TestCloseRefusesWhatWaits(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, file(t), m)
	began, goOn := make(chan struct{}), make(chan struct{})
	outcome := make(chan error, 1)
	go func() {
		outcome <- db.submit(context.Background(), func(*conn) error {
			close(began)
			<-goOn
			return nil
		})
	}()
	<-began
	waits := make(chan error, 1)
	go func() { waits <- db.submit(context.Background(), func(*conn) error { return nil }) }()
	closed := make(chan error, 1)
	go func() { closed <- db.Close(context.Background()) }()
	if err := <-waits; fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a write that waits: %v", err)
	}
	close(goOn)
	if err := <-outcome; err != nil {
		t.Errorf("a write that has begun: %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}
