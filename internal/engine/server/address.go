package server

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
)

// clientOf returns where a request comes from, as far as the peer is to be believed (Config.TrustedProxies).
func clientOf(c echo.Context) auth.Client {
	return auth.NewClient(c.RealIP(), c.Request().UserAgent())
}

// believing returns what finds a request's address: the peer's, or when that is a trusted proxy, the last one in X-Forwarded-For
// that is not. Whatever stands left of that is the client's own claim. An entry that is no address makes it the peer's.
func believing(proxies []string) (echo.IPExtractor, error) {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect(), nil
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, text := range proxies {
		proxy, err := parseProxy(text)
		if err != nil {
			return nil, err
		}
		trust = append(trust, echo.TrustIPRange(proxy))
	}
	return echo.ExtractIPFromXFFHeader(trust...), nil
}

// parseProxy reads an address, or a range of them in CIDR notation (RFC 4632, section 3.1).
func parseProxy(text string) (*net.IPNet, error) {
	prefix, err := netip.ParsePrefix(text)
	if a, alone := netip.ParseAddr(text); alone == nil && a.Zone() == "" {
		prefix, err = netip.PrefixFrom(a, a.BitLen()), nil
	}
	switch {
	case err != nil || prefix.Addr().Is4In6():
		return nil, fmt.Errorf("trusted proxy %q is neither an address nor a range of them such as 10.0.0.0/8 or fd00::/8", text)
	case prefix.Bits() == 0:
		return nil, fmt.Errorf("trusted proxy %q is everybody, and everybody could claim any address; name the proxies", text)
	case prefix != prefix.Masked():
		return nil, fmt.Errorf("trusted proxy %q is an address and a range; say %s for the address or %s for the range", text, prefix.Addr(), prefix.Masked())
	}
	return &net.IPNet{IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen())}, nil
}
