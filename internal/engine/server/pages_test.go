package server_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

var (
	contractPaths = []string{"/openapi.json", "/explorer/openapi.json", "/openapi.yaml", "/openapi.plain.json"}
	pagePaths     = []string{"/", "/explorer/", "/explorer/style.css"}
)

// TestExplorer asks for the contract and the pages, as nobody and as a user; a token alone shows nothing when it is off.
func TestExplorer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		explorer                 server.Explorer
		pages, nobody, user, bad int
	}{
		{"", 404, 404, 404, 404},
		{server.ExplorerOff, 404, 404, 404, 404},
		{server.ExplorerOn, 200, 200, 200, 200},
		{server.ExplorerSignedIn, 200, 401, 200, 401},
	} {
		t.Run(string(tt.explorer), func(t *testing.T) {
			t.Parallel()
			a := testkit.NewIn(t, testapp.App(), server.Config{Explorer: tt.explorer})
			token := a.SignIn("ann").Access
			for _, path := range pagePaths {
				if status := ask(a.Handler, path, "").Code; status != tt.pages {
					t.Errorf("%s: %d, want %d", path, status, tt.pages)
				}
			}
			for _, path := range contractPaths {
				for sent, want := range map[string]int{"": tt.nobody, token: tt.user, token + "x": tt.bad} {
					answer := ask(a.Handler, path, sent)
					if answer.Code != want {
						t.Errorf("%s with the token %.9q: %d, want %d", path, sent, answer.Code, want)
					}
					if caching := answer.Header().Get("Cache-Control"); tt.explorer == server.ExplorerSignedIn &&
						caching != "private, no-cache" && caching != "no-store" {
						t.Errorf("%s: Cache-Control %q, want nothing that others are shown", path, caching)
					}
				}
			}
			if answer := a.Do("POST", "/signout", token, ""); answer.StatusCode != 204 {
				t.Fatalf("sign-out: %s", answer.Status)
			}
			a.Wait(time.Minute) // longer than a process may take to see that a session has ended
			if status := ask(a.Handler, "/openapi.json", token).Code; status != tt.bad {
				t.Errorf("with the token of a session that has ended: %d, want %d", status, tt.bad)
			}
		})
	}
}

// ask sends without testkit's check of answers: pages are not in the contract.
func ask(handler http.Handler, path, token string) *httptest.ResponseRecorder {
	request := httptest.NewRequest("GET", path, nil)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

func TestUnknownExplorer(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	parts, err := engine.NewForTests(a.Store, a.Contract, "field-notes", slog.New(slog.DiscardHandler), time.Now)
	must(t, err)
	if _, err := server.New(testapp.App(), a.Contract, parts, server.Config{Explorer: "true"}, slog.New(slog.DiscardHandler)); err == nil ||
		!strings.Contains(err.Error(), "signed-in") {
		t.Errorf("explorer \"true\": %v, want an error that names the choices", err)
	}
}
