package cli

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealth(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // must not be asked
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer broken.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	serving(t, memory, func(url string) {
		address := strings.TrimPrefix(url, "http://")
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name, listen string
			code         int
			err          string // what is in it
		}{
			{"a server", address, 0, ""},
			{"a server that listens everywhere", "0.0.0.0:" + port, 0, ""},
			{"a server without a host", ":" + port, 0, ""},
			{"a server that is not ready", broken.Listener.Addr().String(), 1, "responds to GET /ready with 503 Service Unavailable"},
			{"no server", closed.Addr().String(), 1, "refused"},
			{"no port", "127.0.0.1", 1, "missing port"},
			{"no address", "127.0.0.1:%zz", 1, "unknown port"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				var out, log bytes.Buffer
				if code := runApp(t.Context(), []string{"health", "--listen=" + tt.listen}, nil, &out, &log); code != tt.code {
					t.Errorf("exit code %d, want %d: %s", code, tt.code, &log)
				}
				if !strings.Contains(log.String(), tt.err) || (tt.err == "") != (log.Len() == 0) {
					t.Errorf("error %q, want %q in it", &log, tt.err)
				}
			})
		}
	})
}
