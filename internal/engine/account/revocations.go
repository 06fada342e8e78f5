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

// Limits of the look at the store for ended sessions.
const (
	reloadTimeout = 2 * time.Second
	reloadOverlap = time.Minute // by which the clocks of processes on one store may differ, and a write may be late
)

// Revocations knows which sessions have ended while tokens of theirs may still be in force. It remembers those of this
// process at once, and asks the store for those of other processes when its knowledge is older than the given age: once
// for all requests, not for each. It is safe for concurrent use.
type Revocations struct {
	sessionStore
	maxStaleness time.Duration // how old its knowledge may be
	tokenTTL     time.Duration // of an access token, leeway included
	now          func() time.Time
	known        atomic.Pointer[revoked]
	loading      singleflight.Group
	lock         sync.Mutex // held by who replaces known
}

// revoked is what was known at a time. It does not change.
type revoked struct {
	at    time.Time            // of the store; zero when it was never asked
	ended map[string]time.Time // by session
}

// NewRevocations returns the revocations of a store, which knows nothing before its first use. tokenTTL is how long an access token
// can be in force.
func NewRevocations(s *store.Store, maxStaleness, tokenTTL time.Duration, now func() time.Time) *Revocations {
	r := &Revocations{sessionStore: newSessionStore(s), maxStaleness: maxStaleness, tokenTTL: tokenTTL, now: now}
	r.known.Store(&revoked{})
	return r
}

// Revoked tells whether a session has ended. When the store must be asked and does not answer, the error is the store's,
// after 2 seconds at most, however many ask.
func (r *Revocations) Revoked(sessionID string) (bool, error) {
	if !r.fresh() {
		if _, err, _ := r.loading.Do("", func() (any, error) { return nil, r.load() }); err != nil {
			return true, err
		}
	}
	_, ended := r.known.Load().ended[sessionID]
	return ended, nil
}

// load brings the knowledge up to date.
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

// loadUser makes this process know at once which of a user's sessions have ended.
func (r *Revocations) loadUser(ctx context.Context, user string) error {
	return r.learn(ctx, time.Time{}, filter.All(r.user.Eq(user), r.since(r.oldest(r.now()))))
}

// learn adds what the store knows, of everybody when at is not zero. It goes on when who asked has gone.
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

// since are the sessions that ended at that time or later.
func (r *Revocations) since(at time.Time) filter.Where { return r.sessionStore.ended.Gte(at) }

// oldest is when a session ended, at the earliest, of which a token may be in force.
func (r *Revocations) oldest(now time.Time) time.Time { return now.Add(-r.tokenTTL - reloadOverlap) }

func (r *Revocations) fresh() bool {
	at := r.known.Load().at
	age := r.now().Sub(at)
	return !at.IsZero() && 0 <= age && age < r.maxStaleness
}
