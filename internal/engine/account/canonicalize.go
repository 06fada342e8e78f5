package account

import (
	"context"
	"fmt"

	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Canonicalize changes the e-mail addresses of older accounts to the canonical form. It returns a line with the id of each account that
// keeps its address, because the address is no longer valid or because another account has the canonical one. These accounts can still
// sign in.
func (a *Accounts) Canonicalize(ctx context.Context) (kept []string, err error) {
	return canonicalize(ctx, a.Store, func(id, email string) error {
		_, _, err := a.users.Update(ctx, id, struct {
			Email string `json:"email"`
		}{email}, store.Any)
		return absent(err)
	})
}

// NotCanonical returns the lines of Canonicalize without changing anything.
func NotCanonical(ctx context.Context, s *store.Store) ([]string, error) {
	users := store.CollectionOf[User](s, "User")
	email, taken := store.PropertyOf[string](users, "email"), map[string]bool{}
	return canonicalize(ctx, s, func(id, form string) error {
		_, _, err := users.First(ctx, email.Eq(form))
		if err == nil || taken[form] {
			return fault.New(fault.Conflict, "", "The e-mail address is taken.")
		}
		taken[form] = true
		return absent(err)
	})
}

// canonicalize calls change for each account whose e-mail address is not in canonical form. If change returns a fault of kind Conflict,
// the account is in kept.
func canonicalize(ctx context.Context, s *store.Store, change func(id, email string) error) (kept []string, err error) {
	type other struct{ id, email string }
	var others []other // changed when the store has told all
	query := filter.Query{Limit: filter.NoLimit}
	err = store.CollectionOf[User](s, "User").Each(ctx, query, func(u User, _ store.Version) error {
		email, err := canonical.Email(u.Email)
		if err != nil {
			line := fmt.Sprintf("users: %s keeps its e-mail address, which is no longer valid: it %s", canonical.Terminal(u.ID), err)
			kept = append(kept, line)
		} else if email != u.Email {
			others = append(others, other{u.ID, email})
		}
		return nil
	})
	if err != nil {
		return kept, err
	}
	for _, o := range others {
		err := change(o.id, o.email)
		if fault.KindOf(err) == fault.Conflict {
			line := "users: %s keeps its e-mail address, because another account has the canonical form of it"
			kept = append(kept, fmt.Sprintf(line, canonical.Terminal(o.id)))
		} else if err != nil {
			return kept, err
		}
	}
	return kept, nil
}
