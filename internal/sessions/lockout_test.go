package sessions_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

const (
	home    = "198.51.100.1"
	phone   = "2001:db8:1:1::7"
	thief   = "203.0.113.7"
	another = "203.0.113.8"
)

// behindProxy returns an API that trusts X-Forwarded-For and has no rates.
func behindProxy(t *testing.T) *apptest.API {
	return apptest.NewIn(t, server.Config{RateLimitsOff: true, TrustedProxies: []string{testkit.Peer}})
}

// from sends a sign-in from an address, with a refresh token if it is not empty.
func from(a *apptest.API, address, name, password, refreshToken string) *http.Response {
	body := fmt.Sprintf(`{"email":%q,"password":%q}`, testkit.Email(name), password)
	if refreshToken != "" {
		body = fmt.Sprintf(`{"email":%q,"password":%q,"refresh_token":%q}`, testkit.Email(name), password, refreshToken)
	}
	return a.Do("POST", "/signin", "", body, "X-Forwarded-For", address)
}

func signInFrom(t *testing.T, a *apptest.API, address, name string) apptest.Token {
	t.Helper()
	answer := from(a, address, name, testkit.Password, "")
	want(t, "sign-in from "+address, answer.StatusCode, 200)
	return decode[apptest.Token](t, answer)
}

// guess sends wrong passwords from an address until one is rejected without a check, and returns how many were checked.
func guess(t *testing.T, a *apptest.API, address, name, refreshToken string) (checked int) {
	t.Helper()
	for range account.MaxFailures + 1 {
		switch status := from(a, address, name, "wrong password", refreshToken).StatusCode; status {
		case 401:
			checked++
		case 429:
			return checked
		default:
			t.Fatalf("a guess: %d", status)
		}
	}
	t.Errorf("%d guesses from %s were checked, want at most %d", checked, address, account.MaxFailures)
	return checked
}

// Strangers with wrong passwords do not lock out the owner of an account on a known device.
func TestLockedOutByStrangers(t *testing.T) {
	t.Parallel()
	a := behindProxy(t)
	a.ID("ann")
	used := signInFrom(t, a, home, "ann")
	ended := signInFrom(t, a, another, "ann")
	want(t, "sign-out", a.Do("POST", "/signout", ended.Token, "").StatusCode, 204)
	bobs := a.SignIn("bob")
	refreshed := decode[apptest.Token](t, a.Do("POST", "/refresh", "", fmt.Sprintf(`{"refresh_token":%q}`, used.RefreshToken)))

	for i, got := 0, 0; i < 20; i++ {
		if status := from(a, fmt.Sprint("192.0.2.", i+10), "ann", "wrong password", "").StatusCode; status == 401 {
			got++
		}
		if want := min(i+1, account.MaxFailures); got != want {
			t.Fatalf("after %d guesses from as many addresses, %d were checked, want %d", i+1, got, want)
		}
	}
	for _, tt := range []struct {
		what, address, token string
		status               int
	}{
		{"elsewhere", phone, "", 429},
		{"somebody else's refresh token", thief, bobs.RefreshToken, 429},
		{"what is no refresh token", thief, "x", 429},
		{"the network of a session", home, "", 200},
		{"the network of a session that has ended", another, "", 200},
		{"the network of the sign-up", testkit.Peer, "", 200},
		{"elsewhere, a refresh token", "192.0.2.101", refreshed.RefreshToken, 200},
		{"elsewhere, a used refresh token", "192.0.2.102", used.RefreshToken, 200},
		{"elsewhere, one of an ended session", "192.0.2.103", ended.RefreshToken, 200},
	} {
		want(t, tt.what, from(a, tt.address, "ann", testkit.Password, tt.token).StatusCode, tt.status)
	}
	change := `{"old_password":"` + testkit.Password + `","new_password":"` + testkit.Password + `"}`
	want(t, "a change of the password", a.Do("PUT", "/users/me/password", refreshed.Token, change).StatusCode, 204)
}

