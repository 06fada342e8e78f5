package store_test

import (
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

func TestUpdateKeepsAndReplaceTakesAway(t *testing.T) {
	t.Parallel()
	notes, _ := collections(t)
	made := create(t, notes, "ann", note{Text: "t", More: "m"})
	updated, version, err := notes.Update(as("ann"), made.ID, map[string]any{"text": "u"}, store.Version(1))
	if err != nil || written(t, updated) != (note{made.ID, "u", "m", "ann"}) || version != 2 {
		t.Errorf("Update: %s, version %d, %v", read(t, updated), version, err)
	}
	replaced, version, err := notes.Replace(as("ann"), made.ID, map[string]any{"text": "r"}, store.Version(2))
	if err != nil || written(t, replaced) != (note{made.ID, "r", "", "ann"}) || version != 3 {
		t.Errorf("Replace: %s, version %d, %v", read(t, replaced), version, err)
	}
	whole := note{ID: "other", Text: "w", More: "m", Owner: "bob"} // as a handler that has read, and changed, too much
	replaced, _, err = notes.Replace(as("ann"), made.ID, whole, store.Any)
	if err != nil || written(t, replaced) != (note{made.ID, "w", "m", "ann"}) {
		t.Errorf("Replace with a whole document: %s, %v", read(t, replaced), err)
	}
	updated, _, err = notes.Update(as("ann"), made.ID, whole, store.Any)
	if err != nil || written(t, updated) != (note{made.ID, "w", "m", "ann"}) {
		t.Errorf("Update with a whole document: %s, %v", read(t, updated), err)
	}
}

// TestCreateRejectsNonObjects checks that a value that is not an object is an internal error, without a panic.
func TestCreateRejectsNonObjects(t *testing.T) {
	t.Parallel()
	notes, _ := collections(t)
	made := create(t, notes, "ann", note{Text: "t"})
	for name, in := range map[string]any{
		"nothing": nil, "a nil pointer": (*note)(nil), "a list": []string{"x"}, "a text": "x", "a channel": make(chan int),
		"an unknown property": map[string]any{"text": "t", "admin": true}, "a property in capitals": map[string]any{"TEXT": "t"},
		"SQL in a name": map[string]any{`text" = 'x' --`: "t"},
	} {
		_, _, create := notes.Create(as("ann"), in)
		_, _, update := notes.Update(as("ann"), made.ID, in, store.Any)
		_, _, replace := notes.Replace(as("ann"), made.ID, in, store.Any)
		_, all := notes.UpdateAll(as("ann"), []byte(`{}`), nil, in)
		for method, err := range map[string]error{"Create": create, "Update": update, "Replace": replace, "UpdateAll": all} {
			if err == nil || fault.KindOf(err) != fault.Internal || !strings.Contains(err.Error(), "Note") {
				t.Errorf("%s of %s: %v", method, name, err)
			}
		}
	}
	if got, version, err := notes.Get(as("ann"), made.ID); err != nil || got != made || version != 1 {
		t.Errorf("it is now %+v, version %d, %v", got, version, err)
	}
}

func TestReadFields(t *testing.T) {
	t.Parallel()
	notes, _ := collections(t)
	made := create(t, notes, "ann", note{Text: "t"})
	for fields, want := range map[string]string{
		``: `{"id":"` + made.ID + `","text":"t","owner":"ann"}`, `{"fields":["text"]}`: `{"text":"t"}`,
		`{"fields":{"id":false,"owner":false}}`: `{"text":"t"}`,
	} {
		if got, version, err := notes.Read(as("bob"), made.ID, []byte(fields)); err != nil || read(t, got) != want || version != 1 {
			t.Errorf("%s: %s, version %d, %v; want %s", fields, read(t, got), version, err, want)
		}
	}
	if _, _, err := notes.Read(as("bob"), made.ID, []byte(`{"fields":["password"]}`)); fault.KindOf(err) != fault.BadRequest {
		t.Errorf("an unknown field: %v", err)
	}
}

func TestRefusedFilters(t *testing.T) {
	t.Parallel()
	notes, _ := collections(t)
	for _, text := range []string{`{`, `[]`, `{"password":"x"}`, `{"text":{"$gt":""}}`, `{"text":1}`} {
		_, count := notes.Count(as("ann"), []byte(text))
		_, find := notes.Find(as("ann"), []byte(`{"where":`+text+`}`))
		_, all := notes.UpdateAll(as("ann"), []byte(text), nil, map[string]any{"text": "x"})
		for method, err := range map[string]error{"Count": count, "Find": find, "UpdateAll": all} {
			if fault.KindOf(err) != fault.BadRequest {
				t.Errorf("%s %s: %v", method, text, err)
			}
		}
	}
	if found, err := notes.Find(as("ann"), nil); err != nil || read(t, found) != "[]" {
		t.Errorf("nothing is found as %s, %v; want a list of none", read(t, found), err)
	}
}

func TestForRefusesAnUnknownSchema(t *testing.T) {
	t.Parallel()
	defer func() {
		if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "Nothing") ||
			!strings.Contains(err.Error(), "x-collection") {
			t.Errorf("%v", err)
		}
	}()
	store.CollectionOf[note](store.New(nil, nil), "Nothing")
}

func TestNewIDsSortByTime(t *testing.T) {
	t.Parallel()
	last := ""
	for range 1000 {
		id := store.NewID()
		if id <= last || len(id) != 36 || id[14] != '7' {
			t.Fatalf("%s after %s", id, last)
		}
		last = id
	}
}
