package cli

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// healthTimeout limits how long the command health waits for a response.
const healthTimeout = 5 * time.Second

type health struct{}

// Help returns the text that --help adds.
func (health) Help() string {
	return "It sends GET /ready and exits with 0 if the response is 200, and with 1 otherwise. If the contract has no GET /ready, any " +
		"response but a 5xx will do. Use it as the health check of a container."
}

// Run sends GET /ready, below the base path of the contract, to the server at --listen. It returns an error unless the response is 200
// within healthTimeout. If the contract has no GET /ready, any response but a 5xx will do.
func (health) Run(ctx context.Context, contract *spec.Contract, c *config) error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("--listen: %w; want an address and a port such as 127.0.0.1:3000", err)
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	path := contract.BasePath() + "/ready"
	known := contract.Operation(http.MethodGet, path) != nil
	// An empty or unspecified host is this machine, as for net.Dial.
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.Listen+path, nil)
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
	if response.StatusCode != http.StatusOK && (known || response.StatusCode >= 500) {
		return fmt.Errorf("%s responds with %s, want 200 OK; the server's log contains the cause", request.URL, response.Status)
	}
	return nil
}
