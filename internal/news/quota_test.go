package news_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// TestQuota exhausts a quota of two news items and 3 KiB.
func TestQuota(t *testing.T) {
	t.Parallel()
	const quota = `"quota":{"bytes":"1GiB","documents":100000}`
	var contract any
	if err := json.Unmarshal(apptest.Contract(t).Document(), &contract); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(contract) // with sorted keys
	if err != nil || !bytes.Contains(text, []byte(quota)) {
		t.Fatalf("the contract lacks the quota of news, %v", err)
	}
	small := bytes.Replace(text, []byte(quota), []byte(`"quota":{"bytes":"3KiB","documents":2}`), 1)
	a := apptest.NewOf(t, small)
	ann, root := a.Token("ann", "news:read", "news:write"), a.Token("root", "news:read", "news:write", "news:admin")
	first, second := create(t, a, "ann", "1"), create(t, a, "ann", "2")
	large := func(title string) string {
		return `{"title":"` + title + `","body":"` + strings.Repeat("x", 4000) + `"}`
	}
	for _, tt := range []struct {
		name, method, path, token, body string
		status                          int
	}{
		{"one more", "POST", "/news", ann, `{"title":"t","body":"b"}`, 403},
		{"another's", "POST", "/news", root, `{"title":"t","body":"b"}`, 200},
		{"a change that is too large", "PATCH", "/news/" + first.ID, ann, large("t"), 403},
		{"a replacement that is too large", "PUT", "/news/" + first.ID, ann, large("t"), 403},
		{"a change of all that is too large", "PATCH", "/news?where={}", ann, large("t"), 403},
		{"a change", "PATCH", "/news/" + first.ID, ann, `{"title":"changed"}`, 204},
		{"delete", "DELETE", "/news/" + second.ID, ann, "", 204},
		{"one more after that", "POST", "/news", ann, `{"title":"t","body":"b"}`, 200},
		{"and again one more", "POST", "/news", ann, `{"title":"t","body":"b"}`, 403},
	} {
		answer := a.Do(tt.method, tt.path, tt.token, tt.body)
		body := testkit.Body(answer)
		if answer.StatusCode != tt.status || tt.status == 403 && !strings.Contains(body, "QUOTA_EXCEEDED") {
			t.Errorf("%s: %d %s, want %d", tt.name, answer.StatusCode, body, tt.status)
		}
	}
	if after := get(t, a, first.ID); *after.Title != "changed" || *after.Body != "b" {
		t.Errorf("afterwards it is %+v", after)
	}
}
