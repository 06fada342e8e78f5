package engine

import (
	"log/slog"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// NewForTests returns the Services of ConfigForTests. It is for tests only.
func NewForTests(s *store.Store, contract *spec.Contract, issuer string, log *slog.Logger, now func() time.Time) (Services, error) {
	config, err := ConfigForTests(s, contract, issuer, log, now)
	if err != nil {
		return Services{}, err
	}
	return New(config)
}

// ConfigForTests returns a Config with a new key and weak password hashing, and with tokens that last an hour. It is for tests only.
func ConfigForTests(s *store.Store, contract *spec.Contract, issuer string, log *slog.Logger, now func() time.Time) (Config, error) {
	key, err := auth.GenerateKey()
	if err != nil {
		return Config{}, err
	}
	keys, err := auth.NewKeys(key)
	if err != nil {
		return Config{}, err
	}
	return Config{
		Store: s, Contract: contract, Keys: keys, Passwords: auth.NewWeakPasswordsForTests(), Issuer: issuer, Audience: contract.Name(),
		ClientID: contract.Name(), TokenTTL: time.Hour, SessionIdle: 30 * 24 * time.Hour, SessionMaxAge: 180 * 24 * time.Hour,
		RevocationMaxStaleness: 10 * time.Second, Log: log, Now: now,
	}, nil
}
