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

// operation sends all cases of an operation: first without a token, while the request names nothing but what is ours.
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
		p.expect401(ctx, op, valid, "a token that is none", "a.b.c")
		if op.Anonymous() {
			p.open(ctx, op, valid)
		}
	}
	cases := op.Cases(valid)
	if op == p.how.DeleteAccount { // the valid one ends it all
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

// prepare returns a valid request that touches nothing but what is this run's: its path is a document that was made for it, by
// the contract's links, or one that there is not.
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
	nobodys := len(valid.Path) == 0
	for name := range valid.Path {
		if unused := uuid.NewString(); op.PathAllows(name, unused) {
			valid.Path[name], nobodys = unused, true
		}
	}
	if len(valid.Path) > 0 && !p.source(ctx, op, &valid) && !nobodys && !op.Safe() {
		return valid, errors.New("its path may be somebody's document: no parameter allows a UUID, and no link leads to it from an operation that creates one")
	}
	if op.Requires("where") && !op.Safe() {
		valid.Query.Set("where", fmt.Sprintf(`{"id":%q}`, uuid.NewString()))
	}
	return valid, nil
}

// source takes the path from the operation that makes such documents. Ids that a list gives are not used: they may be anybody's.
func (p *probe) source(ctx context.Context, op *spec.Operation, valid *spec.Request) (found bool) {
	for _, from := range p.contract.Operations() {
		if from.Method != http.MethodPost || from.Public || !leads(from, op) {
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

func leads(from, to *spec.Operation) bool {
	return slices.ContainsFunc(from.Statuses(), func(status string) bool {
		code, _ := strconv.Atoi(status)
		return slices.ContainsFunc(from.Links(code), func(l spec.Link) bool { return l.Operation == to.ID })
	})
}

// expect401 sends a request that must be refused for want of a token.
func (p *probe) expect401(ctx context.Context, op *spec.Operation, valid spec.Request, name, token string) {
	a, err := p.send(ctx, op, valid, token)
	if err != nil {
		p.unanswered(ctx, op, name, err)
		return
	}
	problem := p.broken(op, a)
	if a.status != http.StatusUnauthorized {
		problem = fmt.Sprintf("is answered with %d; want 401", a.status)
	}
	p.report.add(op, name, problem)
}

// open sends a request without a token that must not be refused for want of one.
func (p *probe) open(ctx context.Context, op *spec.Operation, valid spec.Request) {
	const name = "no token, which is optional"
	a, err := p.send(ctx, op, valid, "")
	if err != nil {
		p.unanswered(ctx, op, name, err)
		return
	}
	problem := p.broken(op, a)
	if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
		problem = fmt.Sprintf("is answered with %d, though security lets it in", a.status)
	}
	p.report.add(op, name, problem)
	p.remember(ctx, op, valid, a)
}

// check sends a case and holds the answer against the contract and the case.
func (p *probe) check(ctx context.Context, op *spec.Operation, c spec.Case) {
	a, err := p.doAuthenticated(ctx, op, c.Request)
	if err != nil {
		p.unanswered(ctx, op, c.Name, err)
		return
	}
	problem := p.broken(op, a)
	refused := a.status >= 400 && a.status < 500
	switch {
	case problem != "":
	case !op.Public && a.status == http.StatusUnauthorized:
		problem = "is answered with 401, with a token that was just made"
	case !c.Valid && !refused:
		problem = fmt.Sprintf("is answered with %d, though the contract forbids it", a.status)
	case c.Valid && slices.Contains([]int{400, 413, 415, 422}, a.status):
		problem = fmt.Sprintf("is answered with %d, though the contract allows it", a.status)
	}
	p.report.add(op, c.Name, problem)
	p.remember(ctx, op, c.Request, a)
}

// unanswered reports that there was no answer, unless it is this run that did not wait for it.
func (p *probe) unanswered(ctx context.Context, op *spec.Operation, name string, err error) {
	if ctx.Err() == nil {
		p.report.add(op, name, err.Error())
	}
}

// broken says how an answer breaks the contract; empty when it does not.
func (p *probe) broken(op *spec.Operation, a response) string {
	if err := op.ValidateResponse(a.request, a.status, a.header, a.body); err != nil {
		return "the answer breaks the contract: " + err.Error()
	}
	return ""
}
