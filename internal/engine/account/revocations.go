package account

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Limits of the queries for ended sessions.
const (
	reloadTimeout = 2 * time.Second
	reloadOverlap = time.Minute // by which the clocks of processes on one store may differ, and a write may be late
)

// Revocations knows which sessions have ended while their tokens may still be valid. It knows immediately about sessions that this process
// ends. For those that other processes have ended it queries the store, if the last query is older than the maxStaleness of
// NewRevocations; concurrent calls share a query. It is safe for concurrent use.
type Revocations struct {
	sessionStore
	maxStaleness time.Duration // how old its knowledge may be
	tokenTTL     time.Duration // of an access token, leeway included
	now          func() time.Time
	known        atomic.Pointer[revoked]
	loading      singleflight.Group
	lock         sync.Mutex // held by who replaces known
}

// revoked is the knowledge of one moment. It is immutable.
type revoked struct {
	at    time.Time            // of the store; zero when it was never asked
	ended map[string]time.Time // by session
}

// NewRevocations returns the revocations of a store. It queries the store at the first use. Knowledge may be as old as maxStaleness.
// tokenTTL is how long an access token is accepted: its lifetime plus the leeway.
func NewRevocations(s *store.Store, maxStaleness, tokenTTL time.Duration, now func() time.Time) *Revocations {
	r := &Revocations{sessionStore: newSessionStore(s), maxStaleness: maxStaleness, tokenTTL: tokenTTL, now: now}
	r.known.Store(&revoked{})
	return r
}

// Revoked reports whether a session has ended. If the store must be queried and does not respond, it returns the store's error after at
// most 2 seconds, even for many concurrent calls.
func (r *Revocations) Revoked(sessionID string) (bool, error) {
	if !r.fresh() {
		if _, err, _ := r.loading.Do("", func() (any, error) { return nil, r.load() }); err != nil {
			return true, err
		}
	}
	_, ended := r.known.Load().ended[sessionID]
	return ended, nil
}

// load updates the knowledge.
func (r *Revocations) load() error {
	now := r.now()
	from := r.oldest(now)
	if known := r.known.Load().at; !known.After(now) { // or the clock was turned back
		if last := known.Add(-reloadOverlap); last.After(from) {
			from = last
		}
	}
	return r.learn(context.Background(), now, r.since(from))
}

// loadUser immediately updates the knowledge about one user's sessions.
func (r *Revocations) loadUser(ctx context.Context, user string) error {
	return r.learn(ctx, time.Time{}, filter.All(r.user.Eq(user), r.since(r.oldest(r.now()))))
}

// learn adds what the store knows: about everybody if at is not zero. It ignores cancellation.
func (r *Revocations) learn(ctx context.Context, at time.Time, where filter.Where) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reloadTimeout)
	defer cancel()
	next := &revoked{at: at, ended: map[string]time.Time{}}
	err := r.sessions.Each(ctx, filter.Query{Where: where, Limit: filter.NoLimit}, func(s session, _ store.Version) error {
		next.ended[s.ID] = s.Ended.Time
		return nil
	})
	if err != nil {
		return err
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	known, oldest := r.known.Load(), r.oldest(r.now())
	if at.IsZero() {
		next.at = known.at
	}
	for id, at := range known.ended {
		if at.After(oldest) {
			next.ended[id] = at
		}
	}
	r.known.Store(next)
	return nil
}

// since matches sessions that have ended at or after a time.
func (r *Revocations) since(at time.Time) filter.Where { return r.sessionStore.ended.Gte(at) }

// oldest returns the earliest end of a session whose tokens may still be valid.
func (r *Revocations) oldest(now time.Time) time.Time { return now.Add(-r.tokenTTL - reloadOverlap) }

func (r *Revocations) fresh() bool {
	at := r.known.Load().at
	age := r.now().Sub(at)
	return !at.IsZero() && 0 <= age && age < r.maxStaleness
}
