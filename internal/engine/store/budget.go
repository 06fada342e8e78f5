package store

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

// MemoryBudget limits the bytes of stored JSON that all responses use together, from reading until sending. A caller
// (identity.CallerKey) may hold at most as many bytes as are still free: half of the budget if no other caller holds any, a third if
// another one holds a third. So some of it is always free for the next caller. Long responses are kept in files if there is a directory for
// them. It is safe for concurrent use.
type MemoryBudget struct {
	longest int64  // bytes of one list
	spool   string // the directory, or empty

	lock sync.Mutex
	free int64
	held map[string]int64 // bytes of each caller who uses any
}

// NewMemoryBudget returns a budget of that many bytes. Responses of more than 256 KiB are kept in files in the directory spool until they
// are sent, or in memory if spool is empty or no file can be created there.
func NewMemoryBudget(bytes int64, spool string) *MemoryBudget {
	return &MemoryBudget{longest: bytes / 2, spool: spool, free: bytes, held: map[string]int64{}}
}

type budgetKey struct{}

// listMemory is the part of a budget that the lists of one request use.
type listMemory struct {
	*MemoryBudget
	caller string // known when the first byte is taken
	taken  int64
	files  []*os.File // deleted when the response is sent
}

// NewContext returns a context for one request, whose lists and documents (Collection.Find and Read) use bytes of the budget, and a
// function that releases them. For a list that is too long by itself, the error is BadRequest. If the rest of the budget is too small, it
// is RateLimited if other responses to the same caller are the cause, and Unavailable otherwise.
func (b *MemoryBudget) NewContext(ctx context.Context) (context.Context, func()) {
	m := &listMemory{MemoryBudget: b}
	return context.WithValue(ctx, budgetKey{}, m), m.release
}

// take reserves n more bytes for the request of the context; there is no limit if the context has no budget.
func take(ctx context.Context, n int) error {
	m, ok := ctx.Value(budgetKey{}).(*listMemory)
	if !ok {
		return nil
	}
	if m.taken == 0 {
		m.caller = identity.CallerKey(ctx)
	}
	return m.take(int64(n))
}

func (m *listMemory) take(n int64) error {
	if m.taken+n > m.longest {
		return fault.New(fault.BadRequest, "INVALID_PARAMETER_VALUE",
			"The result has more than %d bytes. Request fewer documents with the filter's limit, "+
				"or omit large properties with its fields.", m.longest)
	}
	m.lock.Lock()
	defer m.lock.Unlock()
	if held := m.held[m.caller]; held+n > m.free-n {
		f := fault.New(fault.Unavailable, "", "Too many large responses are being sent. Try again, or request less.")
		if held > m.taken {
			f = fault.New(fault.RateLimited, fault.TooManyConcurrentRequests,
				"Other responses to you are still being sent. Read them before you request more, or request less.")
		}
		f.RetryAfter = time.Second
		return f
	}
	m.free -= n
	m.held[m.caller] += n
	m.taken += n
	return nil
}

func (m *listMemory) release() {
	for _, file := range m.files {
		discard(file)
	}
	m.files = nil
	m.lock.Lock()
	defer m.lock.Unlock()
	m.free += m.taken
	if m.held[m.caller] -= m.taken; m.held[m.caller] == 0 {
		delete(m.held, m.caller)
	}
	m.taken = 0
}
