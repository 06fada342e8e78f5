package account

import (
	"context"
	"fmt"
	"slices"

	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Canonicalize changes the properties of older accounts that have a canonical form, such as the e-mail address, to that form. It returns
// one line, with the account's id, for each property that it could not change: the value is no longer valid, or another account already has
// its canonical form. These accounts can still sign in.
func (a *Accounts) Canonicalize(ctx context.Context) (kept []string, err error) {
	users := store.CollectionOf[map[string]any](a.Store, "User")
	return canonicalize(ctx, a.Store, func(id, property, form string) error {
		_, _, err := users.Update(ctx, id, map[string]string{property: form}, store.Any)
		return absent(err)
	})
}

// NotCanonical returns the lines that Canonicalize would return, and changes nothing.
func NotCanonical(ctx context.Context, s *store.Store) ([]string, error) {
	users := store.CollectionOf[map[string]any](s, "User")
	unique := uniqueProperties(userModel(s))
	taken := map[[2]string]bool{}
	return canonicalize(ctx, s, func(id, property, form string) error {
		if !slices.Contains(unique, property) {
			return nil
		}
		_, _, err := users.First(ctx, store.PropertyOf[string](users, property).Eq(form))
		if value := [2]string{property, form}; err == nil || taken[value] {
			return fault.New(fault.Conflict, "", "The value is taken.")
		} else {
			taken[value] = true
		}
		return absent(err)
	})
}

// canonicalize calls change for each property of an account that is not in canonical form. If change returns a fault of kind Conflict, the
// account keeps the property.
func canonicalize(ctx context.Context, s *store.Store, change func(id, property, form string) error) (kept []string, err error) {
	type other struct{ id, property, form string }
	var others []other // changed when the store has returned all
	columns := userModel(s).Columns
	query := filter.Query{Limit: filter.NoLimit}
	err = store.CollectionOf[map[string]any](s, "User").Each(ctx, query, func(user map[string]any, _ store.Version) error {
		id, _ := user["id"].(string)
		for _, column := range columns {
			value, is := user[column.Name].(string)
			if !is || column.Form == nil {
				continue
			}
			form, err := column.Form(value)
			if err != nil {
				line := fmt.Sprintf("users: %s keeps its %s, which is no longer valid: it %s", canonical.Terminal(id), column.Name, err)
				kept = append(kept, line)
			} else if form != value {
				others = append(others, other{id, column.Name, form})
			}
		}
		return nil
	})
	if err != nil {
		return kept, err
	}
	for _, o := range others {
		err := change(o.id, o.property, o.form)
		if fault.KindOf(err) == fault.Conflict {
			line := "users: %s keeps its %s, because another account has the canonical form of it"
			kept = append(kept, fmt.Sprintf(line, canonical.Terminal(o.id), o.property))
		} else if err != nil {
			return kept, err
		}
	}
	return kept, nil
}

func userModel(s *store.Store) *store.Model {
	models := s.Models()
	return models[slices.IndexFunc(models, func(m *store.Model) bool { return m.Schema.Name() == "User" })]
}

// uniqueProperties returns the properties that have a unique index of their own.
func uniqueProperties(m *store.Model) (names []string) {
	for _, index := range m.Indexes {
		if index.Unique && len(index.Keys) == 1 {
			names = append(names, index.Keys[0].Property.Name)
		}
	}
	return names
}
