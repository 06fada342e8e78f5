package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	api "github.com/newsdesk-api/newsdesk/gen/client"
)

// Tokens are the tokens of a session. To keep them over a restart, store their JSON in a place that is safe for passwords.
// Printed or logged, they show only the user's id.
type Tokens struct {
	Access  string    `json:"access"`  // sent with every request
	Refresh string    `json:"refresh"` // can be exchanged once for the next tokens
	Expires time.Time `json:"expires"` // when Access expires, by this machine's clock
	UserID  string    `json:"user_id"`
}

// String returns the user's id without the tokens.
func (t Tokens) String() string { return fmt.Sprintf("tokens of user %q", t.UserID) }

// GoString returns the user's id without the tokens.
func (t Tokens) GoString() string { return t.String() }

// LogValue returns the user's id without the tokens.
func (t Tokens) LogValue() slog.Value { return slog.StringValue(t.String()) }

// issued are tokens in a response of the server.
type issued struct {
	access, refresh, userID string
	life                    time.Duration
}

const (
	// margin is the maximum time before expiry at which a token is refreshed: a request must arrive before the token expires.
	margin = 30 * time.Second
	// tryTime limits one attempt of a refresh. Two attempts and the pause between them fit into the 10 seconds in which the server
	// returns the same tokens again, so that a lost response does not end the session.
	tryTime = 4 * time.Second
)

// session sends requests with the token and refreshes it. It is safe for concurrent use.
type session struct {
	next    api.HttpRequestDoer // sends requests and returns error responses as *Error
	public  *api.Client         // for operations without a token
	now     func() time.Time
	wait    func(context.Context, time.Duration) error
	changed func(Tokens) // may be nil
	flight  singleflight.Group

	lock sync.Mutex
	state
}

// state is the state of a session. The zero value is that of an anonymous client.
type state struct {
	tokens Tokens
	renew  time.Time // when to refresh the tokens
	ended  error     // why the session has ended; nil during a session and before the first
	signIn int       // counts the client's sign-ins
}

func (s *session) Do(r *http.Request) (*http.Response, error) {
	if err := makeReplayable(r); err != nil {
		return nil, err
	}
	before, err := s.fresh(r.Context(), "")
	if err != nil {
		return nil, err
	}
	answer, refused := s.next.Do(authorized(r, before.tokens))
	if before.tokens.Refresh == "" || !unauthorized(refused) {
		return answer, refused
	}
	after, err := s.fresh(r.Context(), before.tokens.Access)
	if err != nil {
		return nil, err
	}
	if after.signIn != before.signIn {
		return nil, refused // a request of one user must not be sent as another user
	}
	again, err := replay(r)
	if err != nil {
		return nil, err
	}
	return s.next.Do(authorized(again, after.tokens))
}

// authorized returns a copy of the request with the token.
func authorized(r *http.Request, t Tokens) *http.Request {
	if t.Access == "" || r.Header.Get("Authorization") != "" { // an editor has authenticated the request
		return r
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+t.Access)
	return r
}

// unauthorized reports whether the response is 401.
func unauthorized(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusUnauthorized
}

// fresh returns the tokens to send. It refreshes them first if they expire soon or the server has rejected this access token. There
// is at most one refresh at a time, and it continues when its callers give up. Without a session, the tokens are empty.
func (s *session) fresh(ctx context.Context, refused string) (state, error) {
	now := s.current()
	due := now.tokens.Access == refused || !s.now().Before(now.renew)
	if now.ended != nil || now.tokens.Refresh == "" || !due {
		return now, now.ended
	}
	var err error
	select {
	case <-ctx.Done():
		return state{}, ctx.Err()
	case done := <-s.flight.DoChan(now.tokens.Refresh, func() (any, error) { return nil, s.refresh(now.tokens) }):
		err = done.Err
	}
	if err == nil {
		now = s.current()
		return now, now.ended
	}
	if !errors.Is(err, ErrSignedOut) && now.tokens.Access != refused && s.now().Before(now.tokens.Expires) {
		return now, nil // the token is still valid; the next request tries again
	}
	return state{}, err
}

func (s *session) current() state {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.state
}

// refresh replaces the old tokens with the next ones, unless they have been replaced already.
func (s *session) refresh(old Tokens) error {
	if s.current().tokens != old {
		return nil
	}
	next, err := s.exchange(old)
	s.lock.Lock()
	defer s.lock.Unlock()
	same := s.tokens == old // otherwise the user has signed in or out meanwhile
	switch {
	case err == nil && same:
		s.keep(next)
	case unauthorized(err):
		err = fmt.Errorf("client: %w: %w", ErrSignedOut, err)
		if same {
			s.set(Tokens{}, err)
		}
	}
	return err
}

// exchange exchanges a refresh token. It retries once in case the response was lost: the server returns the same tokens again.
func (s *session) exchange(old Tokens) (issued, error) {
	t, err := s.tryExchange(old)
	if e, refused := errors.AsType[*Error](err); err == nil || refused && e.Status < 500 {
		return t, err
	}
	if err := s.wait(context.Background(), backoff+rand.N(backoff/2)); err != nil { // #nosec G404 -- jitter, not a secret
		return t, err
	}
	return s.tryExchange(old)
}

func (s *session) tryExchange(old Tokens) (issued, error) {
	ctx, cancel := context.WithTimeout(context.Background(), tryTime)
	defer cancel()
	return renew(ctx, s.public, old.Refresh)
}

// keep stores new tokens. The lock must be held.
func (s *session) keep(t issued) {
	expires := s.now().Add(t.life)
	s.set(Tokens{t.access, t.refresh, expires, t.userID}, nil)
	s.renew = expires.Add(-min(margin, t.life/10))
}

// set stores tokens, or the reason for the end of the session, and calls changed. The lock must be held.
func (s *session) set(t Tokens, ended error) {
	s.tokens, s.ended = t, ended
	if s.changed != nil {
		s.changed(t)
	}
}
