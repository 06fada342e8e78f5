package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

func TestCreateSetsIDAndOwner(t *testing.T) {
	t.Parallel()
	notes, _ := collections(t)
	for name, in := range map[string]any{
		"a part":               map[string]any{"text": "t"},
		"a whole document":     note{ID: "chosen", Text: "t", Owner: "bob"},
		"another's name":       map[string]any{"text": "t", "owner": "bob", "id": "chosen"},
		"nothing as the owner": map[string]any{"text": "t", "owner": nil},
	} {
		text, version, err := notes.Create(as("ann"), in)
		got := written(t, text)
		if err != nil || got.Owner != "ann" || got.ID == "" || got.ID == "chosen" || got.Text != "t" || version != 1 {
			t.Errorf("%s: %+v, version %d, %v", name, got, version, err)
		}
		stored, _, err := notes.Read(as("ann"), got.ID, nil)
		if err != nil || read(t, stored) != read(t, text) {
			t.Errorf("%s: stored is %s, %v; want %s", name, read(t, stored), err, read(t, text))
		}
	}
}

func TestCreateWithID(t *testing.T) {
	t.Parallel()
	notes, _ := collections(t)
	if got, _, err := notes.CreateWithID(as("ann"), `a"1`, note{ID: "other", Text: "t"}); err != nil || written(t, got).ID != `a"1` {
		t.Fatalf("%+v, %v", got, err)
	}
	_, _, err := notes.CreateWithID(as("bob"), `a"1`, note{Text: "mine"})
	if fault.KindOf(err) != fault.Conflict {
		t.Errorf("a taken id: %v", err)
	}
	if got, _, err := notes.Get(as("ann"), `a"1`); err != nil || got.Text != "t" || got.Owner != "ann" {
		t.Errorf("the first is now %+v, %v", got, err)
	}
}

// TestOwners tries every change as every caller: those who are not the owner get Forbidden, or NotFound if they may not read.
func TestOwners(t *testing.T) {
	t.Parallel()
	public, private := collections(t)
	for _, tt := range []struct {
		name  string
		notes store.Collection[note]
		other fault.Kind // what others get
	}{{"public", public, fault.Forbidden}, {"private", private, fault.NotFound}} {
		first := create(t, tt.notes, "ann", note{Text: "first"})
		for change, do := range changes(tt.notes) {
			for _, version := range []store.Version{store.Any, 1, 7} { // versions are not revealed to others
				if err := do(as("bob"), first.ID, version); fault.KindOf(err) != tt.other {
					t.Errorf("%s: %s by another: %v", tt.name, change, err)
				}
			}
			if err := do(as("bob"), "nothing", store.Any); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%s: %s of nothing: %v", tt.name, change, err)
			}
		}
		if got, version, err := tt.notes.Get(as("ann"), first.ID); err != nil || got != first || version != 1 {
			t.Errorf("%s: it is now %+v, version %d, %v", tt.name, got, version, err)
		}
		version := store.Version(1)
		for _, change := range []string{"Update", "Replace", "Delete"} {
			do := changes(tt.notes)[change]
			if err := do(as("ann"), first.ID, version+1); fault.KindOf(err) != fault.PreconditionFailed {
				t.Errorf("%s: %s of another version: %v", tt.name, change, err)
			}
			if err := do(as("ann"), first.ID, version); err != nil {
				t.Errorf("%s: %s by the owner: %v", tt.name, change, err)
			}
			version++
		}
		if _, _, err := tt.notes.Get(as("ann"), first.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: after Delete: %v", tt.name, err)
		}
	}
}

