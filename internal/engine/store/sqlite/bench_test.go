package sqlite

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// article is the JSON of a document of about 830 bytes.
func article(i int) string {
	return fmt.Sprintf(`{"id":"%08d","category":"c%d","date":"2026-01-02T03:04:%02d.%03dZ","rating":%d.5,"tags":["a","b","c"],`+
		`"title":"%s","address":{"city":"Rome"},"body":"%s"}`, i, i%50, i/1000%60, i%1000, i%10, strings.Repeat("t", 60),
		strings.Repeat("b", 600))
}

// filled opens a file with n articles.
func filled(b *testing.B, n int) (*DB, *store.Model) {
	m := news(b)
	db := open(b, file(b), m)
	var wg sync.WaitGroup
	for worker := range 64 {
		wg.Go(func() {
			for i := worker; i < n; i += 64 {
				insert(b, db, m, "%s", article(i))
			}
		})
	}
	wg.Wait()
	return db, m
}

// BenchmarkGet measures reads by id that the cache answers, and those that it does not.
func BenchmarkGet(b *testing.B) {
	db, m := filled(b, 20000)
	for _, cached := range []bool{true, false} {
		b.Run(fmt.Sprintf("cached=%v", cached), func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(p *testing.PB) {
				for i := 0; p.Next(); i++ {
					if !cached {
						db.empty()
					}
					if _, err := db.Get(b.Context(), m, fmt.Sprintf("%08d", i*7919%20000)); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

func BenchmarkFind20(b *testing.B) {
	db, m := filled(b, 20000)
	q := &filter.Query{Where: where(b, m, `{"category":"c7"}`), Limit: 20,
		Order: []filter.Order{{Property: m.Schema.Property("date"), Desc: true}}}
	for _, cached := range []bool{true, false} {
		b.Run(fmt.Sprintf("cached=%v", cached), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !cached {
					db.empty()
				}
				n := 0
				err := db.Find(b.Context(), m, q, func(store.Document) error { n++; return nil })
				if err != nil || n != 20 {
					b.Fatal(n, err)
				}
			}
		})
	}
}

// empty empties the cache.
func (db *DB) empty() {
	db.cache.begin(changes{all: true})
	db.cache.end()
}

func BenchmarkCountAll(b *testing.B) {
	db, m := filled(b, 100000)
	b.ReportAllocs()
	for b.Loop() {
		if n, err := db.Count(b.Context(), m, nil); err != nil || n != 100000 {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkInsert(b *testing.B) {
	for _, writers := range []int{1, 32} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			m := news(b)
			db := open(b, file(b), m)
			b.ReportAllocs()
			b.ResetTimer()
			var next atomic.Int64
			var wg sync.WaitGroup
			for range writers {
				wg.Go(func() {
					for i := int(next.Add(1)); i <= b.N; i = int(next.Add(1)) {
						insert(b, db, m, "%s", article(i))
					}
				})
			}
			wg.Wait()
		})
	}
}
