// Package app holds what a resource may use.
package app

import (
	"time"

	"github.com/newsdesk-api/newsdesk/internal/auth"
	"github.com/newsdesk-api/newsdesk/internal/store"
)

// App is handed to the New of every resource, by value. Its parts are safe for concurrent use.
type App struct {
	Store     *store.Store
	Tokens    *auth.Tokens
	Passwords *auth.Passwords
	Now       func() time.Time // the clock; tests turn it
	Scopes    []string         // that a new account's tokens carry
}
