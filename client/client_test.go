package client_test

import (
	"io"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/client"
)

func TestNew(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"http://127.0.0.1:3000", "https://news.example.com/", "https://example.com/news/v1"} {
		if _, err := client.New(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "news.example.com", "127.0.0.1:3000", "ftp://example.com", "http://", "/news",
		"http://ann:secret@example.com", "http://example.com?secret=1", "http://example.com#secret", "http://a b", "http://%zz"} {
		_, err := client.New(bad)
		if err == nil {
			t.Errorf("%q is accepted", bad)
		} else if strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "like https://news.example.com") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestResponsesAreBounded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		limit int64
		fails bool
	}{{4, true}, {5, false}} {
		text, err := io.ReadAll(client.Bounded(strings.NewReader("12345"), tt.limit))
		if (err != nil) != tt.fails || err != nil && !strings.Contains(err.Error(), "PageSize") {
			t.Errorf("limit %d: %q, %v", tt.limit, text, err)
		}
	}
}

func FuzzAfter(f *testing.F) {
	for _, document := range []string{
		`{}`, `{"id":"1"}`, `{"id":"1","title":null}`, `{"id":"1","title":"x","address":{"city":"Rome"}}`, `{"id":"1","address":7}`, `null`,
		`[]`, `"id"`, ``,
	} {
		f.Add(document)
	}
	f.Fuzz(func(t *testing.T, document string) { client.After(t, document) })
}
