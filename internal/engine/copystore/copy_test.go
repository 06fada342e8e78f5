package copystore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

func TestCopy(t *testing.T) {
	t.Parallel()
	source := []store.Document{doc("a", 1, "x"), doc("b", 7, "y"), doc("c", 2, "é")}
	foreign, other, older := doc("bb", 1, "z"), doc("b", 7, "w"), doc("b", 6, "y")
	for _, tt := range []struct {
		name   string
		target []store.Document
		merge  bool
		copied int64
		code   string           // of the error
		want   []store.Document // that the target has afterwards; nil: what the source has
	}{
		{"an empty target", nil, false, 3, "", nil},
		{"the beginning of a copy", source[:1], false, 2, "", nil},
		{"a copy with gaps", source[1:2], false, 2, "", nil},
		{"a copy that is complete", source, false, 0, "", nil},
		{"a document of its own", []store.Document{source[0], foreign}, false, 0, "COPY_REFUSED", []store.Document{source[0], foreign}},
		{"a document that differs", []store.Document{other}, false, 0, "COPY_REFUSED", []store.Document{other}},
		{"a version that differs", []store.Document{older}, false, 0, "COPY_REFUSED", []store.Document{older}},
		{"a document behind the last", []store.Document{doc("d", 1, "z")}, false, 0, "COPY_REFUSED", []store.Document{doc("d", 1, "z")}},
		{"merging", []store.Document{foreign}, true, 3, "", []store.Document{source[0], source[1], foreign, source[2]}},
		{"merging with one that is the same", []store.Document{foreign, source[2]}, true, 2, "",
			[]store.Document{source[0], source[1], foreign, source[2]}},
		{"merging with one that differs", []store.Document{other}, true, 2, "COPY_DIFFERS", []store.Document{source[0], other, source[2]}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			notes, more := model("notes"), model("more")
			models := []*store.Model{notes, more}
			from, to := open(t, models), open(t, models)
			insertAll(t, from, notes, source)
			insertAll(t, from, more, source[:2])
			insertAll(t, to, notes, tt.target)
			collections, err := Copy(t.Context(), readOnly{from: from}, to, models, Options{Merge: tt.merge})
			if code(err) != tt.code {
				t.Fatalf("%v, want %q", err, tt.code)
			}
			want := tt.want
			if want == nil {
				want = source
			}
			if got := all(t, to, notes); !slices.EqualFunc(got, want, equal) {
				t.Errorf("the target has %v, want %v", got, want)
			}
			if err != nil {
				if !strings.Contains(err.Error(), "notes") {
					t.Errorf("%v does not name the collection", err)
				}
				return
			}
			c := collections[0]
			if c.Name != "notes" || c.Documents != 3 || c.Copied != tt.copied || c.Source != c.Target ||
				c.Source == collections[1].Source || c.Source == (Checksum{}) {
				t.Errorf("%+v", c)
			}
			if got := all(t, to, more); !slices.EqualFunc(got, source[:2], equal) {
				t.Errorf("the second collection has %v", got)
			}
		})
	}
}

// TestCopyUnique sees that a value which the target has already ends a merge, and that the error says of which document.
func TestCopyUnique(t *testing.T) {
	t.Parallel()
	notes := model("notes")
	models := []*store.Model{notes}
	from, to := open(t, models), open(t, models)
	insertAll(t, from, notes, []store.Document{doc("a", 1, "x"), doc("b", 1, "y")})
	insertAll(t, to, notes, []store.Document{doc("c", 1, "y")})
	_, err := Copy(t.Context(), from, to, models, Options{Merge: true})
	if code(err) != "COPY_REFUSED" || !strings.Contains(err.Error(), `notes: cannot copy the document with id "b"`) ||
		strings.Contains(err.Error(), `"y"`) {
		t.Error(err)
	}
	if d, err := to.Get(t.Context(), notes, "c"); err != nil || !equal(d, doc("c", 1, "y")) {
		t.Errorf("the target's document is %v, %v", d, err)
	}
}

// TestCopyUnfit sees that a document which the target cannot hold is named.
func TestCopyUnfit(t *testing.T) {
	t.Parallel()
	notes := model("notes")
	models := []*store.Model{notes}
	from, to := open(t, models), open(t, models)
	insertAll(t, from, notes, []store.Document{doc("a", 1, "x"), doc("b", 1, "y")})
	unfit := func(d *store.Document) bool {
		if d.ID == "b" {
			d.JSON = []byte(`{"id":"b","text":"\u0000"}`)
		}
		return true
	}
	_, err := Copy(t.Context(), from, damaging{to, unfit}, models, Options{})
	if fault.KindOf(err) != fault.Invalid || !strings.HasPrefix(err.Error(), `notes: cannot copy the document with id "b"`) ||
		!strings.Contains(err.Error(), "NUL") {
		t.Error(err)
	}
}

