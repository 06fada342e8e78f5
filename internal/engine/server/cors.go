package server

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// preflightAge is for how many seconds a browser may remember a preflight's answer.
const preflightAge = "600"

// cors lets pages of the origins, and no others, read answers (Fetch standard, section 3.2). Credentials are never allowed: a token is a header
// that a page must know, not a cookie that a browser adds. It answers preflights itself, whatever they ask for. requestHeaders and
// answerHeaders are those that a page may send and read.
func cors(origins, requestHeaders, answerHeaders []string) echo.MiddlewareFunc {
	sent, read := strings.Join(requestHeaders, ", "), strings.Join(answerHeaders, ", ")
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r, h := c.Request(), c.Response().Header()
			c.Response().Before(func() { h.Add("Vary", "Origin") }) // last, as a page's handler sets Vary anew
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

// originPattern is how browsers write origins (RFC 6454, section 6.2): no path, no capitals, names in ASCII.
var originPattern = regexp.MustCompile(`^[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?$`)

func checkOrigins(origins []string) error {
	for _, origin := range origins {
		usual := strings.HasPrefix(origin, "http://") && strings.HasSuffix(origin, ":80") || strings.HasPrefix(origin, "https://") && strings.HasSuffix(origin, ":443")
		if usual || !originPattern.MatchString(origin) {
			return fmt.Errorf("CORS origin %q is not one that browsers send: scheme://host or scheme://host:port, in lower case, "+
				"without a path and without the scheme's usual port, such as https://app.example.com; each is named, * and null are not taken", origin)
		}
	}
	return nil
}
