package store

import (
	"context"

	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

// Caller returns the name under which a backend counts what a caller takes of it (identity.CallerKey); empty is the program's own work.
func Caller(ctx context.Context) string { return identity.CallerKey(ctx) }

type scanKey struct{}

// AsScan returns a context for a read whose condition or order a caller chose, which may look at every document of a collection.
func AsScan(ctx context.Context) context.Context { return context.WithValue(ctx, scanKey{}, true) }

// IsScan reports whether a Find or Count may look at every document because a caller chose its condition or order. A backend lets the scans
// of different callers take turns, and keeps them from delaying its other reads.
func IsScan(ctx context.Context) bool { return ctx.Value(scanKey{}) != nil }
