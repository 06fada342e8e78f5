package sqlite

import (
	"sync"
	"testing"
)

func TestStats(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, file(t), m)
	before := db.Stats()
	var writes sync.WaitGroup
	for i := range 5 {
		writes.Go(func() { insert(t, db, m, `{"id":"%d"}`, i) })
	}
	writes.Wait()
	reader := <-db.readers
	s := db.Stats()
	db.readers <- reader
	if s.Writes != before.Writes+5 || s.QueuedWrites != 0 || s.ReadersInUse != 1 || s.Readers != cap(db.readers) ||
		s.DatabaseBytes == 0 || s.LogBytes == 0 {
		t.Errorf("%+v", s)
	}
}

func TestBatchSizes(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{1: 0, 2: 1, 3: 2, 4: 2, 5: 3, 256: 8, 257: 9, maxBatch: 9} {
		var b batches
		b.add(n)
		if b.bySize[want].Load() != 1 || BatchSizes[want] < n || want > 0 && BatchSizes[want-1] >= n {
			t.Errorf("%d writes are not counted in bucket %d", n, want)
		}
	}
}
