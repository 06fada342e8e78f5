package account

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

const (
	// NetworkRetention is how long a network stays known after the last sign-in.
	NetworkRetention = 90 * 24 * time.Hour
	// MaxNetworks is the maximum number of known networks of an account; the least recently used one is deleted first. It limits the
	// number of guesses from known networks, which is MaxFailures within FailureWindow from each.
	MaxNetworks = 20
)

// remember marks the network of the context's client as known for an account whose password the client has proved. It writes at most
// once a day.
func (a *Accounts) remember(ctx context.Context, user, email string) error {
	client, ok := identity.ClientFromContext(ctx)
	if !ok {
		return nil
	}
	id, now := networkOf(digest("sign-in", emailForm(email)), client), a.Now()
	seen, _, err := a.networks.Get(ctx, id)
	switch {
	case err == nil && now.Sub(seen.Date.Time) < 24*time.Hour:
		return nil
	case err == nil:
		_, _, err = a.networks.Update(ctx, id, knownNetwork{User: user, Date: timestamp.Of(now)}, store.Any)
		return absent(err)
	case fault.KindOf(err) != fault.NotFound:
		return err
	}
	_, _, err = a.networks.CreateWithID(ctx, id, knownNetwork{User: user, Date: timestamp.Of(now)})
	if err != nil && fault.KindOf(err) != fault.Conflict { // another sign-in has stored it
		return err
	}
	return a.forgetNetworks(ctx, user, MaxNetworks)
}

// forgetNetworks deletes all but the most recently used networks of a user.
func (a *Accounts) forgetNetworks(ctx context.Context, user string, but int) error {
	var beyond []string
	query := filter.Query{
		Where: a.owner.Eq(user), Order: []filter.Order{a.seen.Desc()}, Skip: but, Limit: filter.NoLimit,
	}
	err := a.networks.Each(ctx, query, func(n knownNetwork, _ store.Version) error {
		beyond = append(beyond, n.ID)
		return nil
	})
	for _, id := range beyond {
		if err := absent(a.networks.Delete(ctx, id, store.Any)); err != nil {
			return err
		}
	}
	return err
}

// networkOf returns a hash of a client's network for an account. It is a hash for the sake of privacy.
func networkOf(account string, c identity.Client) string {
	return digest("network", account, c.Network())
}

// digest returns a hash of texts without NUL.
func digest(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
