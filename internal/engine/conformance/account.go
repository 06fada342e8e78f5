package conformance

import (
	"context"
	"fmt"
	"strconv"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// createAccount makes the run's account.
func (p *probe) createAccount(ctx context.Context) error {
	request, err := p.how.SignUp.Sample(p.formats())
	if err != nil {
		return err
	}
	answer, err := p.send(ctx, p.how.SignUp, request, "")
	if err != nil {
		return fmt.Errorf("%s: %w", p.how.SignUp.ID, err)
	}
	if answer.status >= 300 {
		return fmt.Errorf("%s is answered with %d", p.how.SignUp.ID, answer.status)
	}
	p.signUp = request
	return p.signIn(ctx)
}

// signIn gets the run's token.
func (p *probe) signIn(ctx context.Context) (err error) {
	p.token, err = p.tokenOf(ctx, p.signUp)
	return err
}

// tokenOf signs in to the account that the sign-up has made.
func (p *probe) tokenOf(ctx context.Context, signUp spec.Request) (string, error) {
	request, err := p.how.SignIn.Sample(nil)
	if err != nil {
		return "", err
	}
	if request.Body, err = p.how.Credentials(signUp.Body); err != nil {
		return "", err
	}
	answer, err := p.send(ctx, p.how.SignIn, request, "")
	if err != nil {
		return "", fmt.Errorf("%s: %w", p.how.SignIn.ID, err)
	}
	token, _ := spec.At(answer.body, p.how.Pointer)
	text, isString := token.(string)
	if answer.status >= 300 || !isString {
		return "", fmt.Errorf("%s is answered with %d, and no token is at %s", p.how.SignIn.ID, answer.status, p.how.Pointer)
	}
	return text, nil
}

func exchange(r spec.Request, a response) spec.Exchange {
	return spec.Exchange{Path: r.Path, Request: r.Body, Header: a.header, Response: a.body}
}

// cleanUp deletes what was made, and then the account.
func (p *probe) cleanUp(ctx context.Context) {
	if p.signUp.Body == nil {
		return
	}
	p.deleteCreated(ctx)
	answer, err := p.doAuthenticated(ctx, p.how.DeleteAccount, spec.Request{})
	if err != nil || answer.status >= 300 && answer.status != 401 { // 401: it is gone already
		p.report.add(p.how.DeleteAccount, "at the end", "the account of this run is left behind: "+describe(answer, err))
	}
}

// deleteCreated deletes the documents that were made.
func (p *probe) deleteCreated(ctx context.Context) {
	for _, d := range p.made {
		if answer, err := p.doAuthenticated(ctx, d.op, d.request); err != nil || answer.status >= 300 && answer.status != 404 {
			p.report.add(d.op, "at the end", "a document of this run is left behind: "+describe(answer, err))
		}
	}
	p.made = nil
}

// remember notes what an answered request has made, so that it is deleted. Accounts are deleted at once.
func (p *probe) remember(ctx context.Context, op *spec.Operation, request spec.Request, a response) {
	if a.status >= 300 || op.Safe() {
		return
	}
	if op == p.how.SignUp {
		ctx, cancel := lasting(ctx)
		defer cancel()
		token, err := p.tokenOf(ctx, request)
		if err == nil {
			a, err = p.send(ctx, p.how.DeleteAccount, spec.Request{}, token)
		}
		if err != nil || a.status >= 300 {
			p.report.add(p.how.DeleteAccount, "after a sign-up", "an account of this run is left behind: "+describe(a, err))
		}
		return
	}
	for _, link := range op.Links(a.status) {
		target := p.contract.ByID(link.Operation)
		if r := (spec.Request{}); target.Method == "DELETE" && p.linked(exchange(request, a), op, target, &r) {
			p.made = append(p.made, deletion{target, r})
		}
	}
}

// linked adds to a request what the exchange's link from one operation to another gives; false when there is none.
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

// formats take the place of what examples say: addresses and passwords that may be somebody's.
func (p *probe) formats() map[string]string {
	p.accounts++
	address := fmt.Sprintf("contract-%s-%d@example.com", p.run, p.accounts)
	return map[string]string{
		"email":        address,
		"username":     address,
		"new-password": "probe " + p.run,
		"password":     "not the password", // what is presented is wrong, or a change of it would be one
	}
}

func describe(a response, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d", a.status)
}
