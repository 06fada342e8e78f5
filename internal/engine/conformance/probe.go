// Package conformance holds a deployment of a contract to it from outside, over HTTP: each operation with valid, boundary and invalid
// requests that the contract gives, with a token and without, every answer checked.
//
// It works with an account of its own, made and deleted as the contract says (x-token), and touches nobody's documents but those that
// it has made, which it finds and deletes by the contract's links.
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

// Limits of a run. Requests go out one after the other.
const (
	requestTimeout = 30 * time.Second
	maxAnswer      = 16 << 20         // bytes
	maxWait        = 90 * time.Second // for one answer of 429 or 503 to be over; longer ones are taken as the answer
	maxTries       = 4                // of one request
	takeBackTime   = 2 * time.Minute  // that deletions may take when the run was cut off
)

// Config says what is probed.
type Config struct {
	Contract *spec.Contract
	URL      string // of the API: http://host or https://host/base
	Client   *http.Client
	// Wait waits as long as an answer asks for, or until the context ends, whose error it returns. Nil is by the clock.
	Wait func(context.Context, time.Duration) error
}

// Run probes a deployment. The error is about the run itself: the URL is none, the contract has no x-token, nobody can sign up, the
// context has ended; errors.Is does not find the context's error in it, for a run that was cut off is no success. What is wrong with
// the deployment is in the report. Whatever happens, what the run has made is deleted, if the deployment lets it.
func Run(ctx context.Context, config Config) (*Report, error) {
	if err := CheckURL(config.URL); err != nil {
		return nil, err
	}
	token, has := config.Contract.Token()
	if !has {
		return nil, errors.New("conformance: the contract does not say how to get a token; give its bearer security scheme an x-token")
	}
	if config.Wait == nil {
		config.Wait = wait
	}
	client := http.Client{Timeout: requestTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if config.Client != nil {
		client.Transport = config.Client.Transport
	}
	p := &probe{
		contract: config.Contract, how: token, base: strings.TrimSuffix(config.URL, "/"), client: &client, wait: config.Wait,
		run: strings.ToLower(rand.Text()[:12]), report: &Report{Title: config.Contract.Title() + " " + config.Contract.Version(), URL: config.URL},
	}
	defer func() {
		ctx, cancel := lasting(ctx)
		defer cancel()
		p.cleanUp(ctx)
	}()
	if err := p.createAccount(ctx); ctx.Err() != nil {
		return p.report, cutOff(ctx)
	} else if err != nil {
		p.report.add(token.SignUp, "the account of this run", err.Error())
		return p.report, fmt.Errorf("conformance: %w; without an account there is nothing to probe", err)
	}
	for _, op := range config.Contract.Operations() {
		if op != token.DeleteAccount {
			p.operation(ctx, op)
		}
		if ctx.Err() != nil {
			return p.report, cutOff(ctx)
		}
	}
	p.deleteCreated(ctx)
	p.operation(ctx, token.DeleteAccount) // with its last valid request the account is gone
	if ctx.Err() != nil {
		return p.report, cutOff(ctx)
	}
	return p.report, nil
}

// CheckURL says what is wrong with the URL of a deployment, without quoting it: it may hold a password.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("conformance: the URL must be http://host or https://host, with a port and a path if need be, and nothing more")
	}
	return nil
}

func cutOff(ctx context.Context) error {
	return fmt.Errorf("conformance: the run was cut off: %v", ctx.Err())
}

// lasting returns a context for deletions, which are made even when ctx ends, but not for ever.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), takeBackTime)
}

type probe struct {
	contract *spec.Contract
	how      spec.Token
	base     string
	client   *http.Client
	wait     func(context.Context, time.Duration) error
	run      string // makes addresses that are nobody's
	report   *Report

	accounts int
	signUp   spec.Request // of the run's account; without a body while there is none
	token    string
	made     []deletion
}

// deletion is a request that takes something back.
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
