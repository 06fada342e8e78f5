package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ErrSignedOut is wrapped by the errors of all calls that need a token after the session has ended: by SignOut, on the server
// or because it has expired. Call SignIn to continue. If the server ended the session, the error also wraps its *Error.
var ErrSignedOut = errors.New("signed out: sign in again")

// Error is an error response of the server; errors.As finds it in the errors of all methods. The body is LoopBack's envelope or
// that of RFC 9457. For other responses, such as a proxy's, only Status, RequestID, RetryAfter and Body are known, and Message is the
// status text.
type Error struct {
	Method, Path string // of the request, without its query: "GET", "/news/7"

	Status     int           // 404
	Name       string        // LoopBack's name of the error: "UnprocessableEntityError"
	Code       string        // machine-readable code, "ENTITY_NOT_FOUND"; may be empty
	Message    string        // human-readable text
	Details    []ErrorDetail // one per violation, with Path, Code, Message and Info; may be empty
	RequestID  string        // the id of the request in the server's log; may be empty
	RetryAfter time.Duration // how long the server asks to wait; 0 if it does not
	Body       []byte        // as it was sent, at most 1 MiB
}

// ErrorDetail is one violation. Path is a JSON pointer (RFC 6901) into the body or the parameter, Code is the JSON Schema
// keyword that failed, and `parameter` in Info is the name of the parameter.
type ErrorDetail struct {
	Path    string         `json:"path"`
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Info    map[string]any `json:"info"`
}

const (
	maxErrorBody    = 1 << 20 // bytes of an error's body that are read
	maxErrorDetails = 3       // that Error.Error includes
)

// Error returns the request and the server's response as text. It contains no token and nothing of the request's body or query.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s: %d %s", e.Method, e.Path, e.Status, e.Message)
	for i, d := range e.Details {
		if i == maxErrorDetails {
			text += fmt.Sprintf("; and %d more", len(e.Details)-i)
			break
		}
		text += "; " + strings.TrimSpace(d.Path+" "+d.Message)
	}
	if e.RequestID != "" {
		text += " (request " + e.RequestID + ")"
	}
	return text
}

// errorOf returns a response as an Error and closes its body.
func errorOf(r *http.Request, answer *http.Response, now time.Time) *Error {
	defer answer.Body.Close()
	e := &Error{
		Method: r.Method, Path: r.URL.Path, Status: answer.StatusCode, Message: http.StatusText(answer.StatusCode),
		RequestID: answer.Header.Get("X-Request-Id"), RetryAfter: retryAfter(answer.Header.Get("Retry-After"), now),
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxErrorBody))
	if err != nil {
		return e
	}
	e.Body = text
	var envelope struct {
		Error struct {
			StatusCode          int
			Name, Message, Code string
			Details             []ErrorDetail
		}
	}
	var problem struct {
		Status              int
		Title, Detail, Code string
		Errors              []ErrorDetail
	}
	if given := &envelope.Error; json.Unmarshal(text, &envelope) == nil && given.StatusCode == e.Status {
		e.Name, e.Message, e.Code, e.Details = given.Name, given.Message, given.Code, given.Details
	} else if json.Unmarshal(text, &problem) == nil && problem.Status == e.Status {
		e.Name, e.Message, e.Code, e.Details = problem.Title, problem.Detail, problem.Code, problem.Errors
	}
	return e
}

// retryAfter parses Retry-After (RFC 9110, section 10.2.3). It returns 0 if the value is invalid or in the past.
func retryAfter(text string, now time.Time) time.Duration {
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	seconds, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
