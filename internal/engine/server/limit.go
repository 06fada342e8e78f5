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

// maxBuckets is for how many addresses, accounts or tokens a rate remembers the latest requests, about 300 bytes each. The one
// that was quiet for longest is forgotten first. To be forgotten, and so to start anew, takes a request from each of as many others,
// every one of which could have sent its own share instead: nobody gains by it.
const maxBuckets = 100_000

// limits are the rates of one operation (x-limits.rate), counted in this process.
type limits struct {
	address limiter // asked before all else
	caller  limiter // asked when it is known who calls
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

// admitClient counts a request by where it comes from. The answer's headers say what is left; the error is a Limited fault.
func (l *limits) admitClient(answer http.Header, c identity.Client) error {
	if len(l.address.rules) == 0 {
		return nil
	}
	from := c.Network()
	return l.address.take(answer, func(spec.Subject) string { return from })
}

// admitCaller counts a request by who sent it, as admitClient does.
func (l *limits) admitCaller(answer http.Header, p identity.Principal) error {
	if len(l.caller.rules) == 0 {
		return nil
	}
	return l.caller.take(answer, func(s spec.Subject) string { return subjectKey(s, p) })
}

// subjectKey names what is counted of a caller.
func subjectKey(s spec.Subject, p identity.Principal) string {
	if s == spec.PerAccount {
		return p.ID
	}
	return p.TokenID
}

// limiter holds requests to rules that are asked at the same moment. It is safe for concurrent use.
type limiter struct {
	now   func() time.Time
	lock  sync.Mutex
	rules []rule
}

type rule struct {
	spec.Rate
	buckets *simplelru.LRU[string, *rate.Limiter]
}

// take counts a request against every rule, or against none when one of them is used up. key names whose request it is.
func (l *limiter) take(answer http.Header, key func(spec.Subject) string) error {
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
	tightest.setHeaders(answer)
	if tightest.wait == 0 {
		return nil
	}
	for _, reservation := range taken {
		reservation.CancelAt(now)
	}
	f := fault.New(fault.RateLimited, "RATE_LIMITED", "Too many requests: at most %s. Try again in %d s.", tightest.rule, seconds(tightest.wait))
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

// rateState is where a request leaves its sender with a rule.
type rateState struct {
	rule rule
	wait time.Duration // until it would have been in time; 0 when it was
	left float64       // requests; below 0 when it came too early
}

// setHeaders writes the header fields of draft-ietf-httpapi-ratelimit-headers-03, unless a tighter rule's are there. The draft
// leaves open what resets: here it is the time until one more request is left, which is Retry-After's time too.
func (s rateState) setHeaders(answer http.Header) {
	remaining := max(0, math.Floor(s.left))
	if before, err := strconv.Atoi(answer.Get("RateLimit-Remaining")); err == nil && before < int(remaining) {
		return
	}
	reset := s.wait
	if reset == 0 {
		reset = time.Duration((remaining + 1 - s.left) * float64(s.rule.Per) / float64(s.rule.Count))
	}
	answer.Set("RateLimit-Limit", strconv.Itoa(s.rule.Count))
	answer.Set("RateLimit-Remaining", strconv.Itoa(int(remaining)))
	answer.Set("RateLimit-Reset", strconv.Itoa(seconds(reset)))
}

// seconds rounds up, and to 1 at least: to come back a moment too early would be in vain.
func seconds(d time.Duration) int {
	return max(1, int(math.Ceil(d.Seconds())))
}
