package sessions_test

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// An account allows ten wrong passwords in 15 minutes, no matter from how many addresses. Other accounts are not affected.
func TestSignInGuessed(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	live := a.SignIn("ann")
	a.ID("bob")
	count := map[int]int{}
	for i := range 101 {
		count[try(a, "ann", "wrong password", "X-Forwarded-For", fmt.Sprint("192.0.2.", i)).StatusCode]++
	}
	if count[401] != 10 || count[429] != 91 {
		t.Errorf("responses by status: %v, want ten times 401, otherwise 429", count)
	}
	want(t, "the right password", try(a, "ann", testkit.Password).StatusCode, 429)
	want(t, "in other case", a.Do("POST", "/signin", "", `{"email":"ANN@example.com","password":"wrong password"}`).StatusCode, 429)
	want(t, "another account", try(a, "bob", testkit.Password).StatusCode, 200)
	want(t, "the session that ann has", a.Do("GET", "/whoami", live.Token, "").StatusCode, 200)
	want(t, "its refresh token", refresh(a, live.RefreshToken), 200)
}

// Attempts for an address without an account are counted in the same way, and the responses are the same.
func TestSignInGuessedUnknown(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	a.ID("ann")
	for i := range 12 {
		known, unknown := try(a, "ann", "wrong password"), try(a, "nobody", "wrong password")
		if k, u := testkit.Body(known), testkit.Body(unknown); k != u ||
			known.Header.Get("Retry-After") != unknown.Header.Get("Retry-After") {
			t.Errorf("attempt %d: %s, for an unknown address %s", i+1, k, u)
		}
	}
}

// The window slides, and Retry-After is neither too long nor too short.
func TestSignInAfterFailures(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	a.ID("ann")
	for range 10 { // at minutes 0 to 9
		want(t, "a failure", try(a, "ann", "wrong password").StatusCode, 401)
		a.Wait(time.Minute)
	}
	for range 2 { // rejected attempts do not count
		refused := try(a, "ann", testkit.Password)
		wait, err := strconv.Atoi(refused.Header.Get("Retry-After"))
		if refused.StatusCode != 429 || err != nil {
			t.Fatalf("the 11th: %d, %v", refused.StatusCode, err)
		}
		a.Wait(time.Duration(wait)*time.Second - time.Millisecond)
		want(t, "a moment too early", try(a, "ann", testkit.Password).StatusCode, 429)
		a.Wait(time.Millisecond)
		want(t, "when it was said", try(a, "ann", "wrong password").StatusCode, 401)
	}
	a.Wait(time.Minute)
	want(t, "the right password", try(a, "ann", testkit.Password).StatusCode, 200)
	for range 10 {
		want(t, "a failure after a success", try(a, "ann", "wrong password").StatusCode, 401)
	}
	want(t, "the 11th", try(a, "ann", "wrong password").StatusCode, 429)
}

// However many attempts arrive at once, in any process, at most ten passwords are checked.
func TestSignInGuessedConcurrently(t *testing.T) {
	t.Parallel()
	backend := testkit.Backend(t)
	a := apptest.NewOn(t, backend, discard)
	a.ID("ann")
	processes := []*apptest.API{a, a.Another(backend)}
	var group sync.WaitGroup
	var lock sync.Mutex
	count := map[int]int{}
	for i := range 60 {
		group.Go(func() {
			status := try(processes[i%2], "ann", "wrong password").StatusCode
			lock.Lock()
			defer lock.Unlock()
			count[status]++
		})
	}
	group.Wait()
	if count[401] > 10 || count[401]+count[503]+count[429] != 60 {
		t.Errorf("responses by status: %v, want at most ten times 401, otherwise 429, or 503 for too many hashes at once", count)
	}
	for i := range 20 {
		count[try(processes[i%2], "ann", "wrong password").StatusCode]++
	}
	if count[401] != 10 {
		t.Errorf("%d guesses in all, want 10", count[401])
	}
}

// The rate of the contract limits attempts at sixty accounts from one address. Other addresses are not affected.
func TestSignInSpraying(t *testing.T) {
	t.Parallel()
	a := apptest.NewIn(t, server.Config{TrustedProxies: []string{testkit.Peer}})
	a.ID("victim")
	from := func(address, name, password string) int {
		return try(a, name, password, "X-Forwarded-For", address).StatusCode
	}
	count := map[int]int{}
	for i := range 60 {
		count[from("203.0.113.7", fmt.Sprint("user", i), "Password1")]++
	}
	if count[401] != 30 || count[429] != 30 {
		t.Errorf("responses by status: %v, want 30 times 401, then 429", count)
	}
	if got := from("203.0.113.7", "victim", testkit.Password); got != 429 {
		t.Errorf("the right password from that address: %d, want 429", got)
	}
	if got := from("198.51.100.1", "victim", testkit.Password); got != 200 {
		t.Errorf("the right password from another address: %d, want 200", got)
	}
	a.Wait(2 * time.Second)
	if got := from("203.0.113.7", "victim", testkit.Password); got != 200 {
		t.Errorf("the right password two seconds later: %d, want 200", got)
	}
}

func try(a *apptest.API, name, password string, headers ...string) *http.Response {
	return a.Do("POST", "/signin", "", fmt.Sprintf(`{"email":%q,"password":%q}`, testkit.Email(name), password), headers...)
}
