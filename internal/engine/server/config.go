package server

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// Config is the configuration of a server. Its zero value is secure.
type Config struct {
	// Origins are the origins whose pages may read responses (CORS): scheme://host or scheme://host:port, as browsers write them. The host
	// *.example.com stands for all hosts below example.com, but not for example.com.
	Origins []string
	// TrustedProxies are addresses, ranges such as 10.0.0.0/8, and "unix" for the peers of Unix sockets, whose X-Forwarded-For is trusted.
	// Without them the client's address is that of the connection. A client within a range can claim any address: list the proxies, not a
	// network that contains clients.
	TrustedProxies []string
	// Hosts are the host names that the server accepts, without ports, in addition to loopback names and addresses and the local address
	// of the connection. If it is empty, all hosts are accepted.
	Hosts []string
	// PublicURL is the http or https URL at which clients reach the server, such as https://example.com/api. With the base path of the
	// contract, it becomes the only server URL of the contract that is served. A proxy may remove its path or not, unless paths of the
	// contract begin with it: then a proxy must remove it. If PublicURL is empty, the server URL is relative to the document.
	PublicURL string
	// Explorer says who can see the contract, the explorer and the start page.
	Explorer Explorer
	// RateLimitsOff disables x-limits.rate, for load tests and tests of the contract.
	RateLimitsOff bool
	// CheckResponses says which responses are checked against the contract. Empty means CheckOff.
	CheckResponses ResponseCheck
	// ResponseCheckSample is the share of the responses that CheckLog checks, from 0 to 1.
	ResponseCheckSample float64
	// Compress says whether texts of at least 1 KiB are compressed for clients that accept it: the contract, and responses to GET
	// without an ETag in the contract and without secrets (spec.Operation.ReturnsSecrets), such as lists.
	Compress bool
	// SpoolDirectory is the directory in which responses of more than 256 KiB wait until they are sent, in files without names. If it is
	// empty or no file can be created there, they stay in memory.
	SpoolDirectory string
	// Observers are notified of each request. Each of them must be safe for concurrent use.
	Observers []Observer

	// TraceID returns the id of the trace that an observer has begun in the context, or an empty string. Nil: requests are not traced.
	TraceID func(context.Context) string

	// ListMemory is the maximum number of bytes in lists that are read but not sent yet (store.MemoryBudget). 0 means 256 MiB,
	// or a quarter of the process's memory limit (GOMEMLIMIT) if that is less.
	ListMemory int64
}

func (c Config) listMemory() int64 {
	if c.ListMemory > 0 {
		return c.ListMemory
	}
	return min(256<<20, debug.SetMemoryLimit(-1)/4) // -1 asks for the limit
}

// configure applies the parts of the configuration that concern clients.
func (s *Server) configure(contract *spec.Contract) (err error) {
	if s.proxies, err = newProxies(s.config.TrustedProxies); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	s.echo.IPExtractor = s.proxies.ipExtractor()
	allowed, err := newOrigins(s.config.Origins)
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	if s.config.PublicURL, err = publicURL(s.config.PublicURL); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	s.prefix = PublicPath(s.config.PublicURL)
	for _, op := range contract.Operations() {
		if strings.HasPrefix(contract.BasePath()+op.Path+"/", s.prefix+"/") {
			s.prefix = ""
		}
	}
	names, err := newHosts(s.config.Hosts)
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	s.echo.Use(names.check)
	if s.crossOrigin, err = newCrossOrigin(s.config); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	request, response := contract.Headers()
	for _, name := range append(request, "If-Match", "If-None-Match") { // the pages use these, too
		s.headers = append(s.headers, http.CanonicalHeaderKey(name))
	}
	if len(s.config.Origins) > 0 {
		for _, scheme := range contract.Schemes() {
			if scheme.In == "header" && !strings.EqualFold(scheme.Parameter, "Authorization") {
				request = append(request, scheme.Parameter)
			}
		}
		request, response = append(request, "Authorization", "Content-Type", "X-Request-Id"), append(response, "X-Request-Id")
		s.echo.Use(cors(allowed, request, response))
	}
	mode, sample := s.config.CheckResponses, s.config.ResponseCheckSample
	if !slices.Contains([]ResponseCheck{"", CheckOff, CheckLog, CheckFail}, mode) || !(sample >= 0 && sample <= 1) {
		return fmt.Errorf("server: response check %q with sample %v: want off, log or fail, and a sample from 0 to 1", mode, sample)
	}
	if s.config.RateLimitsOff {
		s.log.Warn("rate limits are off: x-limits.rate is not enforced")
	}
	return nil
}

// publicURL checks and normalizes Config.PublicURL. Its error does not contain the URL, which may contain a password.
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
	return "", fmt.Errorf("the public URL %s; want a URL such as https://example.com/api", problem)
}

// PublicPath returns the path of a valid Config.PublicURL: "/api", or "" for the root.
func PublicPath(publicURL string) string {
	u, err := url.Parse(strings.TrimRight(publicURL, "/"))
	if err != nil {
		return ""
	}
	return u.EscapedPath()
}

func isPort(text string) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && port > 0
}