func TestPrivateIsReadByItsOwner(t *testing.T) {
	t.Parallel()
	public, private := collections(t)
	for _, tt := range []struct {
		name  string
		notes store.Collection[note]
		sees  []string // what bob sees of ann's a and b and his own c
	}{{"public", public, []string{"a", "b", "c"}}, {"private", private, []string{"c"}}} {
		ids := map[string]string{}
		for text, owner := range map[string]string{"a": "ann", "b": "ann", "c": "bob"} {
			made := create(t, tt.notes, owner, note{Text: text})
			ids[text] = made.ID
		}
		for _, filter := range []string{`{"order":"text"}`, `{"order":"text","where":{"or":[{"owner":"ann"},{"text":{"exists":true}}]}}`} {
			if got := texts(t, tt.notes, as("bob"), filter); !slices.Equal(got, tt.sees) {
				t.Errorf("%s: %s finds %q, want %q", tt.name, filter, got, tt.sees)
			}
		}
		for where, want := range map[string]int64{``: int64(len(tt.sees)), `{"owner":"ann"}`: int64(len(tt.sees) - 1),
			`{"nor":[]}`: int64(len(tt.sees))} {
			if got, err := tt.notes.Count(as("bob"), json.RawMessage(where)); err != nil || got != want {
				t.Errorf("%s: %s counts %d, %v; want %d", tt.name, where, got, err, want)
			}
		}
		for text, id := range ids {
			_, _, read := tt.notes.Read(as("bob"), id, nil)
			_, _, get := tt.notes.Get(as("bob"), id)
			_, _, first := tt.notes.First(as("bob"), equal(tt.notes, "text", text))
			want := map[bool]fault.Kind{true: 0, false: fault.NotFound}[slices.Contains(tt.sees, text)]
			for name, err := range map[string]error{"Read": read, "Get": get, "First": first} {
				if fault.KindOf(err) != want || (err == nil) != (want == 0) {
					t.Errorf("%s: %s of %s: %v", tt.name, name, text, err)
				}
			}
		}
	}
}

func TestUpdateAllChangesTheCallersOnly(t *testing.T) {
	t.Parallel()
	notes, _ := collections(t)
	for _, owner := range []string{"ann", "ann", "bob"} {
		_, _, err := notes.Create(as(owner), note{Text: "old"})
		must(t, err)
	}
	yes, no := true, false
	for _, tt := range []struct {
		caller, where string
		all           *bool
		want          int64
		refused       bool
	}{
		{"ann", `{"text":"none"}`, nil, 0, false}, {"ann", `{}`, nil, 2, false}, {"ann", `{"owner":"bob"}`, &yes, 0, false},
		{"bob", `{"or":[{"owner":"ann"},{"owner":"bob"}]}`, nil, 1, false}, {"eve", `{}`, &yes, 0, false},
		{"ann", ``, nil, 0, true}, {"ann", `null`, &yes, 0, true}, {"ann", `{"and":[]}`, &yes, 0, true},
		{"ann", `{"text":{"nin":[]}}`, nil, 0, true},
		{"root", `{}`, nil, 0, true}, {"root", `{}`, &no, 0, true}, {"root", `{"text":"none"}`, nil, 0, false},
	} {
		got, err := notes.UpdateAll(as(tt.caller), json.RawMessage(tt.where), tt.all,
			map[string]any{"text": "new by " + tt.caller, "owner": "eve", "id": "x"})
		if (err != nil) != tt.refused || got != tt.want {
			t.Errorf("%s, %s: %d, %v; want %d", tt.caller, tt.where, got, err, tt.want)
		}
	}
	if got := texts(t, notes, as("ann"), `{"order":"text"}`); !slices.Equal(got, []string{"new by ann", "new by ann", "new by bob"}) {
		t.Errorf("%q", got)
	}
	if got, err := notes.UpdateAll(as("root"), json.RawMessage(`{}`), &yes, map[string]any{"text": "confirmed"}); got != 3 || err != nil {
		t.Errorf("confirmed: %d, %v", got, err)
	}
}

// TestConditionsInGo checks that a missing condition is not every document in Go either.
func TestConditionsInGo(t *testing.T) {
	t.Parallel()
	notes, _ := collections(t)
	for range 3 {
		_, _, err := notes.Create(as("ann"), note{Text: "old"})
		must(t, err)
	}
	date := &filter.Comparison{Property: &filter.Property{Name: "text", Path: []string{"text"}, Type: filter.String}, Op: filter.Eq,
		Value: 5}
	for name, where := range map[string]filter.Where{"nil": nil, "nil inside": filter.All(nil, equal(notes, "text", "old")),
		"a wrong value": date} {
		_, first := func() (note, error) { n, _, err := notes.First(as("ann"), where); return n, err }()
		_, count := notes.CountWhere(as("ann"), where)
		_, update := notes.UpdateWhere(as("ann"), where, map[string]any{"text": "new"})
		_, remove := notes.DeleteWhere(as("ann"), where)
		for method, err := range map[string]error{"First": first, "CountWhere": count, "UpdateWhere": update, "DeleteWhere": remove} {
			if err == nil || fault.KindOf(err) != fault.Internal {
				t.Errorf("%s, %s: %v", method, name, err)
			}
		}
	}
	for name, where := range map[string]filter.Where{"an empty list": filter.And{}, "an empty list for All": filter.All(),
		"nothing excluded": filter.Nor{}} {
		if _, err := notes.UpdateWhere(as("ann"), where, map[string]any{"text": "new"}); err == nil {
			t.Errorf("UpdateWhere, %s: no error", name)
		}
		if _, err := notes.DeleteWhere(as("ann"), where); err == nil {
			t.Errorf("DeleteWhere, %s: no error", name)
		}
	}
	if got := texts(t, notes, as("ann"), ``); !slices.Equal(got, []string{"old", "old", "old"}) {
		t.Errorf("%q", got)
	}
	if err := notes.Each(as("ann"), filter.Query{}, func(note, store.Version) error { return nil }); err == nil {
		t.Error("Each without a limit: no error")
	}
	n := 0
	if err := notes.Each(as("ann"), filter.Query{Limit: filter.NoLimit}, func(note, store.Version) error { n++; return nil }); n != 3 ||
		err != nil {
		t.Errorf("Each: %d, %v", n, err)
	}
	if got, err := notes.UpdateWhere(as("ann"), filter.Everything{}, map[string]any{"text": "new"}); got != 3 || err != nil {
		t.Errorf("UpdateWhere of everything: %d, %v", got, err)
	}
	if got, err := notes.DeleteWhere(as("ann"), filter.Everything{}); got != 3 || err != nil {
		t.Errorf("DeleteWhere of everything: %d, %v", got, err)
	}
}

