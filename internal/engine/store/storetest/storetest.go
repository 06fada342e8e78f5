// Package storetest is the test suite that defines store.Backend, beyond the comments of the interface. Every backend must pass Run.
//
// Documents are written as encoding/json's Marshal writes them, and must be returned byte for byte. Filters are tested against handwritten
// tables, and against the evaluator of internal/engine/filter with random filters and documents.
// Every failure must be a *fault.Error of the documented kind.
package storetest

import (
	"os"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Run checks a backend against the definition.
//
// open returns a backend without any collections that shares nothing with those it returned before; it is called
// once or more for each test, from several goroutines. Run closes what open returned. Nothing depends on speed, and
// no collection holds more than a thousand documents, so a remote store can be tested as well.
//
// Run tries 2,400 random filters and 60 random sequences of calls; with -short, about an eighth. With STORETEST_SCALE=full in the
// environment it tries 5,000 and 500, which include the usual ones. For a failure it prints a test that reproduces it with as few and
// simple steps as it can find; the test calls Replay and Run's argument open.
func Run(t *testing.T, open func(t *testing.T) store.Backend) {
	t.Helper()
	// These two come first and alone: calls seldom meet when other tests keep the processors busy.
	t.Run("Races", func(t *testing.T) { testRaces(t, open) })
	t.Run("Concurrency", func(t *testing.T) { testConcurrency(t, open) })
	for _, topic := range []struct {
		name string
		test func(t *testing.T, open func(t *testing.T) store.Backend)
	}{
		{"Migrate", testMigrate},
		{"Insert", testInsert},
		{"Unstorable", testUnstorable},
		{"Unique", testUnique},
		{"Unknown", testUnknown},
		{"Update", testUpdate},
		{"UpdateGuard", testUpdateGuard},
		{"Delete", testDelete},
		{"Bulk", testBulk},
		{"BulkBounds", testBulkBounds},
		{"Operators", testOperators},
		{"Order", testOrder},
		{"Page", testPage},
		{"Keyset", testKeyset},
		{"Yield", testYield},
		{"Names", testNames},
		{"Random", testRandom},
		{"Sequences", testSequences},
		{"Context", testContext},
		{"Patterns", testPatterns},
		{"Quota", testQuota},
	} {
		t.Run(topic.name, func(t *testing.T) {
			t.Parallel()
			topic.test(t, open)
		})
	}
}

// scaled is one of two numbers: what is enough for each run of the tests, or what STORETEST_SCALE=full asks for.
func scaled(t *testing.T, usual, full int) int {
	t.Helper()
	switch scale := os.Getenv("STORETEST_SCALE"); scale {
	case "":
		if testing.Short() {
			return usual / 8
		}
		return usual
	case "full":
		return full
	default:
		t.Fatalf("STORETEST_SCALE is %q; it must be full, or not be set", scale)
		return 0
	}
}
