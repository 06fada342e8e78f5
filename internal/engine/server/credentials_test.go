package server

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// guarded is a contract with all kinds of security schemes. The paths are the names of the requirements.
const guarded = `
openapi: 3.0.3
info: {title: Small, version: '1'}
x-limits: {body: 1KiB, deadline: 1s}
security: [{jwt: []}]
paths:
  /inherited:
    get: {operationId: getInherited, tags: [things], x-required-scopes: [admin], responses: {'200': {description: OK}}}
  /public:
    get: {operationId: getPublic, tags: [things], security: [], responses: {'200': {description: OK}}}
  /header:
    get: {operationId: getHeader, tags: [things], security: [{headerKey: []}], x-required-scopes: [admin],
      responses: {'200': {description: OK}}}
  /query:
    get:
      operationId: getQuery
      tags: [things]
      security: [{queryKey: []}]
      parameters: [{name: page, in: query, schema: {type: integer}}]
      responses: {'200': {description: OK}}
  /cookie:
    get: {operationId: getCookie, tags: [things], security: [{cookieKey: []}], responses: {'200': {description: OK}}}
    post: {operationId: postCookie, tags: [things], security: [{cookieKey: []}], responses: {'200': {description: OK}}}
  /basic:
    get: {operationId: getBasic, tags: [things], security: [{password: []}], responses: {'200': {description: OK}}}
  /token:
    get: {operationId: getToken, tags: [things], security: [{realWorld: []}], responses: {'200': {description: OK}}}
  /custom:
    get: {operationId: getCustom, tags: [things], security: [{custom: []}], responses: {'200': {description: OK}}}
  /oauth:
    get: {operationId: getOauth, tags: [things], security: [{oauth: [read, write]}], responses: {'200': {description: OK}}}
  /oidc:
    get: {operationId: getOidc, tags: [things], security: [{oidc: [read]}], responses: {'200': {description: OK}}}
  /either:
    get: {operationId: getEither, tags: [things], security: [{jwt: []}, {headerKey: []}, {password: []}],
      responses: {'200': {description: OK}}}
  /both:
    get: {operationId: getBoth, tags: [things], security: [{jwt: [], programKey: []}], responses: {'200': {description: OK}}}
  /program:
    get: {operationId: getProgram, tags: [things], security: [{programKey: []}], responses: {'200': {description: OK}}}
  /optional:
    get: {operationId: getOptional, tags: [things], security: [{headerKey: []}, {}], responses: {'200': {description: OK}}}
components:
  securitySchemes:
    jwt: {type: http, scheme: Bearer}
    headerKey: {type: apiKey, in: header, name: X-Api-Key}
    programKey: {type: apiKey, in: header, name: X-Program}
    queryKey: {type: apiKey, in: query, name: key}
    cookieKey: {type: apiKey, in: cookie, name: sid}
    password: {type: http, scheme: basic}
    realWorld: {type: apiKey, in: header, name: Authorization}
    custom: {type: http, scheme: Custom}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://sign.example', scopes: {read: Read, write: Write}}}}
    oidc: {type: openIdConnect, openIdConnectUrl: 'https://sign.example'}
`

// secretKeys are the credentials of the tests, by their digests: the time of a look-up says nothing about a key.
var secretKeys = map[[sha256.Size]byte]identity.Principal{
	sha256.Sum256([]byte("ann-key")):     {ID: "ann", Scopes: []string{"read", "write", "admin"}},
	sha256.Sum256([]byte("reader-key")):  {ID: "reader", Scopes: []string{"read"}},
	sha256.Sum256([]byte("program-key")): {},
}

func verifyKey(_ context.Context, c identity.Credentials) (identity.Principal, error) {
	switch c.Secret {
	case "down-key":
		return identity.Principal{}, fault.New(fault.Unavailable, "", "The keys are unavailable.")
	case "broken-key":
		return identity.Principal{}, fmt.Errorf("cannot verify %v", c)
	case "denied-key":
		return identity.Principal{}, fault.New(fault.Unauthenticated, "", "The key is blocked.")
	}
	p, known := secretKeys[sha256.Sum256([]byte(c.Secret))]
	if !known || c.Scheme == "password" && c.User != p.ID {
		return p, fault.New(fault.NotFound, "", "There is no such key.")
	}
	return p, nil
}

