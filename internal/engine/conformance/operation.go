package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// operation sends all cases of an operation, first those without a token.
func (p *probe) operation(ctx context.Context, op *spec.Operation) {
	valid, err := p.prepare(ctx, op)
	if err != nil {
		p.report.add(op, "a valid request", err.Error())
		return
	}
	if !op.Anonymous() {
		p.expect401(ctx, op, valid, "no token", "")
	}
	if !op.Public {
		p.expect401(ctx, op, valid, "an invalid token", "a.b.c")
		if op.Anonymous() {
			p.expectNo401(ctx, op, valid)
		}
	}
	if !p.admitted(op) {
		return
	}
	cases := op.Cases(valid)
	if op == p.how.DeleteAccount { // the valid case deletes the account
		slices.Reverse(cases)
	}
	for _, c := range cases {
		if ctx.Err() != nil {
			return
		}
		p.check(ctx, op, c)
		if op.Method == http.MethodDelete && op != p.how.DeleteAccount && c.Valid {
			if again, err := p.prepare(ctx, op); err == nil {
				valid.Path = again.Path
			}
		}
	}
}

// prepare returns a valid request that affects only documents of this run: its path leads to a document that was created for it (by the
// contract's links), or to one that does not exist.
func (p *probe) prepare(ctx context.Context, op *spec.Operation) (spec.Request, error) {
	valid, err := op.Sample(p.formats())
	if err != nil {
		return valid, err
	}
	if op == p.how.SignIn {
		if valid.Body, err = p.how.Credentials(p.signUp.Body); err != nil {
			return valid, err
		}
	}
	harmless := len(valid.Path) == 0
	for name := range valid.Path {
		if unused := uuid.NewString(); op.PathAllows(name, unused) {
			valid.Path[name], harmless = unused, true
		}
	}
	if len(valid.Path) > 0 && !p.source(ctx, op, &valid) && !harmless && !op.Safe() {
		return valid, errors.New("its path may belong to somebody else: no parameter allows a UUID, and no operation that creates " +
			"documents has a link to it")
	}
	if op.Requires("where") && !op.Safe() {
		valid.Query.Set("where", fmt.Sprintf(`{"id":%q}`, uuid.NewString()))
	}
	return valid, nil
}

// source takes the path from an operation that creates such documents. It does not use ids from lists, which may belong to others.
func (p *probe) source(ctx context.Context, op *spec.Operation, valid *spec.Request) (found bool) {
	for _, from := range p.contract.Operations() {
		if from.Method != http.MethodPost || from.Public || !p.admitted(from) || !leads(from, op) {
			continue
		}
		request, err := from.Sample(p.formats())
		if err != nil {
			continue
		}
		a, err := p.doAuthenticated(ctx, from, request)
		if err != nil {
			continue
		}
		p.remember(ctx, from, request, a)
		linked := *valid
		if p.linked(exchange(request, a), from, op, &linked) {
			maps.Copy(valid.Path, linked.Path)
			return true
		}
	}
	return false
}

// admitted reports whether the run has the credentials for an operation.
func (p *probe) admitted(op *spec.Operation) bool {
	return op.Anonymous() || p.token != "" && op.Accepts(p.contract.AccountScheme())
}

func leads(from, to *spec.Operation) bool {
	return slices.ContainsFunc(from.Statuses(), func(status string) bool {
		code, _ := strconv.Atoi(status)
		return slices.ContainsFunc(from.Links(code), func(l spec.Link) bool { return l.Operation == to.ID })
	})
}

// expect401 sends a request that must be rejected because it carries no valid token.
func (p *probe) expect401(ctx context.Context, op *spec.Operation, valid spec.Request, name, token string) {
	a, err := p.send(ctx, op, valid, token)
	if err != nil {
		p.noResponse(ctx, op, name, err)
		return
	}
	problem := p.violation(op, a)
	if a.status != http.StatusUnauthorized {
		problem = fmt.Sprintf("status %d, want 401", a.status)
	}
	p.report.add(op, name, problem)
}

// expectNo401 sends a request that must not be rejected because it carries no token.
func (p *probe) expectNo401(ctx context.Context, op *spec.Operation, valid spec.Request) {
	const name = "no token, which is optional"
	a, err := p.send(ctx, op, valid, "")
	if err != nil {
		p.noResponse(ctx, op, name, err)
		return
	}
	problem := p.violation(op, a)
	if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
		problem = fmt.Sprintf("status %d, but the operation's security allows requests without a token", a.status)
	}
	p.report.add(op, name, problem)
	p.remember(ctx, op, valid, a)
}

// check sends a case and checks the response against the contract and the case.
func (p *probe) check(ctx context.Context, op *spec.Operation, c spec.Case) {
	a, err := p.doAuthenticated(ctx, op, c.Request)
	if err != nil {
		p.noResponse(ctx, op, c.Name, err)
		return
	}
	problem := p.violation(op, a)
	rejected := a.status >= 400 && a.status < 500
	switch {
	case problem != "":
	case !op.Public && a.status == http.StatusUnauthorized:
		problem = "status 401, but the token was just issued"
	case !c.Valid && !rejected:
		problem = fmt.Sprintf("status %d, but the contract forbids the request", a.status)
	case c.Valid && slices.Contains([]int{400, 413, 415, 422}, a.status):
		problem = fmt.Sprintf("status %d, but the contract allows the request", a.status)
	}
	p.report.add(op, c.Name, problem)
	p.remember(ctx, op, c.Request, a)
}

// noResponse reports that there was no response, unless the run itself was canceled.
func (p *probe) noResponse(ctx context.Context, op *spec.Operation, name string, err error) {
	if ctx.Err() == nil {
		p.report.add(op, name, err.Error())
	}
}

// violation describes how a response violates the contract; empty if it does not.
func (p *probe) violation(op *spec.Operation, a response) string {
	if err := op.ValidateResponse(a.request, a.status, a.header, a.body); err != nil {
		return "the response violates the contract: " + err.Error()
	}
	return ""
}
