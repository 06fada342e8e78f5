package server

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// maxBuckets is the number of addresses, accounts or tokens for which a rate is tracked, with about 300 bytes each. The least
// recently used one is evicted first. An attacker gains nothing by eviction: it takes a request from each of that many others, each
// of which could have used its own rate.
const maxBuckets = 100_000

// limits enforces the rates of one operation (x-limits.rate) in this process.
type limits struct {
	address limiter // checked first
	caller  limiter // checked after authentication
}

func newLimits(rates []spec.Rate, now func() time.Time) *limits {
	l := &limits{limiter{now: now}, limiter{now: now}}
	for _, r := range rates {
		of := &l.caller
		if r.Subject == spec.PerAddress {
			of = &l.address
		}
		buckets, _ := simplelru.NewLRU[string, *rate.Limiter](maxBuckets, nil) // its only error is a size below 1
		of.rules = append(of.rules, rule{r, buckets})
	}
	return l
}

// admitClient counts a request per address. It sets the rate limit fields of the response; its error is a fault of kind RateLimited.
func (l *limits) admitClient(header http.Header, c identity.Client) error {
	if len(l.address.rules) == 0 {
		return nil
	}
	from := c.Network()
	return l.address.take(header, func(spec.Subject) string { return from })
}

// admitCaller counts a request per account and token, as admitClient does per address.
func (l *limits) admitCaller(header http.Header, p identity.Principal) error {
	if len(l.caller.rules) == 0 {
		return nil
	}
	return l.caller.take(header, func(s spec.Subject) string { return subjectKey(s, p) })
}

// subjectKey returns the key under which the requests of a caller are counted.
func subjectKey(s spec.Subject, p identity.Principal) string {
	if s == spec.PerAccount {
		return p.ID
	}
	return p.TokenID
}

// limiter enforces several rules at once. It is safe for concurrent use.
type limiter struct {
	now   func() time.Time
	lock  sync.Mutex
	rules []rule
}

type rule struct {
	spec.Rate
	buckets *simplelru.LRU[string, *rate.Limiter]
}

// take counts a request against every rule, or against none if a rule rejects it. key returns the request's key for a subject.
func (l *limiter) take(header http.Header, key func(spec.Subject) string) error {
	l.lock.Lock()
	defer l.lock.Unlock()
	now := l.now()
	taken := make([]*rate.Reservation, len(l.rules))
	var tightest rateState
	for i, r := range l.rules {
		bucket := r.bucket(key(r.Subject))
		taken[i] = bucket.ReserveN(now, 1)
		s := rateState{rule: r, wait: taken[i].DelayFrom(now), left: bucket.TokensAt(now)}
		if i == 0 || s.wait > tightest.wait || s.wait == tightest.wait && s.left < tightest.left {
			tightest = s
		}
	}
	tightest.setHeaders(header)
	if tightest.wait == 0 {
		return nil
	}
	for _, reservation := range taken {
		reservation.CancelAt(now)
	}
	f := fault.New(fault.RateLimited, "RATE_LIMITED",
		"Too many requests: at most %s. Try again in %d s.", tightest.rule, seconds(tightest.wait))
	f.RetryAfter = tightest.wait
	return f
}

func (r rule) bucket(key string) *rate.Limiter {
	bucket, ok := r.buckets.Get(key)
	if !ok {
		bucket = rate.NewLimiter(rate.Every(r.Per/time.Duration(r.Count)), r.Count)
		r.buckets.Add(key, bucket)
	}
	return bucket
}

// rateState is the state of a rule after a request.
type rateState struct {
	rule rule
	wait time.Duration // until the request would be admitted; 0 if it was
	left float64       // the number of remaining requests; negative if it was rejected
}

// setHeaders sets the header fields of draft-ietf-httpapi-ratelimit-headers-03, unless those of a tighter rule are set. The draft
// does not define what resets: here it is the time until one more request remains, as in Retry-After.
func (s rateState) setHeaders(header http.Header) {
	remaining := max(0, math.Floor(s.left))
	if before, err := strconv.Atoi(header.Get("RateLimit-Remaining")); err == nil && before < int(remaining) {
		return
	}
	reset := s.wait
	if reset == 0 {
		reset = time.Duration((remaining + 1 - s.left) * float64(s.rule.Per) / float64(s.rule.Count))
	}
	header.Set("RateLimit-Limit", strconv.Itoa(s.rule.Count))
	header.Set("RateLimit-Remaining", strconv.Itoa(int(remaining)))
	header.Set("RateLimit-Reset", strconv.Itoa(seconds(reset)))
}

// seconds rounds up, to at least 1, because an early retry would be rejected again.
func seconds(d time.Duration) int {
	return max(1, int(math.Ceil(d.Seconds())))
}
