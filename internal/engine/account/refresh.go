package account

import (
	"context"
	"crypto/subtle"
	"slices"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

const (
	// Grace is the time after the first use of a refresh token in which Refresh accepts it again and returns the same successor, for
	// parallel requests and lost responses.
	Grace = 10 * time.Second
	// maxSpent is the maximum number of tokens that a session may use within Grace.
	maxSpent = 16
	// maxRaces is the maximum number of lost races.
	maxRaces = 10
)

// Refresh exchanges a refresh token for its successor (auth.Keys.Successor) and updates the session in one compare-and-swap: concurrent
// uses of one token return the same successor. If a token was used before and Grace is over, it has leaked, so the session is ended
// (RFC 9700, section 4.14.2). Whatever is wrong with the token, the fault is the same one, of kind Unauthenticated.
func (s *Sessions) Refresh(ctx context.Context, text string) (Tokens, error) {
	token, err := auth.ParseRefreshToken(text)
	if err != nil {
		return Tokens{}, err
	}
	for range maxRaces {
		tokens, err := s.refresh(ctx, token)
		switch fault.KindOf(err) {
		case fault.PreconditionFailed:
			continue
		case fault.NotFound:
			return Tokens{}, auth.RefusedRefresh(err)
		}
		return tokens, err
	}
	return Tokens{}, fault.New(fault.Unavailable, "", "Too many requests use this session at once. Try again.")
}

// refresh makes one attempt. It returns a fault of kind PreconditionFailed if the session has changed since it was read, and of kind
// NotFound if the session or its user no longer exists.
func (s *Sessions) refresh(ctx context.Context, token auth.RefreshToken) (Tokens, error) {
	d, version, err := s.sessions.Get(ctx, token.SessionID())
	if err != nil {
		return Tokens{}, err
	}
	now := s.Now()
	if !equal(d.Family, token.FamilyHash()) || d.Ended != nil || !now.Before(d.Expires.Time) {
		return Tokens{}, auth.RefusedRefresh(nil)
	}
	user, _, err := s.users.Get(ctx, d.User)
	if err != nil {
		return Tokens{}, err
	}
	if isTrue(user.Disabled) {
		return Tokens{}, auth.RefusedRefresh(nil)
	}
	d.Spent = slices.DeleteFunc(d.Spent, func(old spent) bool { return now.Sub(old.At.Time) > Grace })
	for _, old := range d.Spent {
		if equal(old.Secret, token.SecretHash()) {
			next, _, err := s.Keys.Successor(token, old.Key)
			if err != nil {
				return Tokens{}, err
			}
			return s.tokens(user, next)
		}
	}
	if !equal(d.Secret, token.SecretHash()) {
		return Tokens{}, s.reused(ctx, d)
	}
	if len(d.Spent) == maxSpent {
		e := fault.New(fault.RateLimited, "", "The session was refreshed %d times within %s. Use the token that you have.", maxSpent, Grace)
		e.RetryAfter = Grace
		return Tokens{}, e
	}
	return s.rotate(ctx, d, version, token, user)
}

// rotate updates a session to the token's successor.
func (s *Sessions) rotate(ctx context.Context, d session, version store.Version, token auth.RefreshToken, user User) (Tokens, error) {
	next, key, err := s.Keys.Successor(token, "")
	if err != nil {
		return Tokens{}, err
	}
	now := timestamp.Of(s.Now())
	expires := now.Add(s.Idle)
	if last := d.Created.Add(s.MaxAge); last.Before(expires) {
		expires = last
	}
	moved := struct {
		Secret   string         `json:"secret"`
		Spent    []spent        `json:"spent"`
		LastUsed timestamp.Time `json:"last_used"`
		Expires  timestamp.Time `json:"expires"`
	}{next.SecretHash(), append(d.Spent, spent{d.Secret, key, now}), now, timestamp.Of(expires)}
	if _, _, err := s.sessions.Update(ctx, d.ID, moved, version); err != nil {
		return Tokens{}, err
	}
	return s.tokens(user, next)
}

// reused ends a session whose token has leaked.
func (s *Sessions) reused(ctx context.Context, d session) error {
	if _, err := s.end(ctx, s.one(d.ID), Event{Action: RefreshReused, User: d.User, Session: d.ID}); err != nil {
		return err
	}
	return auth.RefusedRefresh(nil)
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func isTrue(b *bool) bool { return b != nil && *b }
