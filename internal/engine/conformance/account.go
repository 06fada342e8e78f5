package conformance

import (
	"context"
	"fmt"
	"strconv"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// createAccount creates the run's account and signs in.
func (p *probe) createAccount(ctx context.Context) error {
	request, err := p.how.SignUp.Sample(p.formats())
	if err != nil {
		return err
	}
	response, err := p.send(ctx, p.how.SignUp, request, "")
	if err != nil {
		return fmt.Errorf("%s: %w", p.how.SignUp.ID, err)
	}
	if response.status >= 300 {
		return fmt.Errorf("%s: status %d", p.how.SignUp.ID, response.status)
	}
	p.signUp = request
	return p.signIn(ctx)
}

// signIn gets a token for the run.
func (p *probe) signIn(ctx context.Context) (err error) {
	p.token, err = p.tokenOf(ctx, p.signUp)
	return err
}

// tokenOf signs in to the account that a sign-up has created, and returns the token.
func (p *probe) tokenOf(ctx context.Context, signUp spec.Request) (string, error) {
	request, err := p.how.SignIn.Sample(nil)
	if err != nil {
		return "", err
	}
	if request.Body, err = p.how.Credentials(signUp.Body); err != nil {
		return "", err
	}
	response, err := p.send(ctx, p.how.SignIn, request, "")
	if err != nil {
		return "", fmt.Errorf("%s: %w", p.how.SignIn.ID, err)
	}
	token, _ := spec.At(response.body, p.how.Pointer)
	text, isString := token.(string)
	if response.status >= 300 || !isString {
		return "", fmt.Errorf("%s: status %d without a token at %s", p.how.SignIn.ID, response.status, p.how.Pointer)
	}
	return text, nil
}

func exchange(r spec.Request, a response) spec.Exchange {
	return spec.Exchange{Path: r.Path, Request: r.Body, Header: a.header, Response: a.body}
}

// deleteAccount deletes the run's account, if there is one.
func (p *probe) deleteAccount(ctx context.Context) {
	if p.signUp.Body == nil {
		return
	}
	response, err := p.doAuthenticated(ctx, p.how.DeleteAccount, spec.Request{})
	if err != nil || response.status >= 300 && response.status != 401 { // 401: it is already deleted
		p.report.add(p.how.DeleteAccount, "at the end", "cannot delete the account of this run: "+describe(response, err))
	}
}

// deleteCreated deletes the documents that the run has created.
func (p *probe) deleteCreated(ctx context.Context) {
	for _, d := range p.created {
		if response, err := p.doAuthenticated(ctx, d.op, d.request); err != nil || response.status >= 300 && response.status != 404 {
			p.report.add(d.op, "at the end", "cannot delete a document of this run: "+describe(response, err))
		}
	}
	p.created = nil
}

// remember records what a successful request has created, so that deleteCreated deletes it. Accounts are deleted immediately.
func (p *probe) remember(ctx context.Context, op *spec.Operation, request spec.Request, a response) {
	if a.status >= 300 || op.Safe() {
		return
	}
	if op == p.how.SignUp {
		ctx, cancel := cleanUpContext(ctx)
		defer cancel()
		token, err := p.tokenOf(ctx, request)
		if err == nil {
			a, err = p.send(ctx, p.how.DeleteAccount, spec.Request{}, token)
		}
		if err != nil || a.status >= 300 {
			p.report.add(p.how.DeleteAccount, "after a sign-up", "cannot delete an account of this run: "+describe(a, err))
		}
		return
	}
	for _, link := range op.Links(a.status) {
		target := p.contract.ByID(link.Operation)
		if r := (spec.Request{}); target.Method == "DELETE" && p.linked(exchange(request, a), op, target, &r) {
			p.created = append(p.created, deletion{target, r})
		}
	}
}

// linked completes a request by the exchange's link from one operation to another. It reports whether there is such a link.
func (p *probe) linked(e spec.Exchange, from, to *spec.Operation, r *spec.Request) bool {
	for _, status := range from.Statuses() {
		code, _ := strconv.Atoi(status)
		for _, link := range from.Links(code) {
			if link.Operation != to.ID {
				continue
			}
			if path, header, ok := link.Follow(e); ok {
				r.Path, r.Header = path, header
				return true
			}
		}
	}
	return false
}

// formats returns values to use instead of examples, whose addresses and passwords may belong to somebody.
func (p *probe) formats() map[string]string {
	p.accounts++
	address := fmt.Sprintf("contract-%s-%d@example.com", p.run, p.accounts)
	return map[string]string{
		"email":        address,
		"username":     address,
		"new-password": "probe " + p.run,
		"password":     "not the password", // wrong as a current password, and different as a new one
	}
}

func describe(a response, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d", a.status)
}
