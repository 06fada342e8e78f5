package identity_test

import (
	"context"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

func TestClient(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", 250)
	for _, tt := range []struct{ address, agent, wantAddress, wantAgent string }{
		{"192.0.2.1", "curl/8.5.0", "192.0.2.1", "curl/8.5.0"},
		{"2001:DB8:0:0::0001", "Mozilla/5.0 (X11; Linux x86_64)", "2001:db8::1", "Mozilla/5.0 (X11; Linux x86_64)"},
		{"::ffff:192.0.2.1", long, "192.0.2.1", long[:400]},
		{"fe80::1%eth0", "a\r\nb\tc\x00d\x1b[31m", "fe80::1", "abcd[31m"},
		{"", "a\u202eb\u200bc\xffd\xc3", "", "abcd"},
		{"@", strings.Repeat("\x01", 300) + "z", "", "z"},
		{"192.0.2.1:80", strings.Repeat("x", 200), "", strings.Repeat("x", 200)},
		{"192.0.2.256", strings.Repeat("x", 201), "", strings.Repeat("x", 200)},
		{"010.0.0.1", "", "", ""},
	} {
		if got := identity.NewClient(tt.address, tt.agent); got.Address != tt.wantAddress || got.UserAgent != tt.wantAgent {
			t.Errorf("%q, %q: %+v", tt.address, tt.agent, got)
		}
	}
}

func TestClientContext(t *testing.T) {
	t.Parallel()
	if c, ok := identity.ClientFromContext(t.Context()); ok || c != (identity.Client{}) {
		t.Errorf("no client: %+v, %v", c, ok)
	}
	want := identity.NewClient("192.0.2.1", "curl/8")
	ctx := identity.NewContext(identity.NewClientContext(context.Background(), want), identity.Principal{ID: "ann"})
	if c, ok := identity.ClientFromContext(ctx); !ok || c != want {
		t.Errorf("%+v, %v; want %+v", c, ok, want)
	}
}
