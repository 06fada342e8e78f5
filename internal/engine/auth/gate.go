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

// gate lets a few expensive calls run at once and others wait for their turn, as long as their context allows. The turn goes
// round the clients' networks (Client.Network): who sends many requests waits behind their own, not others behind them.
type gate struct {
	parallel int
	queue    fair.Queue
}

func newGate(parallel int) *gate {
	n := int64(parallel)
	return &gate{parallel, fair.Queue{Total: n, Share: n, Waiting: maxWaiting * parallel, WaitingTotal: maxWaitingTotal, Reserve: hashReserve}}
}

// do runs work when its turn has come, or returns a fault without having run it: RateLimited when it is the requests of its own network that
// it waited for, else Unavailable. It stops waiting hashReserve before the context's deadline: the work needs time too.
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

// tooBusy is the refusal of a call whose turn did not come.
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