// guard starts a server for the contract. Handlers respond with the caller.
func guard(t testing.TB, document string, config Config, log *slog.Logger, without ...string) (*Server, *auth.Tokens, error) {
	t.Helper()
	contract, err := spec.Load([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	services := newApp(t, contractWith(t, nil))
	app := App{OpenAPI: []byte(document), Register: func(r Router, s engine.Services, m Middleware) {
		all := map[string]identity.Verifier{"realWorld": func(_ context.Context, c identity.Credentials) (identity.Principal, error) {
			token, _ := strings.CutPrefix(c.Secret, "Token ")
			return s.Tokens.Verify(token)
		}}
		for _, scheme := range contract.Schemes() {
			if scheme.Name != "jwt" && all[scheme.Name] == nil {
				all[scheme.Name] = verifyKey
			}
		}
		for _, name := range without {
			delete(all, name)
		}
		r.Verify(all)
		for _, op := range contract.Operations() {
			r.add(op.Method, op.Path, func(c echo.Context) error {
				p, _ := identity.FromContext(c.Request().Context())
				return c.String(200, strings.TrimSpace(p.ID+" "+strings.Join(p.Scopes, " ")))
			}, m[op.ID])
		}
	}}
	s, err := New(app, contract, services, config, log)
	return s, services.Tokens, err
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func TestSecuritySchemes(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	s, tokens, err := guard(t, guarded, Config{}, slog.New(slog.NewJSONHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	jwt, _, err := tokens.Issue(auth.TokenRequest{Subject: "ann", Session: "1", Scopes: []string{"read"}})
	if err != nil {
		t.Fatal(err)
	}
	const realm = `realm="small"`
	apiKey := func(in, name string) string { return `ApiKey ` + realm + `, in="` + in + `", name="` + name + `"` }
	bearerChallenge, badToken := "Bearer "+realm, "Bearer "+realm+`, error="invalid_token"`
	needs := func(scopes string) string {
		return bearerChallenge + `, error="insufficient_scope", scope="` + scopes + `"`
	}
	headerKey, basicChallenge := apiKey("header", "X-Api-Key"), "Basic "+realm+`, charset="UTF-8"`
	for _, tt := range []struct {
		request    string   // and header fields
		want       string   // status and, for 200, the caller
		challenges []string // of a failure
		headers    []string
	}{
		{"GET /inherited", "401", []string{bearerChallenge}, nil},
		{"GET /inherited", "403", []string{needs("admin")}, []string{"Authorization", "Bearer " + jwt}},
		{"GET /public", "200", nil, nil},
		{"GET /header", "200 ann read write admin", nil, []string{"X-Api-Key", "ann-key"}},
		{"GET /header", "403", nil, []string{"X-Api-Key", "reader-key"}},
		{"GET /header", "401", []string{headerKey}, nil},
		{"GET /header", "401", []string{headerKey}, []string{"X-Api-Key", "ann-keY"}},
		{"GET /header", "401", []string{headerKey}, []string{"X-Api-Key", "ann-key", "X-Api-Key", "ann-key"}},
		{"GET /header", "401", []string{headerKey}, []string{"Authorization", "Bearer " + jwt}},
		{"GET /header?X-Api-Key=ann-key", "401", []string{headerKey}, nil},
		{"GET /header", "401", []string{headerKey}, []string{"X-Api-Key", "denied-key"}},
		{"GET /header", "503", nil, []string{"X-Api-Key", "down-key"}},
		{"GET /header", "500", nil, []string{"X-Api-Key", "broken-key"}},
		{"GET /query?key=reader-key&page=2", "200 reader read", nil, nil},
		{"GET /query?key=reader-key&page=x", "400", nil, nil},
		{"GET /query?key=", "401", []string{apiKey("query", "key")}, nil},
		{"GET /query?key=reader-key&key=reader-key", "401", []string{apiKey("query", "key")}, nil},
		{"GET /public?key=reader-key", "400", nil, nil},
		{"GET /cookie", "200 reader read", nil, []string{"Cookie", "a=b; sid=reader-key"}},
		{"GET /cookie", "401", []string{apiKey("cookie", "sid")}, []string{"Cookie", "sid=x"}},
		{"GET /cookie", "401", []string{apiKey("cookie", "sid")}, []string{"Cookie", "sid=reader-key; sid=ann-key"}},
		{"POST /cookie", "200 reader read", nil, []string{"Cookie", "sid=reader-key"}},
		{"POST /cookie", "200 reader read", nil, []string{"Cookie", "sid=reader-key", "Sec-Fetch-Site", "same-origin"}},
		{"POST /cookie", "403", nil, []string{"Cookie", "sid=reader-key", "Sec-Fetch-Site", "cross-site"}},
		{"POST /cookie", "403", nil, []string{"Cookie", "sid=reader-key", "Origin", "https://evil.example"}},
		{"GET /basic", "200 ann read write admin", nil, []string{"Authorization", basic("ann", "ann-key")}},
		{"GET /basic", "401", []string{basicChallenge}, []string{"Authorization", basic("bob", "ann-key")}},
		{"GET /basic", "401", []string{basicChallenge}, []string{"Authorization", "Basic !"}},
		{"GET /basic", "401", []string{basicChallenge}, []string{"Authorization", "Bearer " + jwt}},
		{"GET /token", "200 ann read", nil, []string{"Authorization", "Token " + jwt}},
		{"GET /token", "401", []string{apiKey("header", "Authorization")}, []string{"Authorization", "Token x"}},
		{"GET /custom", "200 reader read", nil, []string{"Authorization", "custom reader-key"}},
		{"GET /custom", "401", []string{"custom " + realm}, []string{"Authorization", "Custom"}},
		{"GET /oauth", "200 ann read write admin", nil, []string{"Authorization", "Bearer ann-key"}},
		{"GET /oauth", "403", []string{needs("read write")}, []string{"Authorization", "Bearer reader-key"}},
		{"GET /oauth", "401", []string{badToken}, []string{"Authorization", "Bearer x"}},
		{"GET /oidc", "200 reader read", nil, []string{"Authorization", "Bearer reader-key"}},
		{"GET /either", "401", []string{bearerChallenge, headerKey, basicChallenge}, nil},
		{"GET /either", "401", []string{badToken, headerKey, basicChallenge}, []string{"Authorization", "Bearer x"}},
		{"GET /either", "401", []string{bearerChallenge, headerKey, basicChallenge}, []string{"X-Api-Key", "x"}},
		{"GET /either", "200 reader read", nil, []string{"Authorization", "Bearer x", "X-Api-Key", "reader-key"}},
		{"GET /either", "200 ann read", nil, []string{"Authorization", "Bearer " + jwt}},
		{"GET /either", "200 ann read write admin", nil, []string{"Authorization", basic("ann", "ann-key")}},
		{"GET /both", "401", []string{bearerChallenge, apiKey("header", "X-Program")}, []string{"Authorization", "Bearer " + jwt}},
		{"GET /both", "401", []string{bearerChallenge, apiKey("header", "X-Program")}, []string{"X-Program", "program-key"}},
		{"GET /both", "200 ann read", nil, []string{"Authorization", "Bearer " + jwt, "X-Program", "program-key"}},
		{"GET /both", "403", nil, []string{"Authorization", "Bearer " + jwt, "X-Program", "reader-key"}},
		{"GET /program", "403", nil, []string{"X-Program", "program-key"}}, // nobody is the caller
		{"GET /optional", "200", nil, nil},
		{"GET /optional", "401", []string{headerKey}, []string{"X-Api-Key", "x"}},
	} {
		method, target, _ := strings.Cut(tt.request, " ")
		r := httptest.NewRequest(method, target, nil)
		for i := 0; i < len(tt.headers); i += 2 {
			r.Header.Add(tt.headers[i], tt.headers[i+1])
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		got := fmt.Sprint(w.Code)
		if w.Code == 200 {
			got = strings.TrimSpace(got + " " + w.Body.String())
		}
		if got != tt.want || !slices.Equal(w.Header()["Www-Authenticate"], tt.challenges) {
			t.Errorf("%s %q: %s, challenges %q; want %s, %q: %s", tt.request, tt.headers, got, w.Header()["Www-Authenticate"], tt.want,
				tt.challenges, w.Body)
		}
		want := "private, no-cache"
		if w.Code != 200 || strings.ContainsAny(target, "?") || strings.Contains(target, "cookie") || target == "/public" {
			want = "no-store"
		}
		if caching := w.Header().Get("Cache-Control"); caching != want {
			t.Errorf("%s: Cache-Control %q, want %q", tt.request, caching, want)
		}
		if strings.Contains(w.Body.String(), "-key") {
			t.Errorf("%s: the response contains the credentials: %s", tt.request, w.Body)
		}
	}
	for _, secret := range []string{"-key", jwt, base64.StdEncoding.EncodeToString([]byte("ann:ann-key"))} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log contains credentials: %s", log.String())
		}
	}
}

func TestMissingVerifiers(t *testing.T) {
	t.Parallel()
	_, _, err := guard(t, guarded, Config{}, slog.New(slog.DiscardHandler), "cookieKey")
	if err == nil || !strings.Contains(err.Error(), "scheme cookieKey has no verifier") || !strings.Contains(err.Error(), "app.go") {
		t.Errorf("%v, want an error that says what to write", err)
	}
	// With two schemes for bearer tokens, neither is that of the accounts unless it has x-token.
	second := strings.Replace(guarded, "    password: {type: http, scheme: basic}", "    password: {type: http, scheme: bearer}", 1)
	_, _, err = guard(t, second, Config{}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "scheme jwt has") {
		t.Errorf("two bearer schemes: %v", err)
	}
	none := strings.NewReplacer("[{jwt: []}", "[{oidc: []}", "{jwt: [], ", "{oidc: [], ", "    jwt: {type: http, scheme: Bearer}\n", "").
		Replace(guarded)
	if _, _, err := guard(t, none, Config{}, slog.New(slog.DiscardHandler)); err != nil {
		t.Errorf("no bearer scheme: %v", err)
	}
	if _, _, err := guard(t, none, Config{Explorer: ExplorerSignedIn}, slog.New(slog.DiscardHandler)); err == nil ||
		!strings.Contains(err.Error(), "nobody can sign in") {
		t.Errorf("no bearer scheme, the explorer for users: %v", err)
	}
}

// A page of an allowed origin may send the headers with API keys.
func TestCrossOriginKeys(t *testing.T) {
	t.Parallel()
	s, _, err := guard(t, guarded, Config{Origins: []string{"https://app.example"}, PublicURL: "https://api.example/v1"},
		slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodOptions, "/header", nil)
	r.Header.Set("Origin", "https://app.example")
	r.Header.Set("Access-Control-Request-Method", "GET")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if allowed := w.Header().Get("Access-Control-Allow-Headers"); !strings.Contains(allowed, "X-Api-Key, X-Program") {
		t.Errorf("a page may send %q", allowed)
	}
	for origin, want := range map[string]int{"https://api.example": 200, "https://app.example": 403} {
		r := httptest.NewRequest(http.MethodPost, "/cookie", nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Cookie", "sid=reader-key")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("a page of %s changes by cookie: %d, want %d", origin, w.Code, want)
		}
	}
}

// Whatever credentials a request has, the response is no 5xx, and a 401 has a challenge.
func FuzzCredentials(f *testing.F) {
	for _, text := range []string{"", "ann-key", "Bearer ann-key", "Basic YW5uOmFubi1rZXk=", "Basic", "Basic !", "bearer  x",
		"Custom reader-key", "sid=reader-key", "sid=\"reader-key\"; sid=x",
		"key=ann-key", "key=%zz", "key=a&key=b", "program-key", "\x00", "Token a.b.c"} {
		f.Add(text, text, text, text)
	}
	s, _, err := guard(f, guarded, Config{}, slog.New(slog.DiscardHandler))
	if err != nil {
		f.Fatal(err)
	}
	paths := strings.Fields("/inherited /header /query /cookie /basic /token /custom /oauth /oidc /either /both /optional")
	f.Fuzz(func(t *testing.T, authorization, key, cookie, query string) {
		for _, path := range paths {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.URL.RawQuery = query
			r.Header["Authorization"], r.Header["X-Api-Key"], r.Header["Cookie"] = []string{authorization}, []string{key}, []string{cookie}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code >= 500 {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
			if w.Code == 401 && w.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s: 401 without a challenge", path)
			}
		}
	})
}
