package explorer_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/web/explorer"
)

// files are all that there is, with their types.
var files = map[string]string{
	"/":                              "text/html; charset=utf-8",
	"/explorer/":                     "text/html; charset=utf-8",
	"/explorer/account.js":           "text/javascript; charset=utf-8",
	"/explorer/api.js":               "text/javascript; charset=utf-8",
	"/explorer/contract.js":          "text/javascript; charset=utf-8",
	"/explorer/favicon.svg":          "image/svg+xml",
	"/explorer/fields.js":            "text/javascript; charset=utf-8",
	"/explorer/filter.js":            "text/javascript; charset=utf-8",
	"/explorer/filterform.js":        "text/javascript; charset=utf-8",
	"/explorer/forms.css":            "text/css; charset=utf-8",
	"/explorer/go.js":                "text/javascript; charset=utf-8",
	"/explorer/main.js":              "text/javascript; charset=utf-8",
	"/explorer/names.js":             "text/javascript; charset=utf-8",
	"/explorer/plugin.js":            "text/javascript; charset=utf-8",
	"/explorer/request.js":           "text/javascript; charset=utf-8",
	"/explorer/session.js":           "text/javascript; charset=utf-8",
	"/explorer/signin.js":            "text/javascript; charset=utf-8",
	"/explorer/snippets.js":          "text/javascript; charset=utf-8",
	"/explorer/style.css":            "text/css; charset=utf-8",
	"/explorer/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
	"/explorer/swagger-ui-dark.css":  "text/css; charset=utf-8",
	"/explorer/swagger-ui.css":       "text/css; charset=utf-8",
}

func TestFiles(t *testing.T) {
	t.Parallel()
	handler := newHandler(t)
	for path, contentType := range files {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			plain := send(t, handler, "GET", path, nil)
			zipped := send(t, handler, "GET", path, http.Header{"Accept-Encoding": {"gzip"}})
			for name, answer := range map[string]*http.Response{"plain": plain, "gzip": zipped} {
				want := http.Header{
					"Cache-Control": {"no-cache"},
					"Content-Type":  {contentType},
					"Vary":          {"Accept-Encoding"},
				}
				if name == "gzip" {
					want.Set("Content-Encoding", "gzip")
				}
				checkAnswer(t, answer, http.StatusOK, want)
			}
			body := read(t, plain.Body)
			reader, err := gzip.NewReader(zipped.Body)
			if err != nil {
				t.Fatalf("the body called gzip is not: %v", err)
			}
			if !bytes.Equal(body, read(t, reader)) || len(body) == 0 {
				t.Errorf("the gzipped file is not the plain one of %d bytes", len(body))
			}
			if a, b := plain.Header.Get("ETag"), zipped.Header.Get("ETag"); a == b || !strings.HasPrefix(a, `"`) ||
				!strings.HasPrefix(b, `"`) {
				t.Errorf("ETags %s and %s, want strong ones that differ", a, b)
			}
		})
	}
}

func TestConditionalAndHead(t *testing.T) {
	t.Parallel()
	handler := newHandler(t)
	for path := range files {
		for _, coding := range []string{"identity", "gzip"} {
			header := http.Header{"Accept-Encoding": {coding}}
			first := send(t, handler, "GET", path, header)

			head := send(t, handler, "HEAD", path, header)
			checkAnswer(t, head, http.StatusOK, first.Header)
			if body := read(t, head.Body); len(body) != 0 {
				t.Errorf("HEAD %s (%s): %d bytes of body, want none", path, coding, len(body))
			}

			header.Set("If-None-Match", `"other", `+first.Header.Get("ETag"))
			again := send(t, handler, "GET", path, header)
			checkAnswer(t, again, http.StatusNotModified, http.Header{"Etag": first.Header["Etag"], "Vary": {"Accept-Encoding"}})
			if body := read(t, again.Body); len(body) != 0 {
				t.Errorf("GET %s (%s): 304 with %d bytes of body", path, coding, len(body))
			}

			header.Set("If-None-Match", `"other"`)
			checkAnswer(t, send(t, handler, "GET", path, header), http.StatusOK, nil)
		}
	}
}

func TestAcceptEncoding(t *testing.T) {
	t.Parallel()
	handler := newHandler(t)
	for _, tt := range []struct {
		fields []string
		want   string
	}{
		{nil, ""},
		{[]string{""}, ""},
		{[]string{"identity"}, ""},
		{[]string{"gzip"}, "gzip"},
		{[]string{"GZIP"}, "gzip"},
		{[]string{"x-gzip"}, "gzip"},
		{[]string{"gzipped"}, ""},
		{[]string{"gzip, deflate, br, zstd"}, "gzip"},
		{[]string{"br", "gzip"}, "gzip"},
		{[]string{"deflate,gzip;q=1.0, *;q=0.5"}, "gzip"},
		{[]string{"gzip;q=0"}, ""},
		{[]string{"gzip ; q=0.000, *"}, ""},
		{[]string{"*, gzip;Q=0"}, ""},
		{[]string{"*"}, "gzip"},
		{[]string{"*;q=0"}, ""},
		{[]string{"*;q=0, gzip;q=0.001"}, "gzip"},
		{[]string{"gzip;q=NaN"}, ""},
		{[]string{"gzip;q=-1"}, ""},
		{[]string{"gzip;q=2"}, ""},
		{[]string{"gzip;q="}, ""},
		{[]string{"gzip;level=9"}, ""},
	} {
		answer := send(t, handler, "GET", "/explorer/style.css", http.Header{"Accept-Encoding": tt.fields})
		if got := answer.Header.Get("Content-Encoding"); got != tt.want {
			t.Errorf("Accept-Encoding %q: Content-Encoding %q, want %q", tt.fields, got, tt.want)
		}
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	handler := newHandler(t)
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get"} {
		for _, path := range []string{"/", "/explorer", "/explorer/", "/explorer/style.css"} {
			checkAnswer(t, send(t, handler, method, path, nil), http.StatusMethodNotAllowed, http.Header{"Allow": {"GET, HEAD"}})
		}
		checkAnswer(t, send(t, handler, method, "/explorer/other", nil), http.StatusNotFound, nil)
	}
}

func newHandler(t testing.TB) http.Handler {
	t.Helper()
	handler, err := explorer.Handler("Shop & API", "shop-api", "/api/v1")
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

func send(t *testing.T, handler http.Handler, method, target string, header http.Header) *http.Response {
	t.Helper()
	request := httptest.NewRequest(method, target, nil)
	for name, values := range header {
		request.Header[name] = values
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder.Result()
}

func checkAnswer(t *testing.T, answer *http.Response, status int, header http.Header) {
	t.Helper()
	checkSecurity(t, answer)
	if answer.StatusCode != status {
		t.Errorf("status %d, want %d", answer.StatusCode, status)
	}
	for name, want := range header {
		if got := answer.Header[name]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func checkSecurity(t *testing.T, answer *http.Response) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
			"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"Cross-Origin-Opener-Policy": "same-origin",
		"Referrer-Policy":            "no-referrer",
		"X-Content-Type-Options":     "nosniff",
		"X-Frame-Options":            "DENY",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func read(t *testing.T, r io.Reader) []byte {
	t.Helper()
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
