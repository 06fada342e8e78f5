package account_test

import (
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// With an account its documents are deleted where x-collection says orphans: delete, and kept where it says keep; those of others are kept.
func TestOrphans(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	ann, bob := a.DefaultToken("ann"), a.DefaultToken("bob")
	for name, token := range map[string]string{"ann": ann, "bob": bob} {
		want(t, "a note", a.Do("POST", "/notes", token, `{"title":"t","text":"b"}`).StatusCode, 200)
		want(t, "a post", a.Do("POST", "/posts", token, `{"slug":"of-`+name+`","title":"t","body":"b"}`).StatusCode, 200)
	}
	want(t, "deletion", a.Do("DELETE", "/users/me", ann, "").StatusCode, 204)
	admin := a.Token("root", "notes:read", "notes:admin")
	if got := strings.TrimSpace(testkit.Body(a.Do("GET", "/notes/count", admin, ""))); got != `{"count":1}` {
		t.Errorf("notes, which are deleted: %s, want Bob's", got)
	}
	if got := testkit.Body(a.Do("GET", "/posts", "", "")); !strings.Contains(got, "of-ann") || !strings.Contains(got, "of-bob") {
		t.Errorf("posts, which are kept: %s, want both", got)
	}
}
