package auth

import (
	"context"
	"errors"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fair"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

const (
	maxWaiting      = 32   // of one network, for each hash that may run at once; at 0.3 to 0.6 s a hash that is 10 to 20 s of waiting
	maxWaitingTotal = 4096 // of all networks: those beyond it would not have their turn in time
	hashReserve     = time.Second
	busyRetryAfter  = 5 * time.Second
)

// gate limits the number of expensive calls at once. Others wait for their turn until shortly before the deadline of their context.
// Turns rotate among the clients' networks (Client.Network), so that many requests from one network delay only each other.
type gate struct {
	parallel int
	queue    fair.Queue
}

func newGate(parallel int) *gate {
	n := int64(parallel)
	return &gate{parallel, fair.Queue{Total: n, Share: n, Waiting: maxWaiting * parallel, WaitingTotal: maxWaitingTotal,
		Reserve: hashReserve}}
}

// do runs work when it is its turn, or returns a fault without running it: of kind RateLimited if requests of the same network were in
// front, else of kind Unavailable. It stops waiting hashReserve before the context's deadline, to leave time for the work.
func (g *gate) do(ctx context.Context, work func()) error {
	client, _ := identity.ClientFromContext(ctx)
	err := ctx.Err()
	if err != nil {
		return tooBusy(err)
	}
	release, err := g.queue.Acquire(ctx, client.Network(), 1)
	if err != nil {
		return tooBusy(err)
	}
	defer release()
	work()
	return nil
}

// tooBusy returns the fault of a call that did not get its turn.
func tooBusy(cause error) error {
	e := &fault.Error{
		Kind: fault.Unavailable, Code: "PASSWORD_CHECKS_BUSY", RetryAfter: busyRetryAfter, Err: cause,
		Detail: "Too many sign-ins and sign-ups at the moment. Try again in a few seconds.",
	}
	if f, ok := errors.AsType[*fault.Error](cause); ok && f.Kind == fault.RateLimited {
		e.Kind, e.Detail = fault.RateLimited, "Too many sign-ins and sign-ups from this address at the moment. Try again in a few seconds."
	}
	return e
}
