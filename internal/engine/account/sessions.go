package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// MaxSessions is the maximum number of open sessions of a user. A further sign-in ends the session that would expire first.
const MaxSessions = 100

// Sessions starts, refreshes and ends sessions. It is safe for concurrent use, also by several processes on one store.
type Sessions struct {
	sessionStore
	users store.Collection[User]
	audit *Audit
	Config
}

// Tokens are the tokens of a session for the client.
type Tokens struct {
	Access  string
	Refresh string
	User    string // the user's id
	Expires time.Time
}

// List returns the caller's open sessions, the most recently used first.
func (s *Sessions) List(ctx context.Context, caller identity.Principal) ([]Session, error) {
	found := []Session{}
	where := filter.All(s.open(caller.ID), s.expires.Gt(s.Now()))
	err := s.sessions.Each(ctx, filter.Query{Where: where, Limit: filter.NoLimit}, func(d session, _ store.Version) error {
		found = append(found, Session{
			ID: d.ID, DateCreated: d.Created, LastUsed: d.LastUsed, Client: d.Client, Current: d.ID == caller.SessionID,
		})
		return nil
	})
	slices.SortStableFunc(found, func(a, b Session) int { return b.LastUsed.Compare(a.LastUsed.Time) })
	return found, err
}

// End ends one of the caller's sessions. It returns a fault of kind NotFound if the caller has no such session.
func (s *Sessions) End(ctx context.Context, caller identity.Principal, id string) error {
	ended, err := s.end(ctx, s.one(id), Event{Action: SessionEnded, User: caller.ID, Session: id})
	if err == nil && ended == 0 {
		return fault.New(fault.NotFound, "ENTITY_NOT_FOUND", "Entity not found: Session with id %q", id)
	}
	return err
}

// SignOut ends the session of the caller's token. It returns no error if the session has already ended.
func (s *Sessions) SignOut(ctx context.Context, caller identity.Principal) error {
	_, err := s.end(ctx, s.one(caller.SessionID), Event{Action: Signout, User: caller.ID, Session: caller.SessionID})
	return err
}

// EndAll ends all sessions of a user, but not the session whose id is except. If except is empty, it ends all of them.
func (s *Sessions) EndAll(ctx context.Context, user, except string) error {
	_, err := s.end(ctx, s.id.Neq(except), Event{Action: SessionsEnded, User: user})
	return err
}

// begin starts a session for a user and returns its first refresh token.
func (s *Sessions) begin(ctx context.Context, user User) (auth.RefreshToken, error) {
	refresh, err := s.Keys.NewRefreshToken(store.NewID(), digest("sign-in", emailForm(user.Email)))
	if err != nil {
		return refresh, err
	}
	client, _ := identity.ClientFromContext(ctx)
	now := s.Now()
	if _, _, err := s.sessions.CreateWithID(ctx, refresh.SessionID(), session{
		User: user.ID, Family: refresh.FamilyHash(), Secret: refresh.SecretHash(),
		Created: timestamp.Of(now), LastUsed: timestamp.Of(now), Expires: timestamp.Of(now.Add(s.Idle)),
		Client: client.UserAgent, Address: client.Address,
	}); err != nil {
		return refresh, err
	}
	return refresh, s.makeRoom(ctx, user.ID)
}

// makeRoom ends the sessions of a user beyond MaxSessions.
func (s *Sessions) makeRoom(ctx context.Context, user string) error {
	var beyond []string
	query := filter.Query{Where: s.open(user), Order: []filter.Order{s.expires.Desc(), s.id.Desc()}, Skip: MaxSessions,
		Limit: filter.NoLimit}
	err := s.sessions.Each(ctx, query, func(d session, _ store.Version) error {
		beyond = append(beyond, d.ID)
		return nil
	})
	for _, id := range beyond {
		if _, err := s.end(ctx, s.one(id), Event{Action: SessionEnded, User: user, Session: id, Detail: "too many sessions"}); err != nil {
			return err
		}
	}
	return err
}

// tokens returns a refresh token with a new access token.
func (s *Sessions) tokens(user User, refresh auth.RefreshToken) (Tokens, error) {
	grant := auth.TokenRequest{Subject: user.ID, Session: refresh.SessionID(), Scopes: s.Roles.Scopes(s.RolesOf(user))}
	access, principal, err := s.Tokens.Issue(grant)
	return Tokens{Access: access, Refresh: refresh.Text(), User: user.ID, Expires: principal.Expires}, err
}

// RolesOf returns a user's roles. An account without roles has those of a new one.
func (s *Sessions) RolesOf(user User) []string {
	if user.Roles == nil {
		return []string{s.DefaultRole}
	}
	return *user.Roles
}

// end ends the open sessions of the event's user that match, records the event if there were any, and returns their number. From then
// on this process rejects the tokens of all ended sessions of the user, including sessions that an earlier call has ended.
func (s *Sessions) end(ctx context.Context, which filter.Where, e Event) (int64, error) {
	ended, err := s.sessions.UpdateWhere(ctx, filter.All(s.open(e.User), which), struct {
		Ended timestamp.Time `json:"ended"`
	}{timestamp.Of(s.Now())})
	if err != nil {
		return 0, err
	}
	if err = s.Revocations.loadUser(ctx, e.User); ended > 0 {
		err = errors.Join(err, s.audit.Record(ctx, e))
	}
	return ended, err
}

// open matches a user's open sessions.
func (s *Sessions) open(user string) filter.Where {
	return filter.All(s.user.Eq(user), s.ended.IsNull())
}

// one matches the session with that id.
func (s *Sessions) one(id string) filter.Where { return s.id.Eq(id) }
