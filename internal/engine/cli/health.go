package cli

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// healthTimeout limits how long the command health waits for a response.
const healthTimeout = 5 * time.Second

type health struct{}

// Help returns the text that --help adds.
func (health) Help() string {
	return "It sends GET /ready and exits with 0 if the response is 200, and with 1 otherwise. Use it as the health check of a container."
}

// Run sends GET /ready to the server at --listen. It returns an error unless the response is 200 within healthTimeout.
func (health) Run(ctx context.Context, c *config) error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("--listen: %w; want an address and a port such as 127.0.0.1:3000", err)
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	// An empty or unspecified host is this machine, as for net.Dial.
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.Listen+"/ready", nil)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	request.Host = "localhost" // a server with --host accepts it, too
	// Not http.DefaultTransport, which uses the proxy of the environment.
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return fmt.Errorf("no response from %s: %w", request.URL, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s responds with %s, want 200 OK; the server's log contains the cause", request.URL, response.Status)
	}
	return nil
}
