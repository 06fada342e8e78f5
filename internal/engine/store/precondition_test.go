package store_test

import (
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// TestConditionsOfTags checks RFC 9110's comparison functions (section 8.8.3.2) with version 7, whose tag is "7".
func TestConditionsOfTags(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]struct{ strong, weak, malformed bool }{
		`"7"`: {strong: true, weak: true}, `*`: {strong: true, weak: true}, ` "6" , "7" `: {strong: true, weak: true},
		`"6","7","8"`: {strong: true, weak: true},
		`W/"7"`:       {weak: true}, `"6",W/"7"`: {weak: true}, `"6"`: {}, `W/"6"`: {}, `"70"`: {}, `"07"`: {}, `""`: {}, `"*"`: {},
		`"-7"`: {},
		`"7,"`: {}, `"a,7"`: {},
		`7`: {malformed: true}, ``: {malformed: true}, `,,`: {malformed: true}, `"7`: {malformed: true}, `7"`: {malformed: true},
		`w/"7"`: {malformed: true},
		`W/`:    {malformed: true}, `W/7`: {malformed: true}, `""7""`: {malformed: true}, `"7" "8"`: {malformed: true},
		`*,"7"`: {malformed: true}, `"7",*`: {malformed: true},
		`W/W/"7"`: {malformed: true}, `"7\\""`: {malformed: true}, "\"7\n\"": {malformed: true}, `"`: {malformed: true},
		`**`: {malformed: true},
	} {
		_, match := store.If(&field, nil).NotModified(7)
		unmodified, noneMatch := store.If(nil, &field).NotModified(7)
		wantMatch, wantNone := fault.PreconditionFailed, fault.Internal
		if want.strong {
			wantMatch = fault.Internal
		}
		if want.malformed {
			wantMatch, wantNone = fault.BadRequest, fault.BadRequest
		}
		if fault.KindOf(match) != wantMatch || (match == nil) != want.strong || fault.KindOf(noneMatch) != wantNone ||
			unmodified != want.weak {
			t.Errorf("%s: If-Match %v, If-None-Match %v %v; want %+v", field, match, unmodified, noneMatch, want)
		}
	}
	for _, v := range []store.Version{1, 7, math.MaxInt64} {
		tag := v.ETag()
		_, err := store.If(&tag, nil).NotModified(v)
		if unmodified, _ := store.If(nil, &tag).NotModified(v); err != nil || !unmodified {
			t.Errorf("%s does not lead back to %d", tag, v)
		}
	}
	if unmodified, err := (store.Conditions{}).NotModified(7); unmodified || err != nil {
		t.Errorf("no conditions: %v, %v", unmodified, err)
	}
}

// TestConditionsTogether lets many callers change a document if its version is in a list of all versions: all succeed in any order.
func TestConditionsTogether(t *testing.T) {
	t.Parallel()
	notes, _ := collections(t)
	made := create(t, notes, "ann", note{Text: "t"})
	all, none := `"1","2","3","4","5","6","7","8"`, `"99"`
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, _, err := notes.Update(as("ann"), made.ID, map[string]any{"text": "u"}, store.If(&all, &none)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if _, version, err := notes.Get(as("ann"), made.ID); err != nil || version != 9 {
		t.Errorf("version %d, %v; want 9", version, err)
	}
	if _, _, err := notes.Update(as("ann"), made.ID, map[string]any{"text": "u"},
		store.If(&all, &none)); fault.KindOf(err) != fault.PreconditionFailed {
		t.Errorf("at none of these versions any more: %v", err)
	}
}

// TestConditionsOfOthers checks that lists and exclusions do not reveal versions to other callers.
func TestConditionsOfOthers(t *testing.T) {
	t.Parallel()
	public, private := collections(t)
	list, malformed := `"1", "2"`, `1`
	for notes, kind := range map[*store.Collection[note]]fault.Kind{&public: fault.Forbidden, &private: fault.NotFound} {
		made := create(t, *notes, "ann", note{Text: "t"})
		for _, conditions := range []store.Conditions{store.If(&list, nil), store.If(nil, &list), store.If(&list, &list),
			store.If(nil, &malformed)} {
			if err := notes.Delete(as("bob"), made.ID, conditions); fault.KindOf(err) != kind {
				t.Errorf("another's: %v", err)
			}
			if err := notes.Delete(as("ann"), "nothing", conditions); fault.KindOf(err) != fault.NotFound {
				t.Errorf("nothing: %v", err)
			}
		}
		if err := notes.Delete(as("ann"), made.ID, store.If(&malformed, nil)); fault.KindOf(err) != fault.BadRequest ||
			!strings.Contains(err.Error(), "If-Match") {
			t.Errorf("malformed: %v", err)
		}
		if err := notes.Delete(as("ann"), made.ID, store.If(&list, nil)); err != nil {
			t.Errorf("its owner's: %v", err)
		}
	}
}

func FuzzConditions(f *testing.F) {
	f.Add(`"6", W/"7"`)
	f.Add(`*`)
	f.Add(`,W/"\"",`)
	f.Fuzz(func(t *testing.T, field string) {
		_, match := store.If(&field, nil).NotModified(7)
		unmodified, noneMatch := store.If(nil, &field).NotModified(7)
		if (fault.KindOf(match) == fault.BadRequest) != (noneMatch != nil) || match == nil && !unmodified {
			t.Errorf("%q: %v, %v %v", field, match, unmodified, noneMatch)
		}
	})
}
