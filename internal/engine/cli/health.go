package cli

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// healthTimeout is how long the command health waits for a response.
const healthTimeout = 5 * time.Second

type health struct{}

// Run asks the server that listens on --listen, at GET /ready, whether it can do its work, and fails unless it says so
// within healthTimeout. It is for containers without a shell, where it sees the server's own environment.
func (health) Run(ctx context.Context, c *config) error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("--listen: %w, give an address and a port such as 127.0.0.1:3000", err)
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	// An empty or unspecified host is this machine, as for net.Dial.
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.Listen+"/ready", nil)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	request.Host = "localhost" // for which a server with --host answers too
	// Not http.DefaultTransport: it asks the environment for a proxy.
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return fmt.Errorf("no answer from %s: %w", request.URL, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s says %s, want 200 OK: the server's log has the cause", request.URL, answer.Status)
	}
	return nil
}
