package server

import (
	"context"
	"errors"

	"github.com/newsdesk-api/newsdesk/internal/engine/fair"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// WaitingPerSlot determines how many requests of one caller may wait: WaitingPerSlot times the number that may be in progress. Further
// requests are rejected immediately.
const WaitingPerSlot = 8

// concurrency enforces x-limits.concurrent of one operation in this process.
type concurrency struct {
	address []*slots // checked first
	caller  []*slots // checked after authentication
}

// slots enforces one limit.
type slots struct {
	spec.Concurrency
	fair.Queue
}

func newConcurrency(limits []spec.Concurrency) *concurrency {
	c := new(concurrency)
	for _, limit := range limits {
		n := int64(limit.Count)
		s := &slots{limit, fair.Queue{Total: fair.Unlimited, Share: n, Waiting: WaitingPerSlot * limit.Count}}
		if limit.Subject == spec.PerAddress {
			c.address = append(c.address, s)
		} else {
			c.caller = append(c.caller, s)
		}
	}
	return c
}

// visit holds the slots of a request until its response is sent. The zero value holds none.
type visit struct{ releases []func() }

// enterClient acquires the slots that are counted per address. Its errors are those of fair.Queue.
func (v *visit) enterClient(ctx context.Context, c *concurrency, client identity.Client) error {
	if len(c.address) == 0 {
		return nil
	}
	return v.enter(ctx, c.address, func(spec.Subject) string { return client.Network() })
}

// enterCaller acquires the slots that are counted per account or token. Its errors are those of fair.Queue.
func (v *visit) enterCaller(ctx context.Context, c *concurrency, p identity.Principal) error {
	return v.enter(ctx, c.caller, func(subject spec.Subject) string { return subjectKey(subject, p) })
}

func (v *visit) enter(ctx context.Context, all []*slots, key func(spec.Subject) string) error {
	for _, s := range all {
		release, err := s.Acquire(ctx, key(s.Subject), 1)
		if f, ok := errors.AsType[*fault.Error](err); ok {
			f.Detail = "Too many requests to one operation: at most " + s.String() + ". Wait for their responses before you send more."
			return f
		} else if err != nil {
			return err
		}
		v.releases = append(v.releases, release)
	}
	return nil
}

// leave releases the slots.
func (v *visit) leave() {
	for _, release := range v.releases {
		release()
	}
}

// documented turns a RateLimited error of the store into Unavailable if the contract does not document 429 for the operation.
func documented(err error, has429 bool) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || has429 || f.Kind != fault.RateLimited {
		return err
	}
	busy := *f
	busy.Kind = fault.Unavailable
	return &busy
}