// TestPropertyOfPanics checks that an unknown property stops the program at its start.
func TestPropertyOfPanics(t *testing.T) {
	t.Parallel()
	notes, _ := collections(t)
	for want, do := range map[string]func(){
		`unknown property "txet"; known properties: id (string)`: func() { store.PropertyOf[string](notes, "txet") },
		`property "text" is string; a time.Time`:                 func() { store.PropertyOf[time.Time](notes, "text") },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("%s; want %s", got, want)
				}
			}()
			do()
		}()
	}
}

// TestNoCaller checks that a handler without security reads nothing and changes nothing.
func TestNoCaller(t *testing.T) {
	t.Parallel()
	public, private := collections(t)
	made := create(t, public, "ann", note{Text: "t"})
	for _, ctx := range []context.Context{context.Background(), identity.NewContext(context.Background(), identity.Principal{})} {
		calls := writes(public, ctx, made.ID)
		for name, err := range reads(private, ctx, made.ID) {
			calls["private "+name] = err
		}
		for name, err := range writes(private, ctx, made.ID) {
			calls["private "+name] = err
		}
		for name, err := range calls {
			if err == nil || fault.KindOf(err) != fault.Internal || !strings.Contains(err.Error(), "caller") {
				t.Errorf("%s without a caller: %v", name, err)
			}
		}
		for name, err := range reads(public, ctx, made.ID) {
			if err != nil {
				t.Errorf("%s of what everybody may read: %v", name, err)
			}
		}
	}
	if got, version, err := public.Get(as("ann"), made.ID); err != nil || got != made || version != 1 {
		t.Errorf("it is now %+v, version %d, %v", got, version, err)
	}
}

// changes are the methods that change one document.
func changes(c store.Collection[note]) map[string]func(context.Context, string, store.Version) error {
	return map[string]func(context.Context, string, store.Version) error{
		"Update": func(ctx context.Context, id string, v store.Version) error {
			_, _, err := c.Update(ctx, id, map[string]any{"text": "updated"}, v)
			return err
		},
		"Replace": func(ctx context.Context, id string, v store.Version) error {
			_, _, err := c.Replace(ctx, id, map[string]any{"text": "replaced"}, v)
			return err
		},
		"Delete": func(ctx context.Context, id string, v store.Version) error { return c.Delete(ctx, id, v) },
	}
}

func writes(c store.Collection[note], ctx context.Context, id string) map[string]error {
	errs := map[string]error{}
	_, _, errs["Create"] = c.Create(ctx, note{Text: "t"})
	_, _, errs["CreateWithID"] = c.CreateWithID(ctx, "x", note{Text: "t"})
	_, errs["UpdateAll"] = c.UpdateAll(ctx, json.RawMessage(`{}`), nil, map[string]any{"text": "t"})
	for name, do := range changes(c) {
		errs[name] = do(ctx, id, store.Any)
	}
	return errs
}

func reads(c store.Collection[note], ctx context.Context, id string) map[string]error {
	errs := map[string]error{}
	_, _, errs["Get"] = c.Get(ctx, id)
	_, _, errs["Read"] = c.Read(ctx, id, nil)
	_, errs["Find"] = c.Find(ctx, nil)
	_, errs["Count"] = c.Count(ctx, nil)
	_, _, errs["First"] = c.First(ctx, filter.Everything{})
	return errs
}
