// Package client is a client of the API in openapi.yaml: every operation is a method with the operation's name. It
// signs in, keeps the token new, tries again where that is safe, turns refusals into *Error, and walks through lists.
//
//	c, err := client.New("https://news.example.com")
//	err = c.SignIn(ctx, "ann@example.com", "correct horse")
//	for news, err := range c.FindNews(ctx, client.NewsFilter{Where: client.NewsWhere.Title.ILike("%go%")}) { … }
//
// # Two layers
//
// Below is the generated package gen/client, whose types these are. Its methods are the client's too: GetNewsWithResponse gives
// the whole answer with its header fields, such as the ETag. They retry and sign in as GetNews does, and make an *Error of
// what is not a success. An id that the address cannot have ("", "." and "..") only GetNews and its like refuse.
//
// # What is repeated
//
// A 429 is repeated once, and so is the 503 of a GET, after the time that Retry-After asks for, or half a second, and some
// more by chance; not when that is more than 30 seconds, or later than the context's deadline. A 503 of a request that writes
// is not: it may have been done. A request that was refused with 401 is sent again after a refresh.
package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	api "github.com/newsdesk-api/newsdesk/gen/client"
)

// Client is one user at one server, or nobody before SignIn. It is safe for concurrent use.
type Client struct {
	operations
	*api.ClientWithResponses
	session *session
}

// RequestEditor changes one request before it is sent; IfMatch and IfNoneMatch make such, ConfirmAll is one.
type RequestEditor = api.RequestEditorFn

// Option changes how New sets a client up.
type Option func(*settings)

type settings struct {
	http    *http.Client
	tokens  Tokens
	changed func(Tokens)
	now     func() time.Time
	wait    func(context.Context, time.Duration) error
}

// answerTimeout is how long a try may take, unless WithHTTPClient says otherwise: longer than the server takes.
const answerTimeout = time.Minute

// WithHTTPClient sends with h: for its transport, proxy, TLS and Timeout, which is for each try. Without it a try may take a minute.
func WithHTTPClient(h *http.Client) Option { return func(s *settings) { s.http = h } }

// WithTokens goes on with the session that these tokens are of, as OnTokens gave them. Tokens that have an Access only are
// sent until the server refuses them.
func WithTokens(t Tokens) Option { return func(s *settings) { s.tokens = t } }

// OnTokens has save called with the tokens whenever there are new ones, before they are used, and with the zero value when
// the session has ended. Calls do not overlap. Requests wait for save to return; it must not use the client.
func OnTokens(save func(Tokens)) Option { return func(s *settings) { s.changed = save } }

// New returns a client for the server at that URL, which may have a path. It sends nothing. It is an error when the URL is not an
// absolute http or https one, or has a user, a query or a fragment.
func New(server string, options ...Option) (*Client, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("client: the server's URL is not well-formed; it must be like https://news.example.com or " +
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
	public, err := api.NewClient(server, api.WithHTTPClient(plain))
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	s := &session{next: plain, public: public, now: set.now, wait: set.wait, changed: set.changed}
	s.tokens, s.renew = set.tokens, set.tokens.Expires.Add(-margin)
	signedIn, err := api.NewClient(server, api.WithHTTPClient(s))
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	return &Client{operations{signedIn, public}, &api.ClientWithResponses{ClientInterface: signedIn}, s}, nil
}

// SignIn starts a session; the client's requests carry its token from then on. A session from before stays as it is at the
// server. The error is an *Error with Status 401 when address or password is wrong, and 429 after too many wrong ones.
func (c *Client) SignIn(ctx context.Context, email, password string) error {
	tokens, err := c.operations.SignIn(ctx, Credentials{Email: email, Password: password})
	if err != nil {
		return err
	}
	c.session.lock.Lock()
	defer c.session.lock.Unlock()
	c.session.signIn++
	c.session.keep(tokens)
	return nil
}

// SignOut ends the session, here and at the server. When the server cannot be asked the session goes on, and SignOut can be
// called again. Without a session it does nothing.
func (c *Client) SignOut(ctx context.Context) error {
	before := c.session.current()
	if before.ended != nil || before.tokens.Access == "" {
		return nil
	}
	if err := c.operations.SignOut(ctx); err != nil && !unauthorized(err) {
		return err
	}
	c.session.lock.Lock()
	defer c.session.lock.Unlock()
	if c.session.ended == nil && c.session.signIn == before.signIn {
		c.session.set(Tokens{}, fmt.Errorf("client: %w", ErrSignedOut))
	}
	return nil
}

// Refresh gets new tokens now. Nobody needs it to stay signed in. ErrSignedOut is in the error's chain when there is no
// session, and when there are no tokens to refresh.
func (c *Client) Refresh(ctx context.Context) error {
	now := c.session.current()
	if now.ended == nil && now.tokens.Refresh == "" {
		return fmt.Errorf("client: %w", ErrSignedOut)
	}
	_, err := c.session.fresh(ctx, now.tokens.Access)
	return err
}

// IfMatch has a change made only to the version with that ETag (RFC 9110, section 13.1.1); the error is an *Error with
// Status 412 when there is a newer one.
func IfMatch(etag string) RequestEditor { return header("If-Match", etag) }

// IfNoneMatch has a document sent only when its version is another one (RFC 9110, section 13.1.2); otherwise the error is an
// *Error with Status 304.
func IfNoneMatch(etag string) RequestEditor { return header("If-None-Match", etag) }

// ConfirmAll has UpdateAllNews and its like take Everything from a caller whose scopes reach everybody's documents. Without it the error
// is an *Error with Status 400.
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

// receive reads the JSON of an answer. It fits around a generated call.
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
		return v, fmt.Errorf("client: the answer of %s %s: %w", answer.Request.Method, answer.Request.URL.Path, err)
	}
	return v, nil
}

// done reads an answer that has no body.
func done(answer *http.Response, err error) error {
	if err != nil {
		return err
	}
	return answer.Body.Close()
}
