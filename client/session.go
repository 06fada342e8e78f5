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

// Tokens are what a session lives on. Their JSON is for keeping them over a restart, in a place as safe as a password's;
// printed or logged they show the user's id only.
type Tokens struct {
	Access  string    `json:"access"`  // sent with every request
	Refresh string    `json:"refresh"` // good for getting the next tokens, once
	Expires time.Time `json:"expires"` // when Access ends, by this machine's clock
	UserID  string    `json:"user_id"`
}

// String does not show the tokens.
func (t Tokens) String() string { return fmt.Sprintf("tokens of user %q", t.UserID) }

// GoString does not show the tokens.
func (t Tokens) GoString() string { return t.String() }

// LogValue does not show the tokens.
func (t Tokens) LogValue() slog.Value { return slog.StringValue(t.String()) }

const (
	// margin is how long before its end a token is renewed, at most: a request must arrive before the end.
	margin = 30 * time.Second
	// tryTime is how long one try of a refresh may take. Two tries and the pause between them are within the 10 seconds for
	// which the server gives the same tokens again, so that an answer that was lost ends no session.
	tryTime = 4 * time.Second
)

// session sends requests with the token, and keeps the token new. It is safe for concurrent use.
type session struct {
	next    api.HttpRequestDoer // sends, and makes an *Error of what is not a success
	public  *api.Client         // for what needs no token
	now     func() time.Time
	wait    func(context.Context, time.Duration) error
	changed func(Tokens) // may be nil
	flight  singleflight.Group

	lock sync.Mutex
	state
}

// state is what a session has at one moment. The zero value is nobody's.
type state struct {
	tokens Tokens
	renew  time.Time // when to ask for the next tokens
	ended  error     // why there are none any more; nil while there are, and when there never were
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
		return nil, refused // what one user began is not sent in the name of another
	}
	again, err := replay(r)
	if err != nil {
		return nil, err
	}
	return s.next.Do(authorized(again, after.tokens))
}

// authorized returns a copy of the request that carries the token.
func authorized(r *http.Request, t Tokens) *http.Request {
	if t.Access == "" {
		return r
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+t.Access)
	return r
}

// unauthorized says whether the server has answered 401.
func unauthorized(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusUnauthorized
}

// fresh returns tokens to send, after a refresh when that is due or the server has refused this access token. However many ask,
// one refresh is under way, and it goes on when those who wait for it give up. Without a session the tokens are empty.
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
		return now, nil // it is early enough to try again with the next request
	}
	return state{}, err
}

func (s *session) current() state {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.state
}

// refresh puts the next tokens in the place of old, unless others are there already.
func (s *session) refresh(old Tokens) error {
	if s.current().tokens != old {
		return nil
	}
	next, err := s.exchange(old)
	s.lock.Lock()
	defer s.lock.Unlock()
	same := s.tokens == old // else somebody has signed in or out meanwhile
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

// exchange uses up a refresh token. Its second try is for an answer that was lost: the server gives the same one again.
func (s *session) exchange(old Tokens) (api.Token, error) {
	t, err := s.tryExchange(old)
	if e, refused := errors.AsType[*Error](err); err == nil || refused && e.Status < 500 {
		return t, err
	}
	if err := s.wait(context.Background(), backoff+rand.N(backoff/2)); err != nil { // #nosec G404 -- jitter, not a secret
		return t, err
	}
	return s.tryExchange(old)
}

func (s *session) tryExchange(old Tokens) (api.Token, error) {
	ctx, cancel := context.WithTimeout(context.Background(), tryTime)
	defer cancel()
	return receive[api.Token](s.public.Refresh(ctx, api.RefreshToken{RefreshToken: old.Refresh}))
}

// keep takes tokens that have just come. The lock must be held.
func (s *session) keep(t api.Token) {
	life := time.Duration(t.ExpiresIn) * time.Second
	expires := s.now().Add(life)
	s.set(Tokens{t.Token, t.RefreshToken, expires, t.UserID}, nil)
	s.renew = expires.Add(-min(margin, life/10))
}

// set takes tokens, or none and why, and tells whoever wants to know. The lock must be held.
func (s *session) set(t Tokens, ended error) {
	s.tokens, s.ended = t, ended
	if s.changed != nil {
		s.changed(t)
	}
}
