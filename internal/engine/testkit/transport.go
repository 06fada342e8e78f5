package testkit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/conformance"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// transport sends requests to the handler and validates each response against the contract.
type transport struct {
	api   *API
	token string
}

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	t.api.authorize(r, t.token)
	return t.api.serve(r), nil
}

// Do sends a request with a method, a path with query, which may contain spaces, and a token and a body, which may be empty. The path is
// as in the contract; the base path is added. The body is sent as JSON unless a header sets another type. Headers are pairs; a repeated
// name is sent as two lines.
func (a *API) Do(method, target, token, body string, headers ...string) *http.Response {
	a.t.Helper()
	target = a.Contract.BasePath() + strings.ReplaceAll(target, " ", "%20")
	r := httptest.NewRequestWithContext(a.t.Context(), method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	a.authorize(r, token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Del(headers[i])
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return a.serve(r)
}

// serve handles a request, validates the response, checks it for leaks and records it.
func (a *API) serve(r *http.Request) *http.Response {
	a.t.Helper()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	if r.RemoteAddr == "" {
		r.RemoteAddr = Peer + ":1234" // as httptest has it
	}
	accept := os.Getenv(conformance.CoverageAccept)
	if r.Header.Get("Accept") != "" {
		accept = ""
	} else if accept != "" {
		r.Header.Set("Accept", accept)
	}
	path, method := r.URL.EscapedPath(), r.Method
	sent := a.leaks.request(r)
	op := a.Contract.Operation(method, path)
	recorder := a.record(op, r)
	response := recorder.Result()
	body, err := io.ReadAll(response.Body)
	must(a.t, err)
	response.Body = io.NopCloser(bytes.NewReader(body))
	response.Request = r
	a.leaks.response(r, sent.Bytes(), response.StatusCode, response.Header, body)
	if op == nil {
		if response.StatusCode < 400 && method != http.MethodOptions {
			a.t.Errorf("%s %s is not in the contract, but returned %d", method, path, response.StatusCode)
			seen.Enter(nil, fmt.Errorf("%s %s is not in the contract, but returned %d", method, path, response.StatusCode))
		}
		return response
	}
	wrong := op.ValidateResponse(r, response.StatusCode, response.Header, body)
	if wrong != nil {
		a.t.Errorf("%s %s: the response violates the contract: %v\n%.500s", method, path, wrong, body)
	}
	seen.Enter(op.Features(r, response.StatusCode, response.Header, body), wrong)
	if accept != "" && response.Header.Get("Content-Type") == problemType {
		a.envelop(response, body)
	}
	return response
}

// record handles a request. It ends one whose response has no deadline as soon as the response has begun.
func (a *API) record(op *spec.Operation, r *http.Request) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	if op == nil || !op.Limits.Endless {
		a.Handler.ServeHTTP(recorder, r)
		return recorder
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	a.Handler.ServeHTTP(&endingRecorder{recorder, cancel}, r.WithContext(ctx))
	return recorder
}

// endingRecorder ends the request when the response has begun.
type endingRecorder struct {
	*httptest.ResponseRecorder
	end func()
}

func (r *endingRecorder) Write(data []byte) (int, error) {
	r.end()
	return r.ResponseRecorder.Write(data)
}

func (r *endingRecorder) WriteHeader(status int) {
	r.end()
	r.ResponseRecorder.WriteHeader(status)
}

const problemType = "application/problem+json"

// envelop converts a problem (RFC 9457) to the equivalent envelope for tests that did not request a problem.
func (a *API) envelop(response *http.Response, body []byte) {
	a.t.Helper()
	var problem struct {
		Title, Detail, Code string
		Status              int
		Errors              json.RawMessage
	}
	must(a.t, json.Unmarshal(body, &problem))
	var envelope struct {
		Error struct {
			StatusCode int             `json:"statusCode"`
			Name       string          `json:"name"`
			Message    string          `json:"message"`
			Code       string          `json:"code,omitempty"`
			Details    json.RawMessage `json:"details,omitempty"`
		} `json:"error"`
	}
	e := &envelope.Error
	e.StatusCode, e.Name, e.Message, e.Code, e.Details = problem.Status, problem.Title, problem.Detail, problem.Code, problem.Errors
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	must(a.t, encoder.Encode(envelope))
	response.Header.Set("Content-Type", "application/json")
	response.Body = io.NopCloser(bytes.NewReader(bytes.TrimSpace(text.Bytes())))
}

// Body reads the body of a response.
func Body(response *http.Response) string {
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
