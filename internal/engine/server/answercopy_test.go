package server

import (
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Who streams, or sends more than is kept, is not kept waiting.
func TestAnswerCopy(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxCopied/2+1)
	for _, tt := range []struct {
		name string
		held bool
		do   func(http.ResponseWriter)
		sent int // bytes, before the handler has ended
		kept int
	}{
		{"held", true, func(w http.ResponseWriter) { w.Write([]byte("ab")) }, 0, 2},
		{"not held", false, func(w http.ResponseWriter) { w.Write([]byte("ab")) }, 2, 2},
		{"flushed", true, func(w http.ResponseWriter) {
			w.Write([]byte("a"))
			if err := http.NewResponseController(w).Flush(); err != nil {
				panic(err)
			}
			w.Write([]byte("b"))
		}, 2, 2},
		{"long", true, func(w http.ResponseWriter) { w.Write([]byte(long)); w.Write([]byte(long)) }, 2 * len(long), 0},
		{"long, not held", false, func(w http.ResponseWriter) { w.Write([]byte(long)); w.Write([]byte(long)) }, 2 * len(long), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inner := httptest.NewRecorder()
			answer := &responseCopy{ResponseWriter: inner, held: tt.held}
			answer.WriteHeader(http.StatusAccepted)
			tt.do(answer)
			if inner.Body.Len() != tt.sent || answer.body.Len() != tt.kept || answer.partial != (tt.kept == 0) {
				t.Errorf("%d bytes sent, %d kept, partial %v; want %d, %d", inner.Body.Len(), answer.body.Len(), answer.partial, tt.sent,
					tt.kept)
			}
			if answer.release(); inner.Code != http.StatusAccepted || inner.Body.Len() == 0 {
				t.Errorf("in the end: %d, %d bytes", inner.Code, inner.Body.Len())
			}
		})
	}
}

func TestNewRefusesResponseChecks(t *testing.T) {
	t.Parallel()
	contract := contractWith(t, nil)
	for _, config := range []Config{{CheckResponses: "maybe"}, {ResponseCheckSample: -0.1}, {ResponseCheckSample: 1.1},
		{ResponseCheckSample: math.NaN()}} {
		if _, err := New(generated(t), contract, newApp(t, contract), config, slog.New(slog.DiscardHandler)); err == nil ||
			!strings.Contains(err.Error(), "off, log or fail") {
			t.Errorf("%+v: %v", config, err)
		}
	}
}
