package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkKeep measures how eight writers fare beside a backup, and beside Compact after 80 % of a database of about 75 MB were deleted.
func BenchmarkKeep(b *testing.B) {
	for _, task := range []struct {
		name string
		do   func(b *testing.B, db *DB) error
	}{
		{"Nothing", func(*testing.B, *DB) error { time.Sleep(2 * time.Second); return nil }},
		{"Backup", func(b *testing.B, db *DB) error {
			return db.Backup(b.Context(), filepath.Join(b.TempDir(), "backup.sqlite"), nil)
		}},
		{"Compact", func(b *testing.B, db *DB) error { _, _, err := db.Compact(b.Context(), false, nil); return err }},
	} {
		b.Run(task.name, func(b *testing.B) {
			db, m := filled(b, 75_000)
			if task.name == "Compact" {
				for category := range 40 { // of 50
					condition := where(b, m, fmt.Sprintf(`{"category":"c%d"}`, category))
					if _, err := db.DeleteAll(context.Background(), m, condition); err != nil {
						b.Fatal(err)
					}
				}
			}
			var written, longest atomic.Int64
			var group sync.WaitGroup
			ended := make(chan struct{})
			b.ResetTimer()
			begun := time.Now()
			for w := range 8 {
				group.Go(func() {
					for i := 0; ; i++ {
						select {
						case <-ended:
							return
						default:
						}
						at := time.Now()
						insert(b, db, m, "%s", article(1_000_000*(w+1)+i))
						longest.Store(max(longest.Load(), int64(time.Since(at))))
						written.Add(1)
					}
				})
			}
			if err := task.do(b, db); err != nil {
				b.Error(err)
			}
			took := time.Since(begun)
			close(ended)
			group.Wait()
			b.ReportMetric(float64(written.Load())/took.Seconds(), "writes/s")
			b.ReportMetric(float64(longest.Load())/1e6, "longest-ms")
		})
	}
}
