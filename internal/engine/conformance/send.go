package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// response is a response, read completely.
type response struct {
	request *http.Request
	status  int
	header  http.Header
	body    []byte
}

// doAuthenticated sends a request with the run's token. If the session has ended, it sends the request again with a new token.
func (p *probe) doAuthenticated(ctx context.Context, op *spec.Operation, r spec.Request) (response, error) {
	a, err := p.send(ctx, op, r, p.token)
	if err != nil || a.status != http.StatusUnauthorized || op.Public || p.token == "" {
		return a, err
	}
	if p.signIn(ctx) != nil {
		return a, nil
	}
	return p.send(ctx, op, r, p.token)
}

// send sends a request, and retries it after 429 and 503 with Retry-After. Its error contains nothing of the request.
func (p *probe) send(ctx context.Context, op *spec.Operation, r spec.Request, token string) (response, error) {
	for try := 1; ; try++ {
		a, err := p.once(ctx, op, r, token)
		if err != nil {
			return a, err
		}
		after := retryAfter(a)
		if after == 0 || after > maxWait || try == maxTries {
			return a, nil
		}
		if err := p.wait(ctx, after); err != nil {
			return a, err
		}
	}
}

func (p *probe) once(ctx context.Context, op *spec.Operation, r spec.Request, token string) (response, error) {
	path := op.Path
	for name, value := range r.Path {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	if len(r.Query) > 0 {
		path += "?" + r.Query.Encode()
	}
	if !op.Safe() {
		ctx = context.WithoutCancel(ctx) // to know, and delete, what the request creates
	}
	request, err := http.NewRequestWithContext(ctx, op.Method, p.base+path, bytes.NewReader(r.Body))
	if err != nil {
		return response{}, errors.New("cannot create the request")
	}
	if r.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, values := range r.Header {
		request.Header[name] = values
	}
	if token != "" {
		op.Authorize(request, token, p.contract.AccountScheme())
	}
	request.Header.Set("User-Agent", "contract-check")
	got, err := p.client.Do(request)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err // without the URL
		}
		return response{}, fmt.Errorf("no response: %w", err)
	}
	defer got.Body.Close()
	if op.Limits.Endless && got.StatusCode < 400 {
		return response{request, got.StatusCode, got.Header, nil}, nil
	}
	body, err := io.ReadAll(io.LimitReader(got.Body, maxResponse+1))
	if err != nil {
		return response{}, fmt.Errorf("cannot read the response's body: %w", err)
	}
	if len(body) > maxResponse {
		return response{}, fmt.Errorf("the response is longer than %d bytes", maxResponse)
	}
	return response{request, got.StatusCode, got.Header, body}, nil
}

// retryAfter returns the delay in a response's Retry-After (RFC 9110, section 10.2.3); 0 if there is none.
func retryAfter(a response) time.Duration {
	if a.status != http.StatusTooManyRequests && a.status != http.StatusServiceUnavailable {
		return 0
	}
	text := a.header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 && seconds < 1e6 {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(date))
	}
	return 0
}
