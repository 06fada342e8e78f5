package store_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// TestLongResponses reads a list and a document that are too long to be kept in memory.
func TestLongResponses(t *testing.T) {
	t.Parallel()
	public, _ := collections(t)
	long := strings.Repeat("x", 300<<10)
	var want []string
	for i := range 3 {
		text := fmt.Sprint(long, i)
		_, _, err := public.CreateWithID(as("ann"), fmt.Sprint(i), note{Text: text, Owner: "ann"})
		must(t, err)
		want = append(want, fmt.Sprintf(`{"id":"%d","text":"%s","owner":"ann"}`, i, text))
	}
	for _, tt := range []struct {
		name, directory string
		inFile          bool
	}{
		{"in a file", t.TempDir(), true},
		{"in memory", "", false},
		{"in memory, where no file can be created", filepath.Join(t.TempDir(), "missing"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			budget := store.NewMemoryBudget(10<<20, tt.directory)
			ctx, release := budget.NewContext(as("ann"))
			list, err := public.Find(ctx, json.RawMessage(`{"order":"id"}`))
			must(t, err)
			document, _, err := public.Read(ctx, "1", nil)
			must(t, err)
			for range 2 { // it can be written again
				if got := read(t, list); got != "["+strings.Join(want, ",")+"]" {
					t.Errorf("the list has %d bytes: %.60s", len(got), got)
				}
				if got := read(t, document); got != want[1] {
					t.Errorf("the document has %d bytes: %.60s", len(got), got)
				}
			}
			release()
			for _, text := range []store.JSON{list, document} {
				if _, err := text.WriteTo(new(strings.Builder)); (err != nil) != tt.inFile {
					t.Errorf("after the request: %v; want an error: %v, since the file is closed", err, tt.inFile)
				}
			}
			if tt.directory == "" {
				return
			}
			if left, _ := os.ReadDir(tt.directory); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
		})
	}
}

// TestLongResponseRefused checks that a rejected list leaves nothing in the budget and in the directory.
func TestLongResponseRefused(t *testing.T) {
	t.Parallel()
	public, _ := collections(t)
	for range 3 {
		_, _, err := public.Create(as("ann"), note{Text: strings.Repeat("x", 300<<10), Owner: "ann"})
		must(t, err)
	}
	directory := t.TempDir()
	budget := store.NewMemoryBudget(1<<20, directory)
	for range 3 {
		ctx, release := budget.NewContext(as("ann"))
		if _, err := public.Find(ctx, nil); fault.KindOf(err) != fault.BadRequest {
			t.Errorf("%v; want BadRequest", err)
		}
		release()
		ctx, release = budget.NewContext(as("ann"))
		_, err := public.Find(ctx, json.RawMessage(`{"limit":1}`))
		must(t, err)
		release()
	}
	if left, _ := os.ReadDir(directory); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
