package auth

import (
	"net/http"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

func TestBearerToken(t *testing.T) {
	t.Parallel()
	const (
		missing = "Authorization header not found."
		notType = "Authorization header is not of type 'Bearer'."
		parts   = "Authorization header value has too many parts. It must follow the pattern: 'Bearer xx.yy.zz' where xx.yy.zz is a " +
			"valid JWT token."
		several  = "Authorization header must be sent once."
		without  = ""
		withCode = `error="invalid_token"`
	)
	for _, tt := range []struct {
		name                   string
		values                 []string
		token, text, challenge string
	}{
		{"bearer", []string{"Bearer a.b.c"}, "a.b.c", "", ""},
		{"lower case", []string{"bearer a.b.c"}, "a.b.c", "", ""},
		{"upper case", []string{"BEARER a.b.c"}, "a.b.c", "", ""},
		{"whatever comes", []string{"Bearer ?"}, "?", "", ""},
		{"none", nil, "", missing, without},
		{"empty", []string{""}, "", missing, without},
		{"basic", []string{"Basic YTpi"}, "", notType, without},
		{"the token alone", []string{"a.b.c"}, "", notType, without},
		{"BearerX", []string{"BearerX a.b.c"}, "", notType, without},
		{"Bear", []string{"Bear a.b.c"}, "", notType, without},
		{"space before", []string{" Bearer a.b.c"}, "", notType, without},
		{"a tab", []string{"Bearer\ta.b.c"}, "", notType, without},
		{"the scheme alone", []string{"Bearer"}, "", parts, withCode},
		{"the scheme and a space", []string{"Bearer "}, "", parts, withCode},
		{"two spaces", []string{"Bearer  a.b.c"}, "", parts, withCode},
		{"three parts", []string{"Bearer a.b.c x"}, "", parts, withCode},
		{"space after", []string{"Bearer a.b.c "}, "", parts, withCode},
		{"two in one", []string{"Bearer a.b.c, Bearer d.e.f"}, "", parts, withCode},
		{"two headers", []string{"Bearer a.b.c", "Bearer d.e.f"}, "", several, withCode},
		{"two equal headers", []string{"Bearer a.b.c", "Bearer a.b.c"}, "", several, withCode},
		{"one of them empty", []string{"", "Bearer a.b.c"}, "", several, withCode},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			token, err := BearerToken(http.Header{"Authorization": tt.values})
			if token != tt.token {
				t.Errorf("got %q, want %q", token, tt.token)
			}
			if tt.text == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e := wantFault(t, err, fault.Unauthenticated, tt.text); e.Challenge != tt.challenge || e.Code != "" {
				t.Errorf("challenge %s, code %q; want %s and none", e.Challenge, e.Code, tt.challenge)
			}
		})
	}
}
