package identity

import (
	"context"
	"net/netip"
	"strings"
	"unicode"
)

// Client is where a request comes from: personal data, to be shown to the account's owner and kept out of logs.
type Client struct {
	Address   string // an IP address without a zone, in the form of RFC 5952 (IPv4 in IPv6 as IPv4); empty when it is not known
	UserAgent string // what the client says of itself: at most 200 characters, printable ones only
}

// maxUserAgent is in characters.
const maxUserAgent = 200

// NewClient returns the client at an address, in any of its forms, with a User-Agent as it was sent.
func NewClient(address, userAgent string) Client {
	c := Client{UserAgent: printable(userAgent)}
	if a, err := netip.ParseAddr(address); err == nil {
		c.Address = a.Unmap().WithZone("").String()
	}
	return c
}

// Network returns what counts as one address: the address itself, or of IPv6 its first 64 bits, which a household or a server has to
// itself.
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

// ClientFromContext returns the client; false means that the context is no request's.
func ClientFromContext(ctx context.Context) (Client, bool) {
	c, ok := ctx.Value(clientKey{}).(Client)
	return c, ok
}

type clientKey struct{}

// CallerKey returns the name under which a caller's share of the server is counted: the account's id, or the network of a client who is
// not signed in. It is empty for a context that is no request's, which is the program's own work.
func CallerKey(ctx context.Context) string {
	if p, ok := FromContext(ctx); ok {
		return p.ID
	}
	c, _ := ClientFromContext(ctx)
	return c.Network()
}

// printable returns the first printable characters of a text. Printable ASCII, which almost all clients send, takes a quarter of the time.
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
