package server

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// preflightAge is the number of seconds for which a browser may cache the response to a preflight.
const preflightAge = "600"

// cors allows only pages of the origins to read responses (Fetch standard, section 3.2). Credentials are never allowed: pages send
// the token in a header, and browsers add no cookie. It responds to all preflights itself. requestHeaders and responseHeaders are
// the header fields that a page may send and read.
func cors(origins, requestHeaders, responseHeaders []string) echo.MiddlewareFunc {
	sent, read := strings.Join(requestHeaders, ", "), strings.Join(responseHeaders, ", ")
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r, h := c.Request(), c.Response().Header()
			c.Response().Before(func() { h.Add("Vary", "Origin") }) // last, because a page's handler sets Vary again
			origin := r.Header.Get("Origin")
			if !slices.Contains(origins, origin) {
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

func checkOrigins(origins []string) error {
	for _, origin := range origins {
		defaultPort := strings.HasPrefix(origin, "http://") && strings.HasSuffix(origin, ":80") ||
			strings.HasPrefix(origin, "https://") && strings.HasSuffix(origin, ":443")
		if defaultPort || !originPattern.MatchString(origin) {
			return fmt.Errorf("CORS origin %q: want an origin as browsers send it, such as https://app.example.com: scheme://host or "+
				"scheme://host:port, in lower case, without a path and without the default port; * and null are not supported", origin)
		}
	}
	return nil
}