// A known device also has ten guesses in 15 minutes, and a sign-in of the owner gives strangers no more guesses.
func TestGuessesFromKnownDevices(t *testing.T) {
	t.Parallel()
	a := behindProxy(t)
	a.ID("ann")
	token := signInFrom(t, a, home, "ann").RefreshToken
	if n := guess(t, a, thief, "ann", ""); n != account.MaxFailures {
		t.Errorf("a stranger has %d guesses, want %d", n, account.MaxFailures)
	}
	want(t, "the owner", from(a, home, "ann", testkit.Password, "").StatusCode, 200)
	if n := guess(t, a, another, "ann", ""); n != 0 {
		t.Errorf("after the owner's sign-in, strangers have %d more guesses, want none", n)
	}
	if n := guess(t, a, home, "ann", ""); n != account.MaxFailures {
		t.Errorf("from the known network: %d guesses, want %d", n, account.MaxFailures)
	}
	want(t, "the right password from the known network", from(a, home, "ann", testkit.Password, "").StatusCode, 429)
	if n := guess(t, a, thief, "ann", token); n != account.MaxFailures {
		t.Errorf("with a refresh token: %d guesses, want %d", n, account.MaxFailures)
	}
	want(t, "the right password with that token", from(a, home, "ann", testkit.Password, token).StatusCode, 429)
	a.Wait(account.FailureWindow)
	want(t, "15 minutes later", from(a, phone, "ann", testkit.Password, "").StatusCode, 200)
}

// A network is known to all processes for 90 days. An account has at most 20 known networks.
func TestKnownNetworks(t *testing.T) {
	t.Parallel()
	backend := testkit.Backend(t)
	a := apptest.NewOn(t, backend, discard)
	a.ID("ann")
	second := a.Another(backend)
	locked := func() {
		t.Helper()
		if n := guess(t, second, "", "nobody", ""); n != account.MaxFailures {
			t.Errorf("%d guesses at an unknown address, want %d", n, account.MaxFailures)
		}
	}
	locked()
	want(t, "in another process", from(second, "", "ann", testkit.Password, "").StatusCode, 200)

	b := behindProxy(t)
	b.ID("eve")
	for i := range account.MaxNetworks {
		b.Wait(time.Second)
		signInFrom(t, b, fmt.Sprint("198.51.100.", i+1), "eve")
	}
	guess(t, b, thief, "eve", "")
	want(t, "the network that was quiet for longest", from(b, testkit.Peer, "eve", testkit.Password, "").StatusCode, 429)
	want(t, "one that was used since", from(b, "198.51.100.1", "eve", testkit.Password, "").StatusCode, 200)
	b.Wait(account.NetworkRetention + 25*time.Hour)
	if err := b.Accounts.Sweep(t.Context(), account.Retention{Age: time.Hour, Events: 1000}); err != nil {
		t.Fatal(err)
	}
	guess(t, b, thief, "eve", "")
	want(t, "90 days later", from(b, "198.51.100.1", "eve", testkit.Password, "").StatusCode, 429)
}

// However many guesses arrive at once from a known network, in any process, at most ten passwords are checked.
func TestKnownNetworkGuessedConcurrently(t *testing.T) {
	t.Parallel()
	backend := testkit.Backend(t)
	a := apptest.NewOn(t, backend, discard)
	a.SignIn("ann")
	processes := []*apptest.API{a, a.Another(backend)}
	var group sync.WaitGroup
	var lock sync.Mutex
	checked := 0
	for i := range 60 {
		group.Go(func() {
			status := try(processes[i%2], "ann", "wrong password").StatusCode
			lock.Lock()
			defer lock.Unlock()
			if status == 401 {
				checked++
			} else if status != 429 {
				t.Errorf("a guess: %d", status)
			}
		})
	}
	group.Wait()
	if checked > account.MaxFailures {
		t.Errorf("%d guesses were checked, want at most %d", checked, account.MaxFailures)
	}
}

func decode[T any](t *testing.T, answer *http.Response) (value T) {
	t.Helper()
	if err := json.NewDecoder(answer.Body).Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}
