package account

import (
	"context"
	"fmt"

	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Canonicalize gives the accounts from before addresses had one form their canonical e-mail address, and returns a line for each that
// keeps its own, with its id: because it is no address any more, or because another account has the canonical one. They still sign in with it.
func (a *Accounts) Canonicalize(ctx context.Context) (kept []string, err error) {
	changed := map[string]string{} // addresses by id; written when the store has told all
	err = a.Each(ctx, func(u User) error {
		email, err := canonical.Email(u.Email)
		if err != nil {
			kept = append(kept, fmt.Sprintf("users: %s keeps its e-mail address, which is no longer valid: it %s", canonical.Terminal(u.ID), err))
		} else if email != u.Email {
			changed[u.ID] = email
		}
		return nil
	})
	if err != nil {
		return kept, err
	}
	for id, email := range changed {
		_, _, err := a.users.Update(ctx, id, struct {
			Email string `json:"email"`
		}{email}, store.Any)
		if fault.KindOf(err) == fault.Conflict {
			kept = append(kept, fmt.Sprintf("users: %s keeps its e-mail address, because another account has the canonical form of it", canonical.Terminal(id)))
		} else if absent(err) != nil {
			return kept, err
		}
	}
	return kept, nil
}
