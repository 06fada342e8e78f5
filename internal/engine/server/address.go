package server

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

// clientOf returns the client of a request: its peer, or the client that a trusted proxy reports (Config.TrustedProxies).
func clientOf(c echo.Context) identity.Client {
	return identity.NewClient(c.RealIP(), c.Request().UserAgent())
}

// proxies are the proxies whose header fields about the client are trusted.
type proxies struct {
	trusted prefixes
	sockets bool // trust the peers of a Unix socket
}

func newProxies(list []string) (p proxies, err error) {
	for _, text := range list {
		if text == "unix" {
			p.sockets = true
			continue
		}
		proxy, err := parseProxy(text)
		if err != nil {
			return p, err
		}
		p.trusted = append(p.trusted, proxy)
	}
	return p, nil
}

// trust reports whether the peer of a request is one of the proxies.
func (p proxies) trust(r *http.Request) bool {
	if len(p.trusted) == 0 && !p.sockets {
		return false
	}
	address, ok := parseForwarded(r.RemoteAddr)
	return ok && p.trusted.contain(address) || !ok && p.sockets
}

// ipExtractor returns a function that determines a request's address. It is the peer's address or, if that is a trusted proxy, the
// right-most address in X-Forwarded-For that is not a trusted proxy. Entries to the left of it are claims of the client. If that entry is
// not an address ("unknown"), the address is that of the proxy that reported it. The proxy "unix" is every peer of a Unix socket. The field
// Forwarded (RFC 7239) is ignored: a proxy that does not set it passes on the client's.
func (p proxies) ipExtractor() echo.IPExtractor {
	return func(r *http.Request) string {
		address, ok := parseForwarded(r.RemoteAddr)
		if !ok && !p.sockets { // the peer of a Unix socket has no address
			return ""
		}
		for _, line := range slices.Backward(r.Header.Values("X-Forwarded-For")) {
			for more := true; more; {
				if address.IsValid() && !p.trusted.contain(address) {
					return address.String()
				}
				var entry string
				line, entry, more = cutLast(line)
				if entry == "" {
					continue // an empty member (RFC 9110, section 5.6.1.2)
				}
				next, ok := parseForwarded(entry)
				if !ok {
					return text(address)
				}
				address = next
			}
		}
		return text(address)
	}
}

// text returns an address as text; the zero Addr, which stands for the peer of a Unix socket, is empty.
func text(address netip.Addr) string {
	if !address.IsValid() {
		return ""
	}
	return address.String()
}

type prefixes []netip.Prefix

func (p prefixes) contain(address netip.Addr) bool {
	return slices.ContainsFunc(p, func(prefix netip.Prefix) bool { return prefix.Contains(address) })
}

// cutLast cuts a line at its last comma. It ignores quotes: an opening quote from the client must not hide the part that a proxy appends.
func cutLast(line string) (rest, entry string, more bool) {
	i := strings.LastIndexByte(line, ',')
	return line[:max(i, 0)], strings.Trim(line[i+1:], " \t"), i >= 0
}

// parseForwarded parses an address as proxies write it: with or without a port, brackets (IPv6) and quotes. It drops the zone, and maps
// IPv4 in IPv6 to IPv4.
func parseForwarded(entry string) (netip.Addr, bool) {
	if len(entry) > 1 && entry[0] == '"' && entry[len(entry)-1] == '"' {
		entry = entry[1 : len(entry)-1]
	}
	if host, port, found := cutPort(entry); found && !strings.ContainsFunc(port, func(r rune) bool { return r < '0' || r > '9' }) {
		entry = host
	}
	if inner, bracket := strings.CutPrefix(entry, "["); bracket {
		if entry, bracket = strings.CutSuffix(inner, "]"); !bracket || !strings.Contains(entry, ":") {
			return netip.Addr{}, false
		}
	}
	address, err := netip.ParseAddr(entry)
	return address.Unmap().WithZone(""), err == nil
}

// cutPort removes the port from 192.0.2.1:80 or [2001:db8::1]:80. IPv6 without brackets has no port.
func cutPort(entry string) (host, port string, found bool) {
	i := strings.LastIndexByte(entry, ':')
	bracketed := i > 0 && entry[i-1] == ']'
	if i < 0 || !bracketed && strings.IndexByte(entry, ':') < i {
		return entry, "", false
	}
	return entry[:i], entry[i+1:], true
}

// parseProxy parses an address, or a range in CIDR notation (RFC 4632, section 3.1).
func parseProxy(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if a, alone := netip.ParseAddr(text); alone == nil && a.Zone() == "" {
		prefix, err = netip.PrefixFrom(a, a.BitLen()), nil
	}
	switch {
	case err != nil || prefix.Addr().Is4In6():
		return prefix, fmt.Errorf("trusted proxy %q: want an address, a range such as 10.0.0.0/8 or fd00::/8, or unix for a Unix socket",
			text)
	case prefix.Bits() == 0:
		return prefix, fmt.Errorf("trusted proxy %q contains all addresses, so any client could claim any address; list the proxies", text)
	case prefix != prefix.Masked():
		return prefix, fmt.Errorf("trusted proxy %q is ambiguous; use %s for the address or %s for the range",
			text, prefix.Addr(), prefix.Masked())
	}
	return prefix, nil
}
