// Package client is a client of the API in openapi.yaml: every operation is a method with the operation's name. It
// signs in, refreshes the token, retries where that is safe, returns failures as *Error, and iterates over lists.
//
//	c, err := client.New("https://news.example.com")
//	err = c.SignIn(ctx, "ann@example.com", "correct horse")
//	for user, err := range c.FindUsers(ctx, client.UserFilter{Where: client.UserWhere.Email.ILike("%@example.com")}) { … }
//
// # Two layers
//
// The types are those of the generated package gen/client. The client also has its methods: GetMeWithResponse returns
// the whole response with its header fields, such as an ETag. Like GetMe, they retry, refresh the token, and return an
// *Error if the request fails. Only the methods without WithResponse reject ids that a URL cannot contain ("", "." and "..").
//
// # Retries
//
// The client retries once after status 429, and once after status 503 if the request is a GET. Before that it waits for
// Retry-After, or half a second, plus a random time. It does not retry if the wait is longer than 30 seconds or would end after the
// context's deadline. It does not retry a write after 503, because
// the write may have been done. After 401, it refreshes the token and sends the request again.
package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	api "github.com/newsdesk-api/newsdesk/gen/client"
)

// Client is a client of one server for one user; before SignIn, it is anonymous. It is safe for concurrent use.
type Client struct {
	operations
	*api.ClientWithResponses
	session *session
}

// RequestEditor changes one request before it is sent. IfMatch and IfNoneMatch return one; ConfirmAll is one.
type RequestEditor = api.RequestEditorFn

// Option configures a client in New.
type Option func(*settings)

type settings struct {
	http    *http.Client
	editors []api.ClientOption
	tokens  Tokens
	changed func(Tokens)
	now     func() time.Time
	wait    func(context.Context, time.Duration) error
}

// answerTimeout limits one attempt, unless WithHTTPClient sets a Timeout. It is longer than any deadline of the server.
const answerTimeout = time.Minute

// WithHTTPClient sends requests with h and its transport, proxy, TLS and Timeout, which applies to each attempt. The default timeout is one
// minute.
func WithHTTPClient(h *http.Client) Option { return func(s *settings) { s.http = h } }

// WithRequestEditor changes every request before it is sent, for example to send an API key: see the functions called Authorize, one for
// each security scheme other than that of SignIn.
func WithRequestEditor(e RequestEditor) Option {
	return func(s *settings) { s.editors = append(s.editors, api.WithRequestEditorFn(e)) }
}

// WithTokens continues the session of the given tokens, which OnTokens has saved. Tokens with Access only are used until the
// server rejects them.
func WithTokens(t Tokens) Option { return func(s *settings) { s.tokens = t } }

// OnTokens calls save with new tokens before they are used, and with the zero value when the session has ended. Calls do not
// overlap. Requests wait for save to return; save must not use the client.
func OnTokens(save func(Tokens)) Option { return func(s *settings) { s.changed = save } }

// New returns a client for the API at the URL, which includes the base path of the contract if it has one (servers). It sends nothing. It
// returns an error if the URL is not an absolute http or https URL, or has a user, a query or a fragment.
func New(server string, options ...Option) (*Client, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("client: invalid server URL; it must be like https://news.example.com or " +
			"http://127.0.0.1:3000/api")
	}
	set := settings{now: time.Now, wait: sleep}
	for _, option := range options {
		option(&set)
	}
	if set.http == nil {
		set.http = &http.Client{Timeout: answerTimeout}
	}
	plain := retrier{set.http, set.now, set.wait}
	public, err := api.NewClient(server, append(slices.Clip(set.editors), api.WithHTTPClient(plain))...)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	s := &session{next: plain, public: public, now: set.now, wait: set.wait, changed: set.changed}
	s.tokens, s.renew = set.tokens, set.tokens.Expires.Add(-margin)
	signedIn, err := api.NewClient(server, append(slices.Clip(set.editors), api.WithHTTPClient(s))...)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	return &Client{operations{signedIn, public}, &api.ClientWithResponses{ClientInterface: signedIn}, s}, nil
}

// IfMatch makes a change conditional on the version with the ETag (RFC 9110, section 13.1.1). The error is an *Error with
// Status 412 if there is a newer version.
func IfMatch(etag string) RequestEditor { return header("If-Match", etag) }

// IfNoneMatch requests a document only if its version differs from the ETag (RFC 9110, section 13.1.2). Otherwise the error is
// an *Error with Status 304.
func IfNoneMatch(etag string) RequestEditor { return header("If-None-Match", etag) }

// ConfirmAll confirms Everything in UpdateAllNews and its like for a caller whose scopes include the documents of all users. Without it,
// the error is an *Error with Status 400.
func ConfirmAll(_ context.Context, r *http.Request) error {
	parameters := r.URL.Query()
	parameters.Set("all", "true")
	r.URL.RawQuery = parameters.Encode()
	return nil
}

func header(name, value string) RequestEditor {
	return func(_ context.Context, r *http.Request) error {
		r.Header.Set(name, value)
		return nil
	}
}

// receive decodes the JSON of a response. It takes the results of a generated call.
func receive[T any](answer *http.Response, err error) (T, error) {
	var v T
	if err != nil {
		return v, err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		return v, errorOf(answer.Request, answer, time.Now())
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(text, &v); err != nil {
		return v, fmt.Errorf("client: the response of %s %s: %w", answer.Request.Method, answer.Request.URL.Path, err)
	}
	return v, nil
}

// done handles a response without a body.
func done(answer *http.Response, err error) error {
	if err != nil {
		return err
	}
	return answer.Body.Close()
}
