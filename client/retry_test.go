package client

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// Generated code separates the items of a list with characters that a URL cannot contain.
func TestSeparators(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Query", r.URL.RawQuery)
		w.Header().Set("X-Tags", r.URL.Query().Get("tags"))
	}))
	t.Cleanup(server.Close)
	for query, want := range map[string][2]string{
		"tags=a b c":       {"tags=a%20b%20c", "a b c"},
		"tags=a|b&n=1":     {"tags=a%7Cb&n=1", "a|b"},
		"tags=a+b%7C%2520": {"tags=a+b%7C%2520", "a b|%20"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.RawQuery = query
		response, err := retrier{server.Client(), time.Now, sleep}.Do(r)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if got := [2]string{response.Header.Get("X-Query"), response.Header.Get("X-Tags")}; got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
	}
}
