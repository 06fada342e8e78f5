package identity

import (
	"context"
	"net/netip"
	"strings"
	"unicode"
)

// Client describes the origin of a request. It is personal data: show it to the account's owner only. The log contains the
// address, but not the User-Agent.
type Client struct {
	Address   string // an IP address without a zone, in the form of RFC 5952 (IPv4 in IPv6 as IPv4); empty if unknown
	UserAgent string // the User-Agent: at most 200 characters, printable ones only
	RequestID string // of the request, in the log and in the response's X-Request-Id
	TraceID   string // of the request's trace; empty if it is not traced
}

// maxUserAgent is in characters.
const maxUserAgent = 200

// NewClient returns the client with an IP address in any notation and the User-Agent as received.
func NewClient(address, userAgent string) Client {
	c := Client{UserAgent: printable(userAgent)}
	if a, err := netip.ParseAddr(address); err == nil {
		c.Address = a.Unmap().WithZone("").String()
	}
	return c
}

// Network returns the network that counts as one address: an IPv4 address itself, or the first 64 bits of an IPv6 address, which usually
// belong to one household or server.
func (c Client) Network() string {
	a, err := netip.ParseAddr(c.Address)
	if err != nil || a.Is4() {
		return c.Address
	}
	return netip.PrefixFrom(a, 64).Masked().String()
}

// NewClientContext returns a context that carries the client.
func NewClientContext(ctx context.Context, c Client) context.Context {
	return context.WithValue(ctx, clientKey{}, c)
}

// ClientFromContext returns the client. It returns false if the context does not belong to a request.
func ClientFromContext(ctx context.Context) (Client, bool) {
	c, ok := ctx.Value(clientKey{}).(Client)
	return c, ok
}

type clientKey struct{}

// CallerKey returns the key by which a caller's share of the server is counted: the account's id, or the network of an anonymous client.
// It is empty for a context that does not belong to a request, such as that of background work.
func CallerKey(ctx context.Context) string {
	if p, ok := FromContext(ctx); ok {
		return p.ID
	}
	c, _ := ClientFromContext(ctx)
	return c.Network()
}

// printable returns the first printable characters of a text. The fast path for printable ASCII, which almost all clients send, takes a
// quarter of the time.
func printable(text string) string {
	if len(text) <= maxUserAgent && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return text
	}
	count := 0
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) || count == maxUserAgent {
			return -1
		}
		count++
		return r
	}, text)
}
