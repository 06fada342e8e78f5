package account_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// errLost makes a call of Insert that does its work and is not answered.
var errLost = errors.New("the answer is lost")

// hooked is a backend that calls a function of the test's before a call. The error of the function is that of the call.
type hooked struct {
	store.Backend
	before atomic.Pointer[func(call string) error] // "Insert user_sessions"
}

// newHooked returns an API on a backend that can be hooked.
func newHooked(t testing.TB) (*testkit.API, *hooked) {
	t.Helper()
	h := &hooked{Backend: testkit.Backend(t)}
	return testkit.NewOn(t, testapp.App(), h, slog.New(slog.DiscardHandler)), h
}

// once makes the next such call do something first, and the calls of that something do nothing.
func (h *hooked) once(call string, do func() error) {
	h.hook(func(made string) error {
		if made != call {
			return nil
		}
		h.before.Store(nil)
		return do()
	})
}

func (h *hooked) hook(f func(call string) error) { h.before.Store(&f) }

func (h *hooked) call(method string, m *store.Model) error {
	if f := h.before.Load(); f != nil {
		return (*f)(method + " " + m.Collection)
	}
	return nil
}

func (h *hooked) Insert(ctx context.Context, m *store.Model, d store.Document) error {
	if err := h.call("Insert", m); errors.Is(err, errLost) {
		return errors.Join(h.Backend.Insert(ctx, m, d), down())
	} else if err != nil {
		return err
	}
	return h.Backend.Insert(ctx, m, d)
}

func (h *hooked) Get(ctx context.Context, m *store.Model, id string) (store.Document, error) {
	if err := h.call("Get", m); err != nil {
		return store.Document{}, err
	}
	return h.Backend.Get(ctx, m, id)
}

func (h *hooked) Find(ctx context.Context, m *store.Model, q *filter.Query, yield func(store.Document) error) error {
	if err := h.call("Find", m); err != nil {
		return err
	}
	return h.Backend.Find(ctx, m, q, yield)
}

func (h *hooked) Update(ctx context.Context, m *store.Model, id string, set []store.Change, g store.Guard) (store.Document, error) {
	if err := h.call("Update", m); err != nil {
		return store.Document{}, err
	}
	return h.Backend.Update(ctx, m, id, set, g)
}

func (h *hooked) UpdateAll(ctx context.Context, m *store.Model, where filter.Where, set []store.Change) (int64, error) {
	if err := h.call("UpdateAll", m); err != nil {
		return 0, err
	}
	return h.Backend.UpdateAll(ctx, m, where, set)
}

func (h *hooked) Delete(ctx context.Context, m *store.Model, id string, g store.Guard) error {
	if err := h.call("Delete", m); err != nil {
		return err
	}
	return h.Backend.Delete(ctx, m, id, g)
}

func (h *hooked) DeleteAll(ctx context.Context, m *store.Model, where filter.Where) (int64, error) {
	if err := h.call("DeleteAll", m); err != nil {
		return 0, err
	}
	return h.Backend.DeleteAll(ctx, m, where)
}

// session is what of a stored session the tests look at.
type session struct {
	ID    string  `json:"id"`
	User  string  `json:"user"`
	Ended *string `json:"ended"`
}

// open returns how many sessions of a user have not ended, and all how many there are of everybody.
func open(t *testing.T, a *testkit.API, user string) (open, all int) {
	t.Helper()
	sessions := store.CollectionOf[session](a.Store, "UserSession")
	err := sessions.Each(t.Context(), filter.Query{Limit: 1000}, func(s session, _ store.Version) error {
		if all++; s.User == user && s.Ended == nil {
			open++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return open, all
}

// answer is the response to a sign-in or a refresh; the tokens are empty when it was refused.
type answer struct {
	status int
	tokens account.Tokens
}

func signIn(t *testing.T, a *testkit.API, name, password string) answer {
	t.Helper()
	return tokensOf(t, a.Do("POST", "/signin", "", `{"email":"`+testkit.Email(name)+`","password":"`+password+`"}`))
}

// refresh sends a refresh token; the tokens are empty when it was refused.
func refresh(t *testing.T, a *testkit.API, token string) (tokens account.Tokens, status int) {
	t.Helper()
	got := tokensOf(t, a.Do("POST", "/refresh", "", `{"refresh_token":"`+token+`"}`))
	return got.tokens, got.status
}

func tokensOf(t *testing.T, response *http.Response) answer {
	t.Helper()
	got := answer{status: response.StatusCode}
	if got.status != http.StatusOK {
		return got
	}
	var body api.Token
	if err := json.Unmarshal([]byte(testkit.Body(response)), &body); err != nil {
		t.Fatal(err)
	}
	got.tokens = account.Tokens{Access: body.Token, Refresh: body.RefreshToken, User: body.UserID}
	return got
}

func want(t *testing.T, what string, got, status int) {
	t.Helper()
	if got != status {
		t.Errorf("%s: %d, want %d", what, got, status)
	}
}

// principal is a token's.
func principal(t *testing.T, a *testkit.API, token string) identity.Principal {
	t.Helper()
	p, err := a.Tokens.Verify(token)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
