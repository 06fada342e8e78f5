package account

import (
	"slices"
	"strings"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// The collections here are not in the contract, so that no filter can reach what they hold.

// secret is the password of a user (LoopBack's userCredentials). Its id is the user's.
type secret struct {
	Hash string `json:"hash"`
}

var secrets = model("UserCredentials", "user_credentials", []string{"hash"})

// session is the chain of refresh tokens that starts with a sign-in. It contains only hashes of tokens.
type session struct {
	ID       string          `json:"id"`
	User     string          `json:"user"`
	Family   string          `json:"family"` // common to all its refresh tokens
	Secret   string          `json:"secret"` // of the current refresh token
	Spent    []spent         `json:"spent,omitempty"`
	Created  timestamp.Time  `json:"created"`
	LastUsed timestamp.Time  `json:"last_used"`
	Expires  timestamp.Time  `json:"expires"`
	Ended    *timestamp.Time `json:"ended,omitempty"`
	Client   string          `json:"client"`
	Address  string          `json:"address"`
}

// sessionStore is the collection of sessions, and its properties for conditions.
type sessionStore struct {
	sessions       store.Collection[session]
	id, user       filter.TypedProperty[string]
	expires, ended filter.TypedProperty[time.Time]
}

func newSessionStore(s *store.Store) sessionStore {
	c := store.CollectionOf[session](s, sessions.Schema.Name())
	return sessionStore{
		sessions: c, id: store.PropertyOf[string](c, "id"), user: store.PropertyOf[string](c, "user"),
		expires: store.PropertyOf[time.Time](c, "expires"), ended: store.PropertyOf[time.Time](c, "ended"),
	}
}

// spent is a refresh token that was used recently.
type spent struct {
	Secret string         `json:"secret"`
	Key    string         `json:"key"` // the id of the key for its successor
	At     timestamp.Time `json:"at"`
}

var sessions = model("UserSession", "user_sessions", []string{"family", "secret", "spent", "created", "last_used", "client", "address"},
	column("user", filter.String), column("expires", filter.Date), column("ended", filter.Date))

// signinAttempt is a sign-in that has failed or is not finished.
type signinAttempt struct {
	Account string         `json:"account"`
	Source  string         `json:"source,omitempty"`
	Date    timestamp.Time `json:"date"`
}

var attempts = model("SignInAttempt", "signin_attempts", nil,
	column("account", filter.String), column("date", filter.Date), column("source", filter.String))

// knownNetwork is a network from which a user has signed in. Its id is a hash of the e-mail address and the network.
type knownNetwork struct {
	ID   string         `json:"id,omitempty"`
	User string         `json:"user"`
	Date timestamp.Time `json:"date"` // of the last sign-in, in days
}

var networks = model("SignInNetwork", "signin_networks", nil, column("user", filter.String), column("date", filter.Date))

var events = model("AuditEvent", "account_events", []string{"action", "session", "detail", "actor", "address", "client", "count"},
	column("date", filter.Date), column("user", filter.String))

// SessionModel returns the collection of sessions, one of Models.
func SessionModel() *store.Model { return sessions }

// EventModel returns the collection of audit events, for contracts that do not declare it.
func EventModel() *store.Model { return events }

// Models returns the collections of accounts that are not in the contract.
func Models() []*store.Model { return []*store.Model{secrets, attempts, networks, sessions} }

// model returns a collection with an index on each column except the id.
func model(name, collection string, other []string, columns ...*filter.Property) *store.Model {
	m := &store.Model{
		Collection: collection,
		Columns:    append([]*filter.Property{column("id", filter.String)}, columns...),
		Properties: []store.Property{{Name: "id", Required: true}},
	}
	slices.SortFunc(m.Columns[1:], func(a, b *filter.Property) int { return strings.Compare(a.Name, b.Name) })
	names := []string{"id"}
	for _, c := range m.Columns[1:] {
		names = append(names, c.Name)
		m.Indexes = append(m.Indexes, store.Index{Name: collection + "_" + c.Name, Keys: []filter.Order{{Property: c}}})
	}
	names = append(names, other...)
	for _, n := range names[1:] {
		m.Properties = append(m.Properties, store.Property{Name: n})
	}
	schema, err := filter.NewSchema(name, m.Columns, names)
	if err != nil {
		panic(err) // a defect of this file
	}
	m.Schema = schema
	return m
}

func column(name string, t filter.Type) *filter.Property {
	return &filter.Property{Name: name, Path: []string{name}, Type: t}
}
