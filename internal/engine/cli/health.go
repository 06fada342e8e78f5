package cli

import (
	"context"
	"crypto/tls"
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
	network, address := dialer(c.Listen)
	if _, _, err := net.SplitHostPort(address); err != nil && network == "tcp" {
		return fmt.Errorf("--listen: %w; want an address and a port such as 127.0.0.1:3000", err)
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	path := contract.BasePath() + "/ready"
	known := contract.Operation(http.MethodGet, path) != nil
	protocol := "http"
	if c.TLSCert != "" {
		protocol = "https"
	}
	// A server with --host accepts this name, too.
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, protocol+"://localhost"+path, nil)
	if err != nil {
		return err
	}
	// Not http.DefaultTransport, which uses the proxy of the environment.
	response, err := (&http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			// An empty or unspecified host is this machine.
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // #nosec G402 -- it sends no secret, and the name is not the certificate's
	}).RoundTrip(request)
	if err != nil {
		return fmt.Errorf("no response to GET %s from %s: %w", path, c.Listen, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK && (known || response.StatusCode >= 500) {
		return fmt.Errorf("%s responds to GET %s with %s, want 200 OK; the server's log contains the cause",
			c.Listen, path, response.Status)
	}
	return nil
}
