package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

// slow is a caller who reads nothing of an answer until goOn is closed.
type slow struct {
	*httptest.ResponseRecorder
	begun, goOn chan struct{}
}

func (s slow) Write(data []byte) (int, error) {
	close(s.begun)
	<-s.goOn
	return s.ResponseRecorder.Write(data)
}

// TestListRoom asks for lists that are too long, alone and together with those that others do not read.
func TestListRoom(t *testing.T) {
	t.Parallel()
	r := newRigIn(t, server.Config{RateLimitsOff: true, ListRoom: 10_000}, time.Now)
	token := r.token(t)
	ask := func(w http.ResponseWriter, method, url, body string) {
		request := httptest.NewRequest(method, url, strings.NewReader(body))
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("Content-Type", "application/json")
		r.ServeHTTP(w, request)
	}
	for range 6 {
		ask(httptest.NewRecorder(), "POST", "/news", `{"title":"t","body":"`+strings.Repeat("x", 900)+`"}`)
	}
	list := func(name, filter string, status int, want string) {
		t.Helper()
		w := httptest.NewRecorder()
		if ask(w, "GET", "/news"+filter, ""); w.Code != status || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %.300s, want %d with %s", name, w.Code, w.Body, status, want)
		}
	}
	list("all", "", 400, "INVALID_PARAMETER_VALUE")
	list("all, without the bodies", "?filter[fields][body]=false", 200, `[{"id":`)
	for i := range 5 { // what was refused and what was sent is given back
		list(fmt.Sprint("time ", i), "?filter[limit]=4", 200, `[{"id":`)
	}
	reader := slow{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	other := slow{httptest.NewRecorder(), make(chan struct{}), reader.goOn}
	done := make(chan struct{})
	for _, w := range []slow{reader, other} {
		go func() {
			ask(w, "GET", "/news?filter[limit]=4", "")
			done <- struct{}{}
		}()
		<-w.begun
	}
	list("beside two that are not read", "?filter[limit]=4", 503, "ServiceUnavailableError")
	list("one, beside two that are not read", "?filter[limit]=1", 200, `[{"id":`)
	close(reader.goOn)
	<-done
	<-done
	list("after them", "?filter[limit]=4", 200, `[{"id":`)
	if reader.Code != 200 || other.Code != 200 {
		t.Errorf("who read slowly got %d and %d", reader.Code, other.Code)
	}
}
