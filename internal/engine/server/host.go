package server

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// hosts are the accepted hosts of requests, in lower case. Loopback names and addresses and the local address of the connection are
// accepted, too. The host of a DNS rebinding attack is another one.
type hosts map[string]bool

// newHosts returns the accepted hosts. If there are no names, it returns nil, which accepts all.
func newHosts(names []string) (hosts, error) {
	var h hosts
	for _, name := range names {
		host, ok := parseHost(name)
		if address, err := netip.ParseAddr(name); err == nil {
			host, ok = address.Unmap().String(), true
		} else if strings.Contains(name, ":") && !strings.HasSuffix(name, "]") {
			ok = false // a port
		}
		if !ok || host == "" {
			return nil, fmt.Errorf("host %q: want a name or an address without a port, such as api.example.com", name)
		}
		if h == nil {
			h = hosts{}
		}
		h[host] = true
	}
	return h, nil
}

// check rejects requests for other hosts with 421 (RFC 9110, section 15.5.20), and for malformed ones with 400 (RFC 9112, section 3.2).
// net/http has rejected HTTP/1.1 requests without Host or with several, and has applied the host of a target in absolute form.
func (h hosts) check(next echo.HandlerFunc) echo.HandlerFunc {
	var last atomic.Pointer[string] // the Host field that was accepted last, whatever the connection
	return func(c echo.Context) error {
		field := c.Request().Host
		if accepted := last.Load(); accepted != nil && *accepted == field {
			return next(c)
		}
		host, ok := parseHost(field)
		switch {
		case !ok:
			return fault.New(fault.BadRequest, "INVALID_HOST", "The Host field must be a name or an address, with or without a port.")
		case h == nil || h[host] || isLoopback(host):
			last.Store(&field)
			return next(c)
		case host == localAddress(c.Request()):
			return next(c)
		}
		return fault.New(fault.Misdirected, "MISDIRECTED_REQUEST",
			"This server does not serve the host %.100q. Use a host name of the server; its option --host adds one.", host)
	}
}

// hostPattern matches an address, or a name as in DNS and hosts files, which is stricter than reg-name (RFC 3986, section 3.2.2).
var hostPattern = regexp.MustCompile(`^(\[[0-9a-fA-F.]*:[0-9a-fA-F:.]*\]|[a-zA-Z0-9._-]*)(:[0-9]*)?$`)

// parseHost returns the host of a Host field in lower case, without port, brackets and trailing dot. It returns an address as netip
// writes it.
func parseHost(field string) (host string, ok bool) {
	parts := hostPattern.FindStringSubmatch(field)
	if parts == nil {
		return "", false
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(parts[1], "[]"), "."))
	address, err := netip.ParseAddr(host)
	if err != nil {
		return host, !strings.Contains(host, ":")
	}
	return address.Unmap().String(), true
}

// isLoopback reports whether a host always denotes this machine, whatever DNS contains (RFC 6761, section 6.3).
func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && address.IsLoopback()
}

// localAddress returns the local address of the request's connection; empty if it is unknown.
func localAddress(r *http.Request) string {
	at, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return ""
	}
	return at.AddrPort().Addr().Unmap().WithZone("").String()
}
