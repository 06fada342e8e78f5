package account

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"sort"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Retention says which audit events are kept.
type Retention struct {
	Age    time.Duration // older ones are deleted
	Events int64         // how many are kept at most, 1 or more
}

// deletePortion is the number of events that one write deletes.
const deletePortion = 500

// limit deletes a tenth of the events if there are more than most: the oldest events of the networks with the most events, so that a
// flood from one network does not delete the events of others. It deletes a tenth so that it seldom needs to read all events. Processes
// that do this at the same time may each delete up to a tenth.
func (a *Audit) limit(ctx context.Context, most int64) error {
	total, err := a.events.CountWhere(ctx, filter.Everything{})
	if err != nil || total <= most {
		return err
	}
	ctx = store.AsScan(ctx) // it reads everything, and others must not wait for it
	counts := networkCounts{seed: maphash.MakeSeed(), events: map[uint64]int64{}}
	err = a.events.Each(ctx, filter.Query{Limit: filter.NoLimit}, func(e storedEvent, _ store.Version) error {
		counts.events[counts.key(e.Event)]++
		return nil
	})
	if err != nil {
		return err
	}
	surplus := total - (most - most/10)
	share := counts.share(surplus)
	var oldest []string
	query := filter.Query{Order: []filter.Order{a.date.Asc()}, Limit: filter.NoLimit}
	err = a.events.Each(ctx, query, func(e storedEvent, _ store.Version) error {
		if int64(len(oldest)) == surplus {
			return errEnough
		}
		if key := counts.key(e.Event); counts.events[key] > share {
			counts.events[key]--
			oldest = append(oldest, e.ID)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	for portion := range slices.Chunk(oldest, deletePortion) {
		if _, err := a.events.DeleteWhere(ctx, a.id.Inq(portion...)); err != nil {
			return err
		}
	}
	return nil
}

// errEnough ends a read.
var errEnough = errors.New("enough")

// networkCounts counts the events of each network. Its keys are hashes, so that a million networks take 40 MB instead of 100.
type networkCounts struct {
	seed   maphash.Seed
	events map[uint64]int64
}

func (c networkCounts) key(e Event) uint64 { return maphash.String(c.seed, e.network()) }

// share returns the maximum number of events per network after surplus events are deleted.
func (c networkCounts) share(surplus int64) int64 {
	largest := int64(0)
	for _, n := range c.events {
		largest = max(largest, n)
	}
	tooMuch := sort.Search(int(largest), func(share int) bool {
		var beyond int64
		for _, n := range c.events {
			beyond += max(0, n-int64(share))
		}
		return beyond < surplus
	})
	return max(0, int64(tooMuch)-1)
}
