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

	api "github.com/newsdesk-api/newsdesk/gen/client"
)

// ErrSignedOut is in the chain of the errors of all calls that need a token once the session has ended: by SignOut, at the
// server, or because it was not used for long. Only SignIn helps. When the server said so, its *Error is in the chain too.
var ErrSignedOut = errors.New("signed out: sign in again")

// Error is an answer of the server that is not a success; errors.As finds it in the errors of all methods. It is read from
// LoopBack's envelope or from RFC 9457's; of an answer that is neither, such as a proxy's, only Status, RequestID and
// RetryAfter are known, and Message is the status' usual text.
type Error struct {
	Method, Path string // of the request, without its query: "GET", "/news/7"

	Status     int           // 404
	Name       string        // the class of errors, as LoopBack calls it: "UnprocessableEntityError"
	Code       string        // a word for programs, "ENTITY_NOT_FOUND"; may be empty
	Message    string        // a sentence for people
	Details    []ErrorDetail // what is wrong where, with Path, Code, Message and Info; may be empty
	RequestID  string        // by which the server's log knows the request; may be empty
	RetryAfter time.Duration // how long the server asks to wait; 0 when it does not say
}

// ErrorDetail is one thing that is wrong. Path is a JSON pointer (RFC 6901) into the body or the parameter, Code the JSON
// Schema keyword that failed; Info's `parameter` names the parameter.
type ErrorDetail = api.ErrorDetail

const (
	maxErrorBody    = 1 << 20 // bytes of an error's body that are read
	maxErrorDetails = 3       // that Error.Error spells out
)

// Error says what was asked and what the server answered. It holds no token and nothing of the request's body or query.
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

// errorOf makes an Error of an answer, and closes its body.
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
	var envelope struct {
		Error *api.Error `json:"error"`
	}
	var problem api.Problem
	switch {
	case json.Unmarshal(text, &envelope) == nil && envelope.Error != nil && envelope.Error.StatusCode == e.Status:
		e.fill(envelope.Error.Name, envelope.Error.Message, envelope.Error.Code, envelope.Error.Details)
	case json.Unmarshal(text, &problem) == nil && problem.Status == e.Status:
		e.fill(problem.Title, problem.Detail, problem.Code, problem.Errors)
	}
	return e
}

func (e *Error) fill(name, message string, code *string, details *[]ErrorDetail) {
	e.Name, e.Message = name, message
	if code != nil {
		e.Code = *code
	}
	if details != nil {
		e.Details = *details
	}
}

// retryAfter reads a Retry-After (RFC 9110, section 10.2.3), 0 when it is none or over.
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