// TestCopyInterrupted ends a copy in its middle, and sees that the next one completes it.
func TestCopyInterrupted(t *testing.T) {
	t.Parallel()
	notes := model("notes")
	models := []*store.Model{notes}
	from, to := open(t, models), open(t, models)
	const documents = 3*pageDocuments + 7
	var source []store.Document
	for i := range documents {
		source = append(source, doc(fmt.Sprintf("%05d", i), int64(i%5+1), fmt.Sprint("text ", i)))
	}
	insertAll(t, from, notes, source)
	var before int64
	for _, stop := range []int64{1, pageDocuments, pageDocuments + 1, 1200} {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := Copy(ctx, readOnly{from: from}, to, models, Options{Progress: func(_ string, done, total int64) {
			if total != documents {
				t.Errorf("a total of %d", total)
			}
			if done == stop {
				cancel()
			}
		}})
		cancel()
		if err == nil {
			t.Fatal("a copy that was interrupted returned nil")
		}
		n, err := to.Count(t.Context(), notes, nil)
		if err != nil || n < before || n > stop {
			t.Errorf("%d documents, %v, want %d to %d", n, err, before, stop)
		}
		before = n
	}
	last := map[string]int64{}
	collections, err := Copy(t.Context(), readOnly{from: from}, to, models,
		Options{Progress: func(doing string, done, _ int64) { last[doing] = done }})
	if err != nil || collections[0].Copied != documents-before || !maps.Equal(last,
		map[string]int64{"copy notes": documents, "compare notes": documents}) {
		t.Errorf("%+v, %v; progress ended at %v", collections, err, last)
	}
	if got := all(t, to, notes); !slices.EqualFunc(got, source, equal) {
		t.Error("the target differs")
	}
}

// TestCopyVerifies sees that what a store damages, or loses, is found.
func TestCopyVerifies(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*store.Document) bool{
		"a byte": func(d *store.Document) bool {
			d.JSON = []byte(strings.Replace(string(d.JSON), "y", "Y", 1))
			return true
		},
		"a version":  func(d *store.Document) bool { d.Version++; return true },
		"a document": func(d *store.Document) bool { return d.ID != "b" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notes := model("notes")
			models := []*store.Model{notes}
			from, to := open(t, models), open(t, models)
			insertAll(t, from, notes, []store.Document{doc("a", 1, "x"), doc("b", 7, "y")})
			collections, err := Copy(t.Context(), from, damaging{to, change}, models, Options{})
			if code(err) != "COPY_DIFFERS" || len(collections) != 1 || collections[0].Source == collections[0].Target {
				t.Errorf("%+v, %v", collections, err)
			}
		})
	}
}

// TestCopyLarge sees that a page of large documents ends early, and loses none.
func TestCopyLarge(t *testing.T) {
	t.Parallel()
	notes := model("notes")
	models := []*store.Model{notes}
	from, to := open(t, models), open(t, models)
	var source []store.Document
	for i := range 5 {
		source = append(source, doc(fmt.Sprint(i), 1, strings.Repeat(fmt.Sprint(i), pageBytes/2)))
	}
	insertAll(t, from, notes, source)
	c := newCursor(from, notes)
	if _, err := c.head(t.Context()); err != nil || len(c.page) != 2 {
		t.Errorf("a page of %d documents, %v", len(c.page), err)
	}
	if _, err := Copy(t.Context(), from, to, models, Options{}); err != nil {
		t.Error(err)
	}
}

// TestCopyUnavailable sees that the failure of either side is returned as it is.
func TestCopyUnavailable(t *testing.T) {
	t.Parallel()
	notes := model("notes")
	models := []*store.Model{notes}
	from, gone := open(t, models), open(t, models)
	insertAll(t, from, notes, []store.Document{doc("a", 1, "x")})
	if err := gone.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, sides := range map[string][2]store.Backend{"source": {gone, from}, "target": {from, gone}} {
		for _, merge := range []bool{false, true} {
			if _, err := Copy(t.Context(), sides[0], sides[1], models, Options{Merge: merge}); fault.KindOf(err) != fault.Unavailable {
				t.Errorf("without its %s: %v", name, err)
			}
		}
	}
}
