// Package identity describes callers: the Principal of a verified token, the client of a request, and the roles of the contract. It
// depends on no library and on no other package of the engine.
package identity

import (
	"context"
	"slices"
	"time"
)

// Principal is an authenticated caller.
type Principal struct {
	ID        string    // the token's subject, never empty
	Scopes    []string  // the token's scopes, in its order; callers may modify the slice
	TokenID   string    // the token's jti, never empty
	SessionID string    // the token's sid: the session that it was issued for, never empty
	Expires   time.Time // the token's exp, in whole seconds; leeway is not included
}

// HasScope reports whether the token allows exactly this scope. Scopes are compared byte by byte (RFC 6749, section 3.3).
func (p Principal) HasScope(scope string) bool {
	return slices.Contains(p.Scopes, scope)
}

// NewContext returns a context that carries the caller.
func NewContext(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// FromContext returns the caller. It returns false if no caller has been authenticated.
func FromContext(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(contextKey{}).(Principal)
	return p, ok
}

type contextKey struct{}
