package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

func TestClientAddress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, proxies, peer, forwarded, want string // proxies and headers separated by spaces and by |
	}{
		{"no proxy", "", "203.0.113.7:1", "", "203.0.113.7"},
		{"a claim", "", "203.0.113.7:1", "198.51.100.1", "203.0.113.7"},
		{"a claim from this machine", "", "127.0.0.1:1", "198.51.100.1", "127.0.0.1"},
		{"a proxy", "10.0.0.1", "10.0.0.1:1", "198.51.100.1", "198.51.100.1"},
		{"a Unix socket", "", "@", "198.51.100.1", ""},
		{"a Unix socket of a proxy", "unix", "@", "192.0.2.1, 198.51.100.1", "198.51.100.1"},
		{"a Unix socket without a name", "unix", "", "198.51.100.1", "198.51.100.1"},
		{"a Unix socket of a proxy behind another one", "unix 10.0.0.1", "@", "198.51.100.1, 10.0.0.1", "198.51.100.1"},
		{"a Unix socket of a proxy that says nothing", "unix", "@", "", ""},
		{"a Unix socket, and junk", "unix", "@", "198.51.100.1, junk", ""},
		{"a network beside a Unix socket", "unix", "203.0.113.7:1", "198.51.100.1", "203.0.113.7"},
		{"a proxy that says nothing", "10.0.0.1", "10.0.0.1:1", "", "10.0.0.1"},
		{"past the proxy", "10.0.0.1", "10.0.0.2:1", "198.51.100.1", "10.0.0.2"},
		{"past the proxy, from this machine", "10.0.0.1", "127.0.0.1:1", "198.51.100.1", "127.0.0.1"},
		{"past the proxy, from a private network", "10.0.0.1", "192.168.1.1:1", "198.51.100.1", "192.168.1.1"},
		{"past the proxy, from the link", "10.0.0.1", "[fe80::1%eth0]:1", "198.51.100.1", "fe80::1"},
		{"a claim through a proxy", "10.0.0.1", "10.0.0.1:1", "192.0.2.1, 198.51.100.1", "198.51.100.1"},
		{"a claim to be the proxy", "10.0.0.1", "10.0.0.1:1", "192.0.2.1, 10.0.0.1, 198.51.100.1", "198.51.100.1"},
		{"a claim in a header of its own", "10.0.0.1", "10.0.0.1:1", "192.0.2.1|198.51.100.1", "198.51.100.1"},
		{"a private client behind a proxy", "10.0.0.1", "10.0.0.1:1", "192.0.2.1, 10.0.0.9", "10.0.0.9"},
		{"two proxies", "10.0.0.0/24 203.0.113.0/28", "10.0.0.9:1", "192.0.2.1, 198.51.100.1, 203.0.113.15", "198.51.100.1"},
		{"an address beside the range", "203.0.113.0/28", "203.0.113.16:1", "198.51.100.1", "203.0.113.16"},
		{"nobody but proxies", "10.0.0.0/24", "10.0.0.1:1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
		{"junk", "10.0.0.1", "10.0.0.1:1", "198.51.100.1, junk", "10.0.0.1"},
		{"junk on the left", "10.0.0.1", "10.0.0.1:1", "junk, ::, %s, 198.51.100.1", "198.51.100.1"},
		{"a port", "10.0.0.1", "10.0.0.1:1", "203.0.113.3:50001", "203.0.113.3"},
		{"an IPv6 address and a port", "10.0.0.1", "10.0.0.1:1", "[2001:db8::1]:50003", "2001:db8::1"},
		{"ports at every hop", "10.0.0.0/24", "10.0.0.1:1", "192.0.2.1:1, [2001:db8::1]:50003, 10.0.0.2:443, 10.0.0.3:80", "2001:db8::1"},
		{"an empty port", "10.0.0.1", "10.0.0.1:1", "203.0.113.3:", "203.0.113.3"},
		{"an invalid port", "10.0.0.1", "10.0.0.1:1", "203.0.113.3:http", "10.0.0.1"},
		{"quotes", "10.0.0.1", "10.0.0.1:1", `"203.0.113.3"`, "203.0.113.3"},
		{"quotes, brackets and a port", "10.0.0.1", "10.0.0.1:1", `"[2001:db8::1]:50003"`, "2001:db8::1"},
		{"spaces and tabs", "10.0.0.1", "10.0.0.1:1", "192.0.2.1 ,\t 198.51.100.1 \t", "198.51.100.1"},
		{"no spaces", "10.0.0.1", "10.0.0.1:1", "192.0.2.1,198.51.100.1", "198.51.100.1"},
		{"empty members", "10.0.0.1", "10.0.0.1:1", ",198.51.100.1, ,|| ,", "198.51.100.1"},
		{"an empty header", "10.0.0.1", "10.0.0.1:1", " ", "10.0.0.1"},
		{"a zone", "10.0.0.1", "10.0.0.1:1", "[fe80::1%eth0]:1", "fe80::1"},
		{"unknown", "10.0.0.1", "10.0.0.1:1", "192.0.2.1, unknown", "10.0.0.1"},
		{"unknown, reported by the second proxy", "10.0.0.0/24", "10.0.0.1:1", "192.0.2.1, unknown, 10.0.0.2:1", "10.0.0.2"},
		{"unknown on the left", "10.0.0.1", "10.0.0.1:1", "unknown, 198.51.100.1:1", "198.51.100.1"},
		{"an open quote in a claim", "10.0.0.1", "10.0.0.1:1", `", 198.51.100.1`, "198.51.100.1"},
		{"an open quote in a claim's own header", "10.0.0.1", "10.0.0.1:1", `"192.0.2.1, |198.51.100.1`, "198.51.100.1"},
		{"proxies in several headers", "10.0.0.0/24", "10.0.0.1:1", "192.0.2.1|198.51.100.1|10.0.0.3, 10.0.0.2", "198.51.100.1"},
		{"brackets that do not close", "10.0.0.1", "10.0.0.1:1", "[2001:db8::1", "10.0.0.1"},
		{"IPv4 in brackets", "10.0.0.1", "10.0.0.1:1", "[198.51.100.1]:1", "10.0.0.1"},
		{"a list in the form of RFC 7239", "10.0.0.1", "10.0.0.1:1", "for=198.51.100.1", "10.0.0.1"},
		{"a leading zero", "10.0.0.1", "10.0.0.1:1", "198.51.100.010", "10.0.0.1"},
		{"a name", "10.0.0.1", "10.0.0.1:1", "localhost", "10.0.0.1"},
		{"IPv6", "fd00::/8", "[fd00::1]:1", "2001:DB8:0:0::1", "2001:db8::1"},
		{"IPv6 in brackets", "fd00::/8", "[fd00::1]:1", "[2001:db8::1]", "2001:db8::1"},
		{"IPv4 in IPv6", "10.0.0.1", "[::ffff:10.0.0.1]:1", "::ffff:198.51.100.1", "198.51.100.1"},
		{"a socket", "10.0.0.1", "@", "198.51.100.1", ""},
	} {
		trusted, err := newProxies(strings.Fields(tt.proxies))
		if err != nil {
			t.Fatal(err)
		}
		find := trusted.ipExtractor()
		if got := identity.NewClient(find(sentFrom(tt.peer, "", strings.Split(tt.forwarded, "|")...)), "").Address; got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A client that changes its claimed address keeps its limit; clients behind the proxy have limits of their own.
func TestRateBehindProxies(t *testing.T) {
	t.Parallel()
	for _, proxies := range [][]string{nil, {"10.0.0.1"}} {
		s := newRated(t, "ping", "5/m per address", Config{TrustedProxies: proxies})
		direct, behind := 0, 0
		for i := range 60 {
			claim := fmt.Sprintf("198.51.100.%d", i)
			forged := []string{"X-Forwarded-For", claim, "X-Real-IP", claim, "Forwarded", "for=" + claim, "True-Client-IP", claim,
				"CF-Connecting-IP", claim}
			if s.ask("203.0.113.7:1", "", forged...).Code == 200 {
				direct++
			}
			if s.ask("10.0.0.1:1", "", "X-Forwarded-For", claim+":5000"+strconv.Itoa(i)).Code == 200 {
				behind++
			}
		}
		if want := map[bool]int{true: 60, false: 5}[proxies != nil]; direct != 5 || behind != want {
			t.Errorf("proxies %q: %d requests got through directly, want 5; %d from 10.0.0.1, want %d", proxies, direct, behind, want)
		}
	}
}

func TestRateOfIPv6(t *testing.T) {
	t.Parallel()
	s := newRated(t, "ping", "5/m per address", Config{})
	passed := 0
	for i := range 50 {
		if s.ask(fmt.Sprintf("[2001:db8:0:1::%x]:1", i+1), "").Code == 200 {
			passed++
		}
	}
	if passed != 5 {
		t.Errorf("%d requests from one /64 got through, want 5", passed)
	}
	if got := s.ask("[2001:db8:0:2::1]:1", ""); got.Code != 200 {
		t.Errorf("from the next /64: %s", got)
	}
	for i := range 5 {
		if got := s.ask(fmt.Sprintf("[::ffff:192.0.2.%d]:1", i+1), ""); got.String() != "200 5 4 12" {
			t.Errorf("IPv4-mapped IPv6 addresses share a limit: %s", got)
		}
	}
}

func TestNewRefusesProxies(t *testing.T) {
	t.Parallel()
	contract := contractWith(t, nil)
	for text, want := range map[string]string{
		"": "want an address", "localhost": "want an address", "10.0.0.0/33": "want an address", "10.0.0": "want an address",
		"10.0.0.1:80": "want an address", "fe80::1%eth0": "want an address",
		"::ffff:10.0.0.0/104": "want an address", "10.0.0.0/-1": "want an address", "*": "want an address",
		"10.0.0.1 10.0.0.2": "want an address",
		"0.0.0.0/0":         "all addresses", "::/0": "all addresses",
		"10.0.0.1/8": "use 10.0.0.1 for the address or 10.0.0.0/8 for the range",
	} {
		_, err := New(generated(t), contract, newApp(t, contract), Config{TrustedProxies: []string{"10.0.0.1", text}},
			slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), fmt.Sprintf("trusted proxy %q", text)) {
			t.Errorf("%q: %v, want %q in it", text, err, want)
		}
	}
}

func TestNewRefusesHosts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", ".", "localhost:3000", "http://localhost", "*", "*.example.com", "a b", "dömäin.example", "a/b",
		"[::1]:1", "[::1", "api.example.com:"} {
		if _, err := newHosts([]string{"localhost", name}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("host %q", name)) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if h, err := newHosts([]string{"API.example.com.", "[::1]", "2001:DB8::1", "10.0.0.1"}); err != nil || !h["api.example.com"] ||
		!h["::1"] || !h["2001:db8::1"] || !h["10.0.0.1"] {
		t.Errorf("%v, %v", h, err)
	}
}

