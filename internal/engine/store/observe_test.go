package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
)

// calls records calls.
type calls struct{ list []string }

func (c *calls) Begin(ctx context.Context, call store.Call) (context.Context, func(error)) {
	return ctx, func(err error) {
		where := ""
		if call.Query.Where != nil {
			where = fmt.Sprintf(" where %T", call.Query.Where)
		}
		c.list = append(c.list, fmt.Sprintf("%s %s%s: %d", call.Method, call.Collection, where, fault.KindOf(err)))
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	backend, err := sqlite.Open(t.Context(), sqlite.Memory)
	must(t, err)
	if store.Observe(backend) != store.Backend(backend) {
		t.Error("a backend without observers is wrapped")
	}
	first, second := &calls{}, &calls{}
	b := store.Observe(backend, first, second)
	t.Cleanup(func() { must(t, b.Close(context.Background())) })
	m := model(t, "Note", "notes", false)
	must(t, b.Migrate(t.Context(), []*store.Model{m}))
	ctx, all := t.Context(), filter.Everything{}
	must(t, b.Insert(ctx, m, store.Document{ID: "1", JSON: []byte(`{"id":"1","text":"a","owner":"ann"}`)}))
	_, err = b.Get(ctx, m, "1")
	_, missing := b.Get(ctx, m, "2")
	_, counted := b.Count(ctx, m, all)
	_, updated := b.Update(ctx, m, "1", []store.Change{{Name: "text", JSON: []byte(`"b"`)}}, store.Guard{Version: 1})
	_, updatedAll := b.UpdateAll(ctx, m, all, []store.Change{{Name: "text", JSON: []byte(`"c"`)}})
	found := b.Find(ctx, m, &filter.Query{Where: all, Limit: 1}, func(store.Document) error { return nil })
	deleted := b.Delete(ctx, m, "1", store.Guard{})
	_, deletedAll := b.DeleteAll(ctx, m, all)
	if fault.KindOf(missing) != fault.NotFound {
		t.Errorf("a missing document: %v", missing)
	}
	must(t, errors.Join(err, counted, updated, updatedAll, found, deleted, deletedAll))
	none := int(fault.KindOf(nil))
	want := []string{
		fmt.Sprintf("insert notes: %d", none), fmt.Sprintf("get notes: %d", none), fmt.Sprintf("get notes: %d", fault.NotFound),
		fmt.Sprintf("count notes where filter.Everything: %d", none), fmt.Sprintf("update notes: %d", none),
		fmt.Sprintf("update_all notes where filter.Everything: %d", none), fmt.Sprintf("find notes where filter.Everything: %d", none),
		fmt.Sprintf("delete notes: %d", none), fmt.Sprintf("delete_all notes where filter.Everything: %d", none),
	}
	if !slices.Equal(first.list, want) || !slices.Equal(second.list, want) {
		t.Errorf("%q and %q, want %q", first.list, second.list, want)
	}
}
