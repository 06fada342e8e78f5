package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
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

// TestListMemory asks for lists that are too long, alone and together with others that are not read.
func TestListMemory(t *testing.T) {
	t.Parallel()
	r := newRigIn(t, server.Config{RateLimitsOff: true, ListMemory: 10_000}, time.Now)
	ann, bob := r.token(t), r.tokenOf(t, "bob")
	ask := func(w http.ResponseWriter, token, method, url, body string) {
		request := httptest.NewRequest(method, url, strings.NewReader(body))
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("Content-Type", "application/json")
		r.ServeHTTP(w, request)
	}
	for range 6 {
		for _, token := range []string{ann, bob} {
			ask(httptest.NewRecorder(), token, "POST", "/notes", `{"title":"t","text":"`+strings.Repeat("x", 900)+`"}`)
		}
	}
	list := func(name, token, filter string, status int, want string) {
		t.Helper()
		w := httptest.NewRecorder()
		if ask(w, token, "GET", "/notes"+filter, ""); w.Code != status || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %.300s, want %d with %s", name, w.Code, w.Body, status, want)
		}
	}
	list("all", ann, "", 400, "INVALID_PARAMETER_VALUE")
	list("all, without the bodies", ann, "?filter[fields][text]=false", 200, `[{"id":`)
	for i := range 5 { // what was refused and what was sent is given back
		list(fmt.Sprint("time ", i), ann, "?filter[limit]=4", 200, `[{"id":`)
	}
	reader := slow{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	done := make(chan struct{})
	go func() {
		ask(reader, ann, "GET", "/notes?filter[limit]=4", "")
		close(done)
	}()
	<-reader.begun // it holds almost half of the memory
	list("another of the same caller", ann, "?filter[limit]=2", 429, "TOO_MANY_CONCURRENT_REQUESTS")
	list("one of another caller", bob, "?filter[limit]=2", 200, `[{"id":`)
	list("a large one of another caller", bob, "?filter[limit]=4", 503, "ServiceUnavailableError")
	close(reader.goOn)
	<-done
	list("after it", bob, "?filter[limit]=4", 200, `[{"id":`)
	if reader.Code != 200 {
		t.Errorf("who read slowly got %d", reader.Code)
	}

	idOf := func(token string) string {
		found := httptest.NewRecorder()
		ask(found, token, "GET", "/notes?filter[limit]=1&filter[fields][id]=true", "")
		return strings.Split(found.Body.String(), `"`)[3]
	}
	id := idOf(ann)
	goOn := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 { // of single documents
		one := slow{httptest.NewRecorder(), make(chan struct{}), goOn}
		readers.Go(func() { ask(one, ann, "GET", "/notes/"+id, "") })
		<-one.begun
	}
	list("a list beside documents that are not read", ann, "?filter[limit]=2", 429, "TOO_MANY_CONCURRENT_REQUESTS")
	list("a document beside documents that are not read", ann, "/"+id, 503, "TOO_MANY_CONCURRENT_REQUESTS")
	list("a document of another caller", bob, "/"+idOf(bob), 200, `{"id":`)
	close(goOn)
	readers.Wait()
}