// FuzzClient holds what a request says of where it comes from to what identity.Client promises.
func FuzzClient(f *testing.F) {
	f.Add("192.0.2.1:1", "198.51.100.1", "curl/8")
	f.Add("10.0.0.1:1", "192.0.2.1, 198.51.100.1", "\x1b[31m\xff\u202e")
	f.Add("[::ffff:10.0.0.1]:1", "[2001:db8::1]", strings.Repeat("ü", 300))
	f.Add("10.0.0.2:1", `"[fe80::1%a]:50003", unknown, ,10.0.0.1:`, "")
	trusted, err := newProxies([]string{"10.0.0.0/8"})
	if err != nil {
		f.Fatal(err)
	}
	find := trusted.ipExtractor()
	f.Fuzz(func(t *testing.T, peer, forwarded, agent string) {
		if got := find(sentFrom("10.0.0.1:1", "", forwarded+", 198.51.100.1:50001")); got != "198.51.100.1" {
			t.Errorf("the claim %q hides what the proxy appends: %q", forwarded, got)
		}
		r := sentFrom(peer, agent, forwarded)
		c := identity.NewClient(find(r), r.UserAgent())
		if a, err := netip.ParseAddr(c.Address); c.Address != "" && (err != nil || a.String() != c.Address || a.Zone() != "" ||
			a.Is4In6()) {
			t.Errorf("address %q, %v", c.Address, err)
		}
		if n := c.Network(); n != "" && strings.Contains(n, ":") != strings.HasSuffix(n, "/64") {
			t.Errorf("network %q of %q", n, c.Address)
		}
		if utf8.RuneCountInString(c.UserAgent) > 200 || !utf8.ValidString(c.UserAgent) ||
			strings.ContainsFunc(c.UserAgent, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("user agent %q", c.UserAgent)
		}
		direct, err := netip.ParseAddrPort(peer)
		if err == nil && !netip.MustParsePrefix("10.0.0.0/8").Contains(direct.Addr().Unmap()) &&
			c.Address != direct.Addr().Unmap().WithZone("").String() {
			t.Errorf("%s claims to be %q and is taken for %s", peer, forwarded, c.Address)
		}
	})
}

func sentFrom(peer, agent string, forwarded ...string) *http.Request {
	return &http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": forwarded, "User-Agent": {agent}}}
}

func FuzzHost(f *testing.F) {
	for _, host := range []string{"LocalHost.:80", "[::ffff:127.0.0.1]:1", "127.0.0.1", "a_b.example", "[::1", "x@y", ""} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, field string) {
		host, ok := parseHost(field)
		if !ok {
			return
		}
		again := host
		if strings.Contains(host, ":") {
			again = "[" + host + "]"
		}
		if same, ok := parseHost(again + ":1"); strings.ContainsAny(host, "[]@/ ") || !strings.HasSuffix(host, ".") &&
			(!ok || same != host) {
			t.Errorf("%q is %q, and that is %q, %v", field, host, same, ok)
		}
	})
}
