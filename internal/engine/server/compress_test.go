package server_test

import (
	"compress/gzip"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
)

func TestCompression(t *testing.T) {
	t.Parallel()
	r := newRigIn(t, server.Config{RateLimitsOff: true, Explorer: server.ExplorerOn, Compress: true}, time.Now)
	token := r.token(t)
	send := func(method, url, body string, headers ...string) *httptest.ResponseRecorder {
		request := httptest.NewRequest(method, url, strings.NewReader(body))
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			request.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		r.ServeHTTP(w, request)
		return w
	}
	created := send("POST", "/notes", `{"title":"t","text":"`+strings.Repeat("text ", 300)+`"}`, "Accept-Encoding", "gzip")
	if created.Code != 200 || created.Header().Get("Content-Encoding") != "" {
		t.Errorf("POST: %d, encoding %q", created.Code, created.Header().Get("Content-Encoding"))
	}
	note := "/notes/" + created.Body.String()[7:43]
	for _, path := range []string{"/notes", "/openapi.json", "/openapi.yaml"} {
		plain := send("GET", path, "")
		if plain.Header().Get("Content-Encoding") != "" || !strings.Contains(plain.Header().Get("Vary"), "Accept-Encoding") {
			t.Errorf("%s: header of a plain response: %v", path, plain.Header())
		}
		for _, refusal := range []string{"gzip;q=0", "br", "identity"} {
			if got := send("GET", path, "", "Accept-Encoding", refusal); got.Body.String() != plain.Body.String() {
				t.Errorf("%s, Accept-Encoding %s: another body", path, refusal)
			}
		}
		zipped := send("GET", path, "", "Accept-Encoding", "br, gzip;q=0.5")
		body, err := gzip.NewReader(zipped.Body)
		must(t, err)
		text, err := io.ReadAll(body)
		must(t, err)
		if string(text) != plain.Body.String() || zipped.Header().Get("Content-Encoding") != "gzip" ||
			zipped.Header().Get("Content-Length") != "" || !strings.Contains(zipped.Header().Get("Vary"), "Accept-Encoding") {
			t.Errorf("%s: compressed response with header %v", path, zipped.Header())
		}
		if path == "/notes" { // a list has no ETag
			continue
		}
		tag, other := zipped.Header().Get("ETag"), plain.Header().Get("ETag")
		if tag != strings.TrimSuffix(other, `"`)+`-gzip"` {
			t.Errorf("%s: ETag %s, and %s without compression", path, tag, other)
		}
		for _, want := range []string{tag, other} {
			got := send("GET", path, "", "If-None-Match", want, "Accept-Encoding", "gzip")
			if got.Code != 304 || got.Header().Get("ETag") != want {
				t.Errorf("%s, If-None-Match %s: %d with ETag %s", path, want, got.Code, got.Header().Get("ETag"))
			}
		}
	}
	for path, why := range map[string]string{
		"/ping": "is short", "/notes?filter=x": "is an error", note: "has an ETag in the contract",
	} {
		if got := send("GET", path, "", "Accept-Encoding", "gzip"); got.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s is compressed, although it %s", path, why)
		}
	}
}

// A response that may contain a secret is not compressed, and neither is any with compression off.
func TestNoCompression(t *testing.T) {
	t.Parallel()
	document := string(testapp.App().OpenAPI)
	for name, tt := range map[string]struct {
		document string
		compress bool
		want     string
	}{
		"a note": {document, true, "gzip"},
		"a note with a token": {strings.ReplaceAll(document, "        score: {type: number", "        apiToken: {type: string}\n"+
			"        score: {type: number"), true, ""},
		"off": {document, false, ""},
	} {
		r := newRigOn(t, []byte(tt.document), server.Config{RateLimitsOff: true, Compress: tt.compress}, time.Now)
		request := httptest.NewRequest("POST", "/notes", strings.NewReader(`{"title":"t","text":"`+strings.Repeat("text ", 300)+`"}`))
		request.Header.Set("Authorization", "Bearer "+r.token(t))
		request.Header.Set("Content-Type", "application/json")
		r.ServeHTTP(httptest.NewRecorder(), request)
		got := get(r, "/notes", "Authorization", "Bearer "+r.token(t), "Accept-Encoding", "gzip")
		if got.Code != 200 || got.Header().Get("Content-Encoding") != tt.want {
			t.Errorf("%s: %d with encoding %q, want %q", name, got.Code, got.Header().Get("Content-Encoding"), tt.want)
		}
	}
}
