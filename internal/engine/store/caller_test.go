package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// noting is a backend that fails, and records for each context whether it is that of a scan, and its caller.
type noting struct {
	store.Backend
	scan   bool
	caller string
}

var errNoted = errors.New("noted")

func (n *noting) note(ctx context.Context) error {
	n.scan, n.caller = store.IsScan(ctx), store.Caller(ctx)
	return errNoted
}

func (n *noting) Get(ctx context.Context, _ *store.Model, _ string) (store.Document, error) {
	return store.Document{}, n.note(ctx)
}

func (n *noting) Find(ctx context.Context, _ *store.Model, _ *filter.Query, _ func(store.Document) error) error {
	return n.note(ctx)
}

func (n *noting) Count(ctx context.Context, _ *store.Model, _ filter.Where) (int64, error) {
	return 0, n.note(ctx)
}

func (n *noting) UpdateAll(ctx context.Context, _ *store.Model, _ filter.Where, _ []store.Change) (int64, error) {
	return 0, n.note(ctx)
}

// TestScans checks that a condition from a client's text makes a scan, that one from Go code does not, and that both have a caller.
func TestScans(t *testing.T) {
	t.Parallel()
	backend := new(noting)
	notes := store.CollectionOf[note](store.New(backend, []*store.Model{model(t, "Note", "notes", false)}), "Note")
	where, change := json.RawMessage(`{"text":{"like":"%x"}}`), map[string]string{"text": "y"}
	for name, tt := range map[string]struct {
		scan bool
		do   func(context.Context) error
	}{
		"Find":      {true, func(ctx context.Context) error { _, err := notes.Find(ctx, nil); return err }},
		"Count":     {true, func(ctx context.Context) error { _, err := notes.Count(ctx, where); return err }},
		"UpdateAll": {true, func(ctx context.Context) error { _, err := notes.UpdateAll(ctx, where, nil, change); return err }},
		"Read":      {false, func(ctx context.Context) error { _, _, err := notes.Read(ctx, "a", nil); return err }},
		"Get":       {false, func(ctx context.Context) error { _, _, err := notes.Get(ctx, "a"); return err }},
		"First":     {false, func(ctx context.Context) error { _, _, err := notes.First(ctx, equal(notes, "id", "a")); return err }},
		"CountWhere": {false, func(ctx context.Context) error {
			_, err := notes.CountWhere(ctx, equal(notes, "id", "a"))
			return err
		}},
	} {
		for ctx, caller := range map[context.Context]string{
			as("ann"): "ann",
			identity.NewClientContext(as("ann"), identity.NewClient("192.0.2.1", "")): "ann",
		} {
			if err := tt.do(ctx); !errors.Is(err, errNoted) || backend.scan != tt.scan || backend.caller != caller {
				t.Errorf("%s: %v, scan %v of %q, want %v of %q", name, err, backend.scan, backend.caller, tt.scan, caller)
			}
		}
	}
	for address, caller := range map[string]string{"192.0.2.1": "192.0.2.1", "2001:db8::1": "2001:db8::/64", "": ""} {
		if got := store.Caller(identity.NewClientContext(t.Context(), identity.NewClient(address, ""))); got != caller {
			t.Errorf("the caller at %q is %q, want %q", address, got, caller)
		}
	}
}
