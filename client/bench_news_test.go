package client_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/client"
	api "github.com/newsdesk-api/newsdesk/gen/client"
)

// The same call with the generated client, which adds the token with an editor, and with this client. There is no network, so only
// the client is measured.
func BenchmarkGetNews(b *testing.B) {
	wire := &http.Client{Transport: canned{}}
	b.Run("generated", func(b *testing.B) {
		c, err := api.NewClientWithResponses("http://newsdesk", api.WithHTTPClient(wire),
			api.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
				r.Header.Set("Authorization", "Bearer token")
				return nil
			}))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if news, err := c.GetNewsWithResponse(b.Context(), "7", nil); err != nil || *news.JSON200.ID != "7" {
				b.Fatal(news, err)
			}
		}
	})
	c, err := client.New("http://newsdesk", client.WithHTTPClient(wire),
		client.WithTokens(client.Tokens{Access: "token", Expires: time.Now().Add(time.Hour)}))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if news, err := c.GetNews(b.Context(), "7"); err != nil || news.ID != "7" {
				b.Fatal(news, err)
			}
		}
	})
	b.Run("Client with the whole response", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if news, err := c.GetNewsWithResponse(b.Context(), "7", nil); err != nil || *news.JSON200.ID != "7" {
				b.Fatal(news, err)
			}
		}
	})
}

// canned responds to every request with the same news item.
type canned struct{}

func (canned) RoundTrip(r *http.Request) (*http.Response, error) {
	const news = `{"id":"7","title":"Go 1.26 is out","body":"It is faster.","date_created":"2026-01-31T08:00:00.000Z",` +
		`"author":"0198c5d2-7000-7cc1-8f0e-6c1f3f1d2a4b"}`
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Etag": {`"1"`}},
		Body: io.NopCloser(bytes.NewReader([]byte(news))), Request: r,
	}, nil
}
