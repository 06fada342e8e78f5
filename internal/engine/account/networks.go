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
	// NetworkRetention is how long a network is known after the last sign-in from it.
	NetworkRetention = 90 * 24 * time.Hour
	// MaxNetworks is how many networks an account knows; the one that was quiet for longest is forgotten first. It bounds how many
	// passwords can be guessed from known networks: MaxFailures within FailureWindow from each.
	MaxNetworks = 20
)

// remember makes the network of the context's client known to an account whose password it has proved. It writes once a day.
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
	if err != nil && fault.KindOf(err) != fault.Conflict { // another sign-in from there came first
		return err
	}
	return a.forgetNetworks(ctx, user, MaxNetworks)
}

// forgetNetworks forgets a user's networks but those most recently used.
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

// networkOf names a client's network as an account knows it: a hash, because where people sign in is nobody else's business.
func networkOf(account string, c identity.Client) string {
	return digest("network", account, c.Network())
}

// digest is a hash of texts, of which none contains a NUL.
func digest(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
