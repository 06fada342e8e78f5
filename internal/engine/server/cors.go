package server

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/publicsuffix"
)

// preflightAge is the number of seconds for which a browser may cache the response to a preflight.
const preflightAge = "600"

// cors allows only pages of the origins to read responses (Fetch standard, section 3.2). Credentials are never allowed: pages send
// the token in a header, and browsers add no cookie. It responds to all preflights itself. requestHeaders and responseHeaders are
// the header fields that a page may send and read.
func cors(allowed origins, requestHeaders, responseHeaders []string) echo.MiddlewareFunc {
	sent, read := strings.Join(requestHeaders, ", "), strings.Join(responseHeaders, ", ")
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r, h := c.Request(), c.Response().Header()
			c.Response().Before(func() { h.Add("Vary", "Origin") }) // last, because a page's handler sets Vary again
			origin := r.Header.Get("Origin")
			if !allowed.contain(origin) {
				return next(c)
			}
			h.Set("Access-Control-Allow-Origin", origin)
			allow, routed := c.Get(echo.ContextKeyHeaderAllow).(string)
			if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" || !routed {
				h.Set("Access-Control-Expose-Headers", read)
				return next(c)
			}
			h.Set("Allow", allow)
			h.Set("Access-Control-Allow-Methods", allow)
			h.Set("Access-Control-Allow-Headers", sent)
			h.Set("Access-Control-Max-Age", preflightAge)
			return c.NoContent(http.StatusNoContent)
		}
	}
}

// originPattern matches origins as browsers write them (RFC 6454, section 6.2): without a path, in lower case, with ASCII names.
var originPattern = regexp.MustCompile(`^[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?$`)

// origins are the origins whose pages may read responses.
type origins struct {
	exact   []string
	domains []domain
}

// domain stands for the origins of all hosts below a domain: those with the prefix and the suffix, and with labels of DNS between them.
type domain struct{ scheme, suffix string }

var labelsPattern = regexp.MustCompile(`^[a-z0-9_-]+(\.[a-z0-9_-]+)*$`)

func (o origins) contain(origin string) bool {
	return slices.Contains(o.exact, origin) || slices.ContainsFunc(o.domains, func(d domain) bool {
		rest, hasScheme := strings.CutPrefix(origin, d.scheme)
		labels, hasSuffix := strings.CutSuffix(rest, d.suffix)
		return hasScheme && hasSuffix && labelsPattern.MatchString(labels)
	})
}

// newOrigins parses origins, and patterns such as https://*.example.com. A pattern must not contain the sites of several owners: its domain
// is not a public suffix (https://publicsuffix.org).
func newOrigins(texts []string) (origins, error) {
	var o origins
	for _, text := range texts {
		example := strings.Replace(text, "://*.", "://", 1)
		defaultPort := strings.HasPrefix(text, "http://") && strings.HasSuffix(text, ":80") ||
			strings.HasPrefix(text, "https://") && strings.HasSuffix(text, ":443")
		if defaultPort || !originPattern.MatchString(example) {
			return o, fmt.Errorf("CORS origin %q: want an origin as browsers send it, such as https://app.example.com: scheme://host or "+
				"scheme://host:port, in lower case, without a path and without the default port; or all hosts below a domain, such as "+
				"https://*.example.com; * and null are not supported", text)
		}
		if example == text {
			o.exact = append(o.exact, text)
			continue
		}
		scheme, host, _ := strings.Cut(example, "://")
		name, _, _ := strings.Cut(host, ":")
		if _, err := publicsuffix.EffectiveTLDPlusOne(name); err != nil {
			return o, fmt.Errorf("CORS origin %q: anyone can register a name below %s; use a domain of your own, such as "+
				"https://*.example.com", text, name)
		}
		o.domains = append(o.domains, domain{scheme + "://", "." + host})
	}
	return o, nil
}
