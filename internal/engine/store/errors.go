package store

import (
	"fmt"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// NotFound is the answer for an id that no document has; text and code are LoopBack's.
func NotFound(m *Model, id string) error {
	return named(fault.New(fault.NotFound, "ENTITY_NOT_FOUND", "Entity not found: %s with id %s", m.Schema.Name(), quote(id)))
}

// Duplicate is the answer for a value that a unique index already has; property is the index's first. The text is LoopBack's.
func Duplicate(m *Model, property string) error {
	e := fault.New(fault.Conflict, "DUPLICATE_ENTRY", "Duplicate entry for %s.%s", m.Schema.Name(), property)
	e.Fields = []fault.Field{{Path: "/" + strings.ReplaceAll(property, ".", "/"), Code: "unique", Message: "must be unique"}}
	return named(e)
}

// PreconditionFailed is the answer for a document that has changed since the caller read it (RFC 9110, section 13.1.1).
func PreconditionFailed(m *Model, id string) error {
	return fault.New(fault.PreconditionFailed, "VERSION_MISMATCH",
		"%s with id %s has changed since it was read. Read it again and repeat the change.", m.Schema.Name(), quote(id))
}

// Forbidden is the answer to a caller who does not own the document; name, text and code are LoopBack's.
func Forbidden(m *Model) error {
	return named(fault.New(fault.Forbidden, "AUTHORIZATION_ACCESS_DENIED", "Access denied: only the %s of this %s may change it.",
		m.Owner.Name, m.Schema.Name()))
}

// unconfirmed is the answer to a change of everybody's documents that nobody has confirmed.
func unconfirmed(m *Model) error {
	e := fault.New(fault.BadRequest, "MISSING_REQUIRED_PARAMETER",
		"where={} would change every %s, not only the caller's. Send a condition, or all=true to change all of them.", m.Schema.Name())
	e.Fields = []fault.Field{{Code: "required", Message: "must be true if the condition is {} and matches the documents of all users",
		Info: map[string]any{"parameter": "all"}}}
	return e
}

// QuotaExceeded is the answer for a write that would take the owner of a document beyond the collection's quota. It is not worth repeating
// before something is deleted.
func QuotaExceeded(m *Model) error {
	var limits []string
	if m.Quota.Documents > 0 {
		limits = append(limits, fmt.Sprintf("%d documents", m.Quota.Documents))
	}
	if m.Quota.Bytes > 0 {
		limits = append(limits, fmt.Sprintf("%d bytes", m.Quota.Bytes))
	}
	return fault.New(fault.Forbidden, "QUOTA_EXCEEDED", "The quota is used up: each %s can have %s of %s. Delete some first.",
		m.Owner.Name, strings.Join(limits, " and "), m.Schema.Name())
}

// named gives the error the class name that LoopBack's repositories use.
func named(e *fault.Error) error {
	e.Name = "Error"
	return e
}
