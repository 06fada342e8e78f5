package filter_test

import (
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

const typical = `{"where":{"title":{"like":"%a%"},"date_created":{"gte":"2021-02-01T00:00:00Z"}},"order":"date_created DESC","limit":20}`

func BenchmarkQuery(b *testing.B) {
	s := news(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Query([]byte(typical)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkProject(b *testing.B) {
	doc := []byte(`{"id":"0192","title":"A title","body":"` + strings.Repeat("text ", 120) +
		`","tags":["a","b"],"address":{"city":"Bonn"}}`)
	fields := &filter.Fields{Names: map[string]bool{"id": true, "title": true, "address": true}}
	dst := make([]byte, 0, len(doc))
	b.ReportAllocs()
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		dst = fields.AppendProject(dst[:0], doc)
	}
}
