// Package conformance tests a deployment against its contract over HTTP, and measures how much of a contract tests have covered.
//
// A run sends valid, boundary and invalid requests to each operation, with and without a token, and checks every response. It creates an
// account as x-token in the contract says, and deletes it at the end. It changes and deletes only documents that it has created; it finds
// them by the links in the contract.
package conformance

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// Limits of a run. Requests are sent one after the other.
const (
	requestTimeout = 30 * time.Second
	maxResponse    = 16 << 20         // bytes
	maxWait        = 90 * time.Second // after 429 or 503; a response that asks for more is not retried
	maxTries       = 4                // per request
	cleanUpTimeout = 2 * time.Minute  // for the deletions after the run was canceled
)

// Config configures a run.
type Config struct {
	Contract *spec.Contract
	URL      string // of the API, with the base path of the contract: http://host or https://host/api/v1
	Client   *http.Client
	// Wait waits for a duration, or until the context ends, and returns the context's error. Nil means to use the clock.
	Wait func(context.Context, time.Duration) error
}

// Run tests a deployment. Violations are in the report. Run returns an error if the test cannot be completed: because of an invalid URL,
// a failed sign-up, or the end of the context. The error does not wrap the context's error. In all cases Run tries to delete everything
// that it has created. If the contract has no x-token, operations that need credentials get only requests that they must reject.
func Run(ctx context.Context, config Config) (*Report, error) {
	if err := CheckURL(config.URL); err != nil {
		return nil, err
	}
	token, has := config.Contract.Token()
	if config.Wait == nil {
		config.Wait = wait
	}
	client := http.Client{Timeout: requestTimeout}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if config.Client != nil {
		client.Transport = config.Client.Transport
	}
	p := &probe{
		contract: config.Contract, how: token, base: strings.TrimSuffix(config.URL, "/"), client: &client, wait: config.Wait,
		run:    strings.ToLower(rand.Text()[:12]),
		report: &Report{Title: config.Contract.Title() + " " + config.Contract.Version(), URL: config.URL},
	}
	defer func() {
		ctx, cancel := cleanUpContext(ctx)
		defer cancel()
		p.deleteCreated(ctx)
		p.deleteAccount(ctx)
	}()
	if has {
		if err := p.createAccount(ctx); ctx.Err() != nil {
			return p.report, canceled(ctx)
		} else if err != nil {
			p.report.add(token.SignUp, "the account of this run", err.Error())
			return p.report, fmt.Errorf("conformance: cannot create an account: %w", err)
		}
	}
	for _, op := range config.Contract.Operations() {
		if op != token.DeleteAccount {
			p.operation(ctx, op)
		}
		if ctx.Err() != nil {
			return p.report, canceled(ctx)
		}
	}
	p.deleteCreated(ctx)
	if has {
		p.operation(ctx, token.DeleteAccount) // its last valid request deletes the account
	}
	if ctx.Err() != nil {
		return p.report, canceled(ctx)
	}
	return p.report, nil
}

// CheckURL returns an error if the URL of a deployment is invalid. The error does not contain the URL, which may contain a password.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("conformance: invalid URL: want http://host or https://host, optionally with a port and a path")
	}
	return nil
}

func canceled(ctx context.Context) error {
	return fmt.Errorf("conformance: the run was canceled: %v", ctx.Err())
}

// cleanUpContext returns a context for deletions. It outlives ctx, but has a deadline of its own.
func cleanUpContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), cleanUpTimeout)
}

type probe struct {
	contract *spec.Contract
	how      spec.Token
	base     string
	client   *http.Client
	wait     func(context.Context, time.Duration) error
	run      string // part of the e-mail addresses, to make them unique
	report   *Report

	accounts int
	signUp   spec.Request // of the run's account; without a body before it is created
	token    string
	created  []deletion
}

// deletion is a request that deletes something that the run has created.
type deletion struct {
	op      *spec.Operation
	request spec.Request
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
