package server

import (
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// Config says what surrounds the server. Its zero value is the safe one.
type Config struct {
	// Origins are those whose pages may read answers (CORS): scheme://host or scheme://host:port, as browsers write them.
	Origins []string
	// TrustedProxies are addresses, and ranges such as 10.0.0.0/8, whose X-Forwarded-For is believed. Without them a request
	// comes from its peer. Who is in a range can claim any address: name the proxies, not the network that clients are in too.
	TrustedProxies []string
	// Hosts are the names that the server answers for, without ports, beside loopback names and addresses and the address at which a
	// request comes in. Without names it answers for all.
	Hosts []string
	// PublicURL is where clients reach the server, http or https, such as https://example.com/api when a proxy strips /api. It becomes the only
	// server of the contract that is served. When it is empty, the server's URL there is relative to the document.
	PublicURL string
	// Explorer says who is shown the API.
	Explorer Explorer
	// RateLimitsOff leaves x-limits.rate out, for tests of load and of the contract.
	RateLimitsOff bool
	// CheckResponses holds answers against the contract; empty is CheckOff.
	CheckResponses ResponseCheck
	// ResponseCheckSample is the share of answers that CheckLog looks at, from 0 to 1.
	ResponseCheckSample float64
	// ListMemory is how many bytes the lists that are read and not sent yet may take together (store.MemoryBudget). 0 is 256 MiB,
	// or a quarter of the memory that the process may have (GOMEMLIMIT) when that is less.
	ListMemory int64
}

func (c Config) listMemory() int64 {
	if c.ListMemory > 0 {
		return c.ListMemory
	}
	return min(256<<20, debug.SetMemoryLimit(-1)/4) // -1 asks for the limit
}

// configure does what the configuration says of callers.
func (s *Server) configure(contract *spec.Contract) (err error) {
	if s.echo.IPExtractor, err = ipExtractor(s.config.TrustedProxies); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	if err := checkOrigins(s.config.Origins); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	if s.config.PublicURL, err = publicURL(s.config.PublicURL); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	names, err := newHosts(s.config.Hosts)
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	s.echo.Use(names.check)
	request, answer := contract.Headers()
	for _, name := range append(request, "If-Match", "If-None-Match") { // those of the pages too
		s.headers = append(s.headers, http.CanonicalHeaderKey(name))
	}
	if len(s.config.Origins) > 0 {
		s.echo.Use(cors(s.config.Origins, append(request, "Authorization", "Content-Type", "X-Request-Id"), append(answer, "X-Request-Id")))
	}
	if c := s.config; !slices.Contains([]ResponseCheck{"", CheckOff, CheckLog, CheckFail}, c.CheckResponses) || !(c.ResponseCheckSample >= 0 && c.ResponseCheckSample <= 1) {
		return fmt.Errorf("server: response check %q of a sample of %v; it is off, log or fail, the sample from 0 to 1", c.CheckResponses, c.ResponseCheckSample)
	}
	if s.config.RateLimitsOff {
		s.log.Warn("rate limits are off: x-limits.rate is not enforced")
	}
	return nil
}

// publicURL checks and normalizes Config.PublicURL. Its error does not contain the URL, which may hold a password.
func publicURL(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	problem := ""
	switch {
	case err != nil:
		problem = "is not a URL"
	case u.Scheme != "http" && u.Scheme != "https":
		problem = "does not begin with http:// or https://"
	case u.User != nil:
		problem = "contains a user name"
	case u.Hostname() == "" || !hostPattern.MatchString(u.Host) || strings.HasSuffix(u.Host, ":") || !isPort(u.Port()):
		problem = "has no valid host and port"
	case strings.ContainsAny(text, "?#"):
		problem = "contains a query or a fragment"
	default:
		return strings.TrimRight(u.String(), "/"), nil
	}
	return "", fmt.Errorf("the public URL %s; write one such as https://example.com/api", problem)
}

func isPort(text string) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && port > 0
}
