package store

import (
	"fmt"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// NotFound returns the fault for an id that no document has. The text and the code are LoopBack's.
func NotFound(m *Model, id string) error {
	return named(fault.New(fault.NotFound, "ENTITY_NOT_FOUND", "Entity not found: %s with id %s", m.Schema.Name(), quote(id)))
}

// Duplicate returns the fault for a duplicate value in a unique index; property is the index's first. The text is LoopBack's.
func Duplicate(m *Model, property string) error {
	e := fault.New(fault.Conflict, "DUPLICATE_ENTRY", "Duplicate entry for %s.%s", m.Schema.Name(), property)
	e.Fields = []fault.Field{{Path: "/" + strings.ReplaceAll(property, ".", "/"), Code: "unique", Message: "must be unique"}}
	return named(e)
}

// PreconditionFailed returns the fault for a document that has changed since the caller read it (RFC 9110, section 13.1.1).
func PreconditionFailed(m *Model, id string) error {
	return fault.New(fault.PreconditionFailed, "VERSION_MISMATCH",
		"%s with id %s has changed since it was read. Read it again and repeat the change.", m.Schema.Name(), quote(id))
}

// Forbidden returns the fault for a caller who does not own the document. The name, the text and the code are LoopBack's.
func Forbidden(m *Model) error {
	return named(fault.New(fault.Forbidden, "AUTHORIZATION_ACCESS_DENIED", "Access denied: only the %s of this %s may change it.",
		m.Owner.Name, m.Schema.Name()))
}

// unconfirmed returns the fault for an unconfirmed change of the documents of all users.
func unconfirmed(m *Model) error {
	e := fault.New(fault.BadRequest, "MISSING_REQUIRED_PARAMETER",
		"where={} would change every %s, not only the caller's. Send a condition, or all=true to change all of them.", m.Schema.Name())
	e.Fields = []fault.Field{{Code: "required", Message: "must be true if the condition is {} and matches the documents of all users",
		Info: map[string]any{"parameter": "all"}}}
	return e
}

// QuotaExceeded returns the fault for a write that would exceed the owner's quota of the collection. Retrying cannot succeed until
// documents are deleted.
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
