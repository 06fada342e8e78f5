package spec

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

func TestRates(t *testing.T) {
	t.Parallel()
	address := Rate{30, time.Minute, PerAddress}
	for _, tt := range []struct {
		root, operation string // values of rate; empty: no rate
		want            []Rate
	}{
		{"", "", nil},
		{"", "30/m per address", []Rate{address}},
		{"", "[30/m per address, 5/s per account, 1000/h per token]",
			[]Rate{address, {5, time.Second, PerAccount}, {1000, time.Hour, PerToken}}},
		{"30/m per address", "", []Rate{address}},
		{"1/s per token", "30/m per address", []Rate{address}},
		{"30/m per address", "[]", nil},
		{"", "99999/s per address", []Rate{{99999, time.Second, PerAddress}}},
	} {
		if got := only(t, loaded(t, ratedDocument(tt.root, tt.operation))).Limits; !slices.Equal(got.Rates, tt.want) || got.Body != 1<<10 ||
			got.Deadline != time.Second {
			t.Errorf("root %q, operation %q: %+v, want %v", tt.root, tt.operation, got, tt.want)
		}
	}
	if got := address.String(); got != "30 a minute per address" {
		t.Error(got)
	}
}

func TestLoadRefusesRates(t *testing.T) {
	t.Parallel()
	const form = "is not a rate such as"
	for rate, want := range map[string]string{
		"30/d per address": form, "0/m per address": form, "-1/m per address": form, "100000/m per address": form, "30/m": form,
		"30/m per ip":        form,
		"30 / m per address": form, "30/m per Address": form, "30/60s per address": form, "1.5/s per address": form,
		"'30/m per address '":  form,
		`"30/m per address\n"`: form, "'٣/m per address'": form, "''": "rate is empty", "[30/m per address, x]": `"x" ` + form,
		"'30/m per address, 5/s per token'": form, "[null]": "rate is empty", "null": "rate is empty", "~": "rate is empty",
		"5": "number", "[5]": "number", "[[30/m per address]]": "list", "{address: 30/m}": "object", "true": "bool",
	} {
		for _, text := range []string{ratedDocument(rate, ""), ratedDocument("", rate)} {
			if _, err := Load([]byte(text)); err == nil || !strings.Contains(err.Error(), "x-limits") ||
				!strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q in it", rate, err, want)
			}
		}
	}
	for _, subject := range []string{"account", "token"} {
		for _, security := range []string{"security: []", "security: [{bearerAuth: []}, {}]"} {
			text := strings.Replace(ratedDocument("", "1/s per "+subject), "security: [{bearerAuth: []}]", security, 1)
			if _, err := Load([]byte(text)); err == nil ||
				!strings.Contains(err.Error(), "POST /things: x-limits.rate: 1 a second per "+subject+", but security allows") {
				t.Errorf("per %s, %s: %v", subject, security, err)
			}
		}
	}
}

func TestConcurrent(t *testing.T) {
	t.Parallel()
	account := Concurrency{4, PerAccount}
	for _, tt := range []struct {
		root, operation string // values of concurrent; empty: no limit
		want            []Concurrency
	}{
		{"", "", nil},
		{"", "4 per account", []Concurrency{account}},
		{"", "[4 per account, 999 per address, 1 per token]", []Concurrency{account, {999, PerAddress}, {1, PerToken}}},
		{"4 per account", "", []Concurrency{account}},
		{"1 per token", "4 per account", []Concurrency{account}},
		{"4 per account", "[]", nil},
	} {
		text := strings.ReplaceAll(ratedDocument(tt.root, tt.operation), "rate:", "concurrent:")
		if got := only(t, loaded(t, text)).Limits.Concurrent; !slices.Equal(got, tt.want) {
			t.Errorf("root %q, operation %q: %+v, want %v", tt.root, tt.operation, got, tt.want)
		}
	}
	if got := account.String(); got != "4 at the same time per account" {
		t.Error(got)
	}
}

func TestLoadRefusesConcurrent(t *testing.T) {
	t.Parallel()
	const form = "is not a limit such as"
	for limit, want := range map[string]string{
		"0 per account": form, "-1 per account": form, "1000 per account": form, "4": "number", "'4'": form, "4 per ip": form,
		"4/s per account": form, "4  per account": form,
		"4 per Account": form, "'4 per account '": form, "''": "concurrent is empty", "[4 per account, x]": `"x" ` + form,
		"'4 per account, 5 per token'": form, "null": "concurrent is empty",
		"[4]": "number", "{account: 4}": "object", "true": "bool",
	} {
		for _, text := range []string{ratedDocument(limit, ""), ratedDocument("", limit)} {
			text = strings.ReplaceAll(text, "rate:", "concurrent:")
			if _, err := Load([]byte(text)); err == nil || !strings.Contains(err.Error(), "x-limits") ||
				!strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q in it", limit, err, want)
			}
		}
	}
	text := strings.ReplaceAll(ratedDocument("", "4 per account"), "rate:", "concurrent:")
	for from, to := range map[string][2]string{
		"security: [{bearerAuth: []}]": {"security: []", "x-limits.concurrent: 4 at the same time per account, but security allows"},
	} {
		if _, err := Load([]byte(strings.Replace(text, from, to[0], 1))); err == nil || !strings.Contains(err.Error(), to[1]) {
			t.Errorf("%s: %v, want %q in it", to[0], err, to[1])
		}
	}
}

// admit is called as soon as the caller is known, before the request is read. It is not called for an anonymous client.
func TestAdmit(t *testing.T) {
	t.Parallel()
	refused := fault.New(fault.RateLimited, "", "Not now.")
	for _, tt := range []struct {
		security, caller string
		asked            string
		want             fault.Kind // BadRequest for an invalid query if admit is not called
	}{
		{"security: [{bearerAuth: []}]", "ann", "ann", fault.RateLimited},
		{"security: [{bearerAuth: []}]", "bad", "", fault.Unauthenticated},
		{"security: [{bearerAuth: []}]", "", "", fault.Unauthenticated},
		{"security: [{bearerAuth: []}, {}]", "", "", fault.BadRequest},
		{"security: []", "ann", "", fault.BadRequest},
	} {
		r := httptest.NewRequest("POST", "/things?unknown=1", nil)
		r.Header.Set("bearerAuth", tt.caller)
		asked := ""
		_, err := only(t, small(t, tt.security)).ValidateRequest(t.Context(), r, nil, r.URL.Query(), func(p identity.Principal) error {
			asked = p.ID
			return refused
		})
		if asked != tt.asked || fault.KindOf(err) != tt.want {
			t.Errorf("%s, %q: admit was called for %q, %v", tt.security, tt.caller, asked, err)
		}
	}
}

// ratedDocument is a contract of one operation, makeThing.
func ratedDocument(root, operation string) string {
	member := func(rate string) string {
		if rate == "" {
			return ""
		}
		return ", rate: " + rate
	}
	text := document("security: [{bearerAuth: []}]", "x-limits: {body: 1KiB"+member(operation)+"}")
	text = strings.Replace(text, "deadline: 1s}", "deadline: 1s"+member(root)+"}", 1)
	text = strings.Replace(text, "'204': {description: Done}", "'204': {description: Done}, '429': {description: Too many}", 1)
	return text + "\ncomponents: {securitySchemes: {bearerAuth: {type: http, scheme: bearer}}}\n"
}
