package storetest

import (
	"context"
	"sync"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// TestKeyset runs testKeyset on the reference.
func TestKeyset(t *testing.T) {
	t.Parallel()
	testKeyset(t, func(*testing.T) store.Backend { return &shared{reference: newReference()} })
}

// shared is a reference for many goroutines.
type shared struct {
	sync.Mutex
	*reference
}

func (s *shared) Insert(ctx context.Context, m *store.Model, d store.Document) error {
	s.Lock()
	defer s.Unlock()
	return s.reference.Insert(ctx, m, d)
}

func (s *shared) Find(ctx context.Context, m *store.Model, q *filter.Query, yield func(store.Document) error) error {
	s.Lock()
	defer s.Unlock()
	return s.reference.Find(ctx, m, q, yield)
}

func (s *shared) Update(ctx context.Context, m *store.Model, id string, set []store.Change, g store.Guard) (store.Document, error) {
	s.Lock()
	defer s.Unlock()
	return s.reference.Update(ctx, m, id, set, g)
}

func (s *shared) Delete(ctx context.Context, m *store.Model, id string, g store.Guard) error {
	s.Lock()
	defer s.Unlock()
	return s.reference.Delete(ctx, m, id, g)
}
