package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

func TestRate(t *testing.T) {
	t.Parallel()
	s := newRated(t, "ping", "3/m per address", Config{})
	for i, want := range []string{"200 3 2 20", "200 3 1 20", "200 3 0 20", "429 3 0 20", "429 3 0 20"} {
		if got := s.ask("192.0.2.1:1", "").String(); got != want {
			t.Errorf("request %d: %s, want %s", i+1, got, want)
		}
	}
	if got := s.ask("192.0.2.2:1", "").String(); got != "200 3 2 20" {
		t.Errorf("from another address: %s", got)
	}
	refused := s.ask("192.0.2.1:2", "")
	body := `{"error":{"statusCode":429,"name":"TooManyRequestsError","message":"Too many requests: at most 3 a minute per address. Try ` +
		`again in 20 s.","code":"RATE_LIMITED"}}`
	if got := refused.Body.String(); got != body || refused.Header().Get("Retry-After") != "20" ||
		refused.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%s %v, want %s", got, refused.Header(), body)
	}
	s.wait(19*time.Second + 999*time.Millisecond)
	if got := s.ask("192.0.2.1:1", ""); got.Code != 429 || got.Header().Get("Retry-After") != "1" {
		t.Errorf("a millisecond early: %s", got)
	}
	s.wait(time.Millisecond)
	if got := s.until429("192.0.2.1:1", ""); got != 1 {
		t.Errorf("%d requests after 20 seconds, want 1", got)
	}
	s.wait(24 * time.Hour)
	if got := s.until429("192.0.2.1:1", ""); got != 3 {
		t.Errorf("%d requests after a day, want 3", got)
	}
}

// A retry succeeds after Retry-After, and not a whole second before, whichever of several rules it comes from.
func TestRetryAfterIsTrue(t *testing.T) {
	t.Parallel()
	for rates, secret := range map[string]string{
		"1/h per address": "", "7/m per address": "", "13/s per address": "", "11/h per address": "", "997/h per address": "",
		"[2/h per address, 1/s per address]": "", "[1/s per address, 2/h per address, 3/m per address]": "",
		"[3/m per account, 2/s per token]": "ann", "[1/s per token, 5/h per account]": "ann",
	} {
		op := map[bool]string{true: "ping", false: "whoAmI"}[secret == ""]
		s := newRated(t, op, rates, Config{})
		if secret != "" {
			secret = s.token(t, secret)
		}
		for range 20 {
			s.until429("192.0.2.1:1", secret)
			after, err := strconv.Atoi(s.ask("192.0.2.1:1", secret).Header().Get("Retry-After"))
			if err != nil || after < 1 {
				t.Fatalf("%s: Retry-After %d, %v", rates, after, err)
			}
			s.wait(time.Duration(after-1) * time.Second)
			if got := s.ask("192.0.2.1:1", secret); got.Code != 429 {
				t.Errorf("%s: Retry-After %d is too long: %s a second earlier", rates, after, got)
			}
			s.wait(time.Second)
			if got := s.ask("192.0.2.1:1", secret); got.Code != 200 {
				t.Errorf("%s: Retry-After %d is too short: %s", rates, after, got)
			}
		}
	}
}

func TestRateSubjects(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rates string
		// how many more get through with the token at another address, with another of the user's, by somebody else
		elsewhere, sameUser, otherUser int
		junk                           int // status of an invalid token, afterwards
	}{
		{"4/m per token", 0, 4, 4, 401},
		{"4/m per account", 0, 0, 4, 401},
		{"4/m per address", 4, 0, 0, 429},
		{"[9/m per address, 4/m per token]", 0, 4, 0, 429},
	} {
		s := newRated(t, "whoAmI", tt.rates, Config{})
		first, second, other := s.token(t, "ann"), s.token(t, "ann"), s.token(t, "bob")
		if got := s.until429("192.0.2.1:1", first); got != 4 {
			t.Errorf("%s: %d requests, want 4", tt.rates, got)
		}
		if got := s.until429("192.0.2.9:1", first); got != tt.elsewhere {
			t.Errorf("%s: %d more from another address, want %d", tt.rates, got, tt.elsewhere)
		}
		if got := s.until429("192.0.2.1:1", second); got != tt.sameUser {
			t.Errorf("%s: %d with another token of the user's, want %d", tt.rates, got, tt.sameUser)
		}
		if got := s.until429("192.0.2.1:1", other); got != tt.otherUser {
			t.Errorf("%s: %d by another user, want %d", tt.rates, got, tt.otherUser)
		}
		if got := s.ask("192.0.2.1:1", "junk"); got.Code != tt.junk {
			t.Errorf("%s: %s with an invalid token, want %d", tt.rates, got, tt.junk)
		}
	}
}

// The headers tell of the rule that is nearest to its end, whenever it was asked.
func TestTightestRate(t *testing.T) {
	t.Parallel()
	s := newRated(t, "whoAmI", "[3/m per address, 60/h per account, 2/s per token]", Config{})
	token := s.token(t, "ann")
	for i, want := range []string{"200 2 1 1", "200 2 0 1", "429 2 0 1"} {
		if got := s.ask("192.0.2.1:1", token).String(); got != want {
			t.Errorf("request %d: %s, want %s", i+1, got, want)
		}
	}
	if got := s.ask("192.0.2.1:1", token).String(); got != "429 3 0 20" {
		t.Errorf("beyond the address's rate: %s", got)
	}
	if got := s.ask("192.0.2.2:1", s.token(t, "ann")).String(); got != "200 2 1 1" {
		t.Errorf("from elsewhere: %s", got)
	}
	s = newRated(t, "whoAmI", "[2/m per address, 9/m per account]", Config{})
	if got := s.ask("192.0.2.1:1", s.token(t, "ann")).String(); got != "200 2 1 30" {
		t.Errorf("the address's rate is the tighter one: %s", got)
	}
}

