package server

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// Failed TLS handshakes, which anybody can cause, are one line a minute; other messages of net/http are all logged.
func TestConnectionLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := &connectionLog{log: slog.New(slog.NewJSONHandler(&out, nil))}
	for range 3 {
		for _, message := range []string{"http: TLS handshake error from 192.0.2.1:1: EOF\n", "http: Accept error: too many open files\n"} {
			if n, err := log.Write([]byte(message)); n != len(message) || err != nil {
				t.Errorf("%d, %v", n, err)
			}
		}
	}
	text := out.String()
	if strings.Count(text, "TLS handshake error from 192.0.2.1:1: EOF\"") != 1 || strings.Count(text, "Accept error") != 3 {
		t.Errorf("the log is %s", text)
	}
}
