package auth

import (
	"context"
	"errors"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// gate lets a few expensive calls run at once and a few more wait a little; it turns the rest away at once.
type gate struct {
	running  chan struct{} // its capacity is how many run
	waiting  chan struct{} // its capacity is how many wait
	patience time.Duration
}

// newGate sizes the queue so that nobody waits who would be turned away at the end: a call takes about 0.3 s.
func newGate(parallel int) *gate {
	return &gate{
		running:  make(chan struct{}, parallel),
		waiting:  make(chan struct{}, 8*parallel),
		patience: 2 * time.Second,
	}
}

// do runs work, or returns a fault of kind Unavailable without having run it.
func (g *gate) do(ctx context.Context, work func()) error {
	if err := g.enter(ctx); err != nil {
		return &fault.Error{
			Kind:       fault.Unavailable,
			Code:       "PASSWORD_CHECKS_BUSY",
			Detail:     "Too many sign-ins and sign-ups at the moment. Try again in a few seconds.",
			RetryAfter: g.patience,
			Err:        err,
		}
	}
	defer func() { <-g.running }()
	work()
	return nil
}

func (g *gate) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case g.running <- struct{}{}:
		return nil
	default:
	}
	select {
	case g.waiting <- struct{}{}:
		defer func() { <-g.waiting }()
	default:
		return errors.New("the queue for password checks is full")
	}
	timeout := time.NewTimer(g.patience)
	defer timeout.Stop()
	select {
	case g.running <- struct{}{}:
		return nil
	case <-timeout.C:
		return errors.New("no password check ended in time")
	case <-ctx.Done():
		return ctx.Err()
	}
}