func TestRateTogether(t *testing.T) {
	t.Parallel()
	s := newRated(t, "whoAmI", "[40/h per address, 20/m per account]", Config{})
	token := s.token(t, "ann")
	if got := together(25, func(int) bool { return s.ask("192.0.2.1:1", token).Code == 200 }); got != 20 {
		t.Errorf("%d of 200 requests at once got through, want 20", got)
	}
	l := newLimits([]spec.Rate{{Count: 4, Per: time.Hour, Subject: spec.PerAddress}, {Count: 2, Per: time.Hour, Subject: spec.PerAddress}},
		s.Server.now)
	if got := together(5000, func(i int) bool {
		return l.address.take(http.Header{}, func(spec.Subject) string { return strconv.Itoa(i) }) == nil
	}); got != 2*5000 {
		t.Errorf("%d requests of 5,000 addresses at once got through, want %d", got, 2*5000)
	}
}

// together calls a function n times, with 0 to n-1, eight times at once, and counts how often it succeeds.
func together(n int, try func(int) bool) int64 {
	var passed atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range n {
				if try(i) {
					passed.Add(1)
				}
			}
		})
	}
	group.Wait()
	return passed.Load()
}

func TestBucketsAreBounded(t *testing.T) {
	t.Parallel()
	l := newLimits([]spec.Rate{{Count: 1, Per: time.Hour, Subject: spec.PerToken}}, func() time.Time { return time.Unix(0, 0) })
	take := func(key string) error {
		return l.caller.take(http.Header{}, func(spec.Subject) string { return key })
	}
	for i := range maxBuckets + 1000 {
		if err := take(strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	if got := l.caller.rules[0].buckets.Len(); got != maxBuckets {
		t.Errorf("%d buckets, want %d", got, maxBuckets)
	}
	if take("1000") == nil || take(strconv.Itoa(maxBuckets+999)) == nil {
		t.Error("a bucket was forgotten that is among the latest")
	}
	if take("999") != nil {
		t.Error("the oldest bucket was not the one that was forgotten")
	}
}

func TestRateLimitsOff(t *testing.T) {
	t.Parallel()
	s := newRated(t, "ping", "3/m per address", Config{RateLimitsOff: true})
	for range 10 {
		if got := s.ask("192.0.2.1:1", ""); got.Code != 200 || got.Header().Get("RateLimit-Limit") != "" {
			t.Errorf("%s %v", got, got.Header())
		}
	}
	if log := s.log.String(); strings.Count(log, "rate limits are off") != 1 || !strings.Contains(log, "level=WARN") {
		t.Errorf("the log has no warning: %s", log)
	}
}

// rated is a server with a rate on one of its operations, and a clock that stands.
type rated struct {
	*Server
	path string
	now  *atomic.Int64
	log  *strings.Builder
	sign func(id string) (string, error)
}

func newRated(t *testing.T, op, rates string, config Config) rated {
	t.Helper()
	before, rest, found := strings.Cut(string(openAPI(t)), "operationId: "+op+"\n")
	if !found {
		t.Fatalf("the contract has no %s any more", op)
	}
	contract, err := spec.Load([]byte(before + "operationId: " + op + "\n      x-limits: {rate: " + rates + "}\n" +
		strings.Replace(rest, "      responses:\n", "      responses:\n        '429': {$ref: '#/components/responses/TooManyRequests'}\n",
			1)))
	if err != nil {
		t.Fatal(err)
	}
	s := rated{now: &atomic.Int64{}, log: &strings.Builder{}}
	for _, one := range contract.Operations() {
		if one.ID == op {
			s.path = one.Path
		}
	}
	s.now.Store(time.Now().UnixNano())
	a := newApp(t, contract)
	a.Now = func() time.Time { return time.Unix(0, s.now.Load()) }
	s.sign = func(id string) (string, error) {
		token, _, err := a.Tokens.Issue(auth.TokenRequest{Subject: id, Session: store.NewID()})
		return token, err
	}
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if s.Server, err = New(generated(t), contract, a, config, log); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s rated) wait(d time.Duration) { s.now.Add(int64(d)) }

func (s rated) token(t *testing.T, id string) string {
	t.Helper()
	token, err := s.sign(id)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

type counted struct{ *httptest.ResponseRecorder }

// String is the status and the RateLimit fields.
func (c counted) String() string {
	h := c.Header()
	return fmt.Sprintf("%d %s %s %s", c.Code, h.Get("RateLimit-Limit"), h.Get("RateLimit-Remaining"), h.Get("RateLimit-Reset"))
}

// ask sends a request from a peer. Headers are pairs.
func (s rated) ask(peer, token string, headers ...string) counted {
	r := httptest.NewRequest("GET", s.path, nil)
	r.RemoteAddr = peer
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return counted{w}
}

// until429 sends requests until one is refused for its rate, and returns how many were not.
func (s rated) until429(peer, token string, headers ...string) int {
	for n := range 2000 {
		if s.ask(peer, token, headers...).Code == 429 {
			return n
		}
	}
	return 2000
}
