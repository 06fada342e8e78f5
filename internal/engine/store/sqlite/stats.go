package sqlite

import (
	"math/bits"
	"os"
	"sync/atomic"

	"github.com/newsdesk-api/newsdesk/internal/engine/fair"
)

// BatchSizes are the upper bounds of Stats.Batches.
var BatchSizes = [...]int{1, 2, 4, 8, 16, 32, 64, 128, 256, maxBatch}

// Stats describes the state of the store at one moment.
type Stats struct {
	QueuedWrites               int                     // that the writer has not begun
	Batches                    [len(BatchSizes)]uint64 // transactions since the start, by their number of writes
	Writes                     uint64                  // in these transactions
	Readers, ReadersInUse      int                     // connections
	ScansRunning, ScansWaiting int                     // Find and Count calls whose condition a caller chose
	DatabaseBytes, LogBytes    int64                   // of the database file and of the write-ahead log; 0 in memory
}

// batches counts transactions by the number of their writes.
type batches struct {
	bySize [len(BatchSizes)]atomic.Uint64
	writes atomic.Uint64
}

func (b *batches) add(n int) {
	b.bySize[min(bits.Len(uint(n-1)), len(b.bySize)-1)].Add(1) // #nosec G115 -- n is 1 or more
	b.writes.Add(uint64(n))                                    // #nosec G115
}

// Stats returns the state of the store. It is cheap: it does not query the database.
func (db *DB) Stats() Stats {
	s := Stats{QueuedWrites: db.writes.len(), Writes: db.batches.writes.Load(), Readers: cap(db.readers)}
	s.ReadersInUse = s.Readers - len(db.readers)
	for i := range db.batches.bySize {
		s.Batches[i] = db.batches.bySize[i].Load()
	}
	for _, q := range []*fair.Queue{&db.short, &db.long} {
		running, waiting := q.Stats()
		s.ScansRunning, s.ScansWaiting = s.ScansRunning+int(running), s.ScansWaiting+waiting
	}
	if db.file != nil {
		s.DatabaseBytes, s.LogBytes = size(db.file.Name()), size(db.file.Name()+"-wal")
	}
	return s
}

// size returns the size of a file, or 0 if it is unknown.
func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
