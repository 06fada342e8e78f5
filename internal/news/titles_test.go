package news_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// titles returns the titles in a list.
func titles(t *testing.T, answer *http.Response) []string {
	t.Helper()
	var list []struct{ Title string }
	if err := json.Unmarshal([]byte(testkit.Body(answer)), &list); err != nil {
		t.Fatalf("%d: %v", answer.StatusCode, err)
	}
	var found []string
	for _, news := range list {
		found = append(found, news.Title)
	}
	return found
}
