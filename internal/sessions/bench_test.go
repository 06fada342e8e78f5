package sessions_test

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// BenchmarkEnumeration measures whether the time of a failed sign-in reveals that an account exists. It alternates 200 sign-ins with the
// wrong password of an account and 200 with an unknown address, at the lowest cost that a server may use. It reports the ratio of the
// medians (wanted: 0.95 to 1.05) and the p of a Mann-Whitney test for equal distributions (wanted: more than 0.01).
//
//	go test -run '^$' -bench Enumeration -benchtime 1x ./internal/sessions
func BenchmarkEnumeration(b *testing.B) {
	strong, err := auth.NewPasswords(auth.MinCost, 0)
	if err != nil {
		b.Fatal(err)
	}
	ours, err := strong.Hash(b.Context(), testkit.Password)
	if err != nil {
		b.Fatal(err)
	}
	for name, hash := range map[string]string{"hash=ours": ours, "hash=imported": plainHash} {
		b.Run(name, func(b *testing.B) { benchmarkEnumeration(b, hash) })
	}
}

func benchmarkEnumeration(b *testing.B, hash string) {
	const pairs = 200
	a := apptest.New(b)
	for i := range pairs { // one account and one address per request, so that neither reaches its limit
		setHash(b, a, fmt.Sprintf("known%d", i), hash)
	}
	hashAt(b, a, auth.MinCost)
	var known, unknown []float64
	for b.Loop() {
		known, unknown = nil, nil
		for i := range pairs {
			if i%2 == 0 {
				known = append(known, refusalTime(b, a, fmt.Sprintf("known%d", i)))
			}
			unknown = append(unknown, refusalTime(b, a, fmt.Sprintf("nobody%d", i)))
			if i%2 == 1 {
				known = append(known, refusalTime(b, a, fmt.Sprintf("known%d", i)))
			}
		}
	}
	b.ReportMetric(median(known), "known-ms")
	b.ReportMetric(median(known)/median(unknown), "known/unknown")
	b.ReportMetric(mannWhitney(known, unknown), "p")
}

// refusalTime returns the time of a sign-in with a wrong password, in milliseconds.
func refusalTime(b *testing.B, a *apptest.API, name string) float64 {
	r := signInRequest(b, "http://example", name, "wrong horse")
	answer := httptest.NewRecorder()
	start := time.Now()
	a.Handler.ServeHTTP(answer, r)
	taken := time.Since(start)
	if answer.Code != http.StatusUnauthorized {
		b.Fatalf("%s: %d %s", name, answer.Code, answer.Body)
	}
	return milliseconds(taken)
}

func signInRequest(b *testing.B, url, name, password string) *http.Request {
	body := fmt.Sprintf(`{"email":%q,"password":%q}`, testkit.Email(name), password)
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url+"/signin", strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return r
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func median(of []float64) float64 { return quantile(of, 0.5) }

func quantile(of []float64, q float64) float64 {
	if len(of) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// mannWhitney returns the two-sided probability that two samples of one distribution differ as much as these, by the normal approximation
// of U (H. B. Mann and D. R. Whitney, 1947). It does not correct for ties, which are rare for times in nanoseconds.
func mannWhitney(a, b []float64) float64 {
	u := 0.0 // number of pairs in which a is greater than b
	for _, x := range a {
		for _, y := range b {
			switch {
			case x > y:
				u++
			case x == y:
				u += 0.5
			}
		}
	}
	n, m := float64(len(a)), float64(len(b))
	z := math.Abs(u-n*m/2) / math.Sqrt(n*m*(n+m+1)/12)
	return math.Erfc(z / math.Sqrt2)
}

func TestMannWhitney(t *testing.T) {
	t.Parallel()
	var low, high []float64
	for i := range 20 {
		low, high = append(low, float64(2*i)), append(high, float64(2*i+1))
	}
	if p := mannWhitney(low, high); p < 0.5 {
		t.Errorf("alternating samples: p is %f", p)
	}
	for i := range high {
		high[i] += 20
	}
	if p := mannWhitney(low, high); p > 0.01 {
		t.Errorf("one sample shifted by half its width: p is %f", p)
	}
}
