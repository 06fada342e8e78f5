// Package fault defines the error type that crosses package boundaries.
//
// A store, a check or a handler that rejects a request returns an *Error; only internal/engine/server turns it into an HTTP response.
// Any other error is a defect of the server, and becomes a 500 response with a fixed text.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind is the kind of failure of an Error; internal/engine/server maps each kind to one HTTP status.
type Kind uint8

// The kinds. The zero value is Internal, so that a forgotten kind fails closed.
const (
	Internal            Kind = iota // 500: a defect of the server; the text is never sent
	BadRequest                      // 400: the request cannot be read, or a parameter is wrong
	Unauthenticated                 // 401: no credentials, or invalid ones
	Forbidden                       // 403: the caller has no permission
	NotFound                        // 404
	MethodNotAllowed                // 405: the path has no such method
	Conflict                        // 409: it conflicts with stored data, such as a duplicate
	PreconditionFailed              // 412: the caller's version is not the stored one
	TooLarge                        // 413
	Unsupported                     // 415: the body's media type or encoding
	Invalid                         // 422: the body was read and breaks the contract
	Misdirected                     // 421: the request is for another host
	RateLimited                     // 429: too many requests
	Unavailable                     // 503: try again later
	InsufficientStorage             // 503: no space to store
)

// String returns the name of the kind: "not_found".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

var kindNames = [...]string{
	Internal: "internal", BadRequest: "bad_request", Unauthenticated: "unauthenticated", Forbidden: "forbidden", NotFound: "not_found",
	MethodNotAllowed: "method_not_allowed", Conflict: "conflict", PreconditionFailed: "precondition_failed", TooLarge: "too_large",
	Unsupported: "unsupported", Invalid: "invalid", Misdirected: "misdirected", RateLimited: "rate_limited", Unavailable: "unavailable",
	InsufficientStorage: "insufficient_storage",
}

// TooManyConcurrentRequests is the code of a RateLimited or Unavailable error whose cause is the number of the caller's own requests.
const TooManyConcurrentRequests = "TOO_MANY_CONCURRENT_REQUESTS"

// Error is a failure with a text that the caller of the API may read.
type Error struct {
	Kind Kind
	// Name is the error's name on the wire; empty means the kind's usual name (LoopBack's class names).
	Name string
	// Code is the machine-readable reason on the wire, in UPPER_SNAKE_CASE; may be empty, as in LoopBack.
	Code string
	// Detail is a sentence for the caller. It never contains a secret or a value of the request's body.
	Detail string
	// Fields lists all problems of the request with their places.
	Fields []Field
	// RetryAfter is the time to wait before a retry; zero if it is unknown.
	RetryAfter time.Duration
	// Challenge contains the parameters of the WWW-Authenticate header field for Unauthenticated and Forbidden, such as
	// error="invalid_token" (RFC 6750, section 3). The server adds the scheme and the realm.
	Challenge string
	// Caller is the id of the authenticated caller, if the request was rejected before it was valid. It is logged, never sent.
	Caller string
	// Err is the cause. It is logged, never sent.
	Err error
}

// Field is one problem of a request. Its four members are LoopBack's `details`.
type Field struct {
	Path    string         // JSON pointer (RFC 6901) into the body or the parameter's value; empty is its root
	Code    string         // the JSON Schema keyword that failed, or a code for a rule of this server
	Message string         // what was expected
	Info    map[string]any // the keyword's parameters
}

// New returns an Error whose Detail is the formatted text.
func New(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Wrap returns an Error around a cause that is logged and never sent.
func Wrap(err error, kind Kind, code, format string, args ...any) *Error {
	e := New(kind, code, format, args...)
	e.Err = err
	return e
}

// Error returns the text for the log: the caller's sentence, then the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Detail
	}
	return e.Detail + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the first *Error in err's chain, or Internal if there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}
