package sqlite

import (
	"slices"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// TestMigratePlan checks that a plan names each step and changes nothing, and that no steps are left after Migrate.
func TestMigratePlan(t *testing.T) {
	t.Parallel()
	before := func() *store.Model {
		m := model(t, "notes", "id string", "due string", "rank integer", "text string")
		m.Indexes = []store.Index{index(m, "text"), unique(m, "rank")}
		return m
	}
	for _, tt := range []struct {
		name  string
		after *store.Model
		want  []string
	}{
		{"nothing changes", before(), nil},
		{"a collection comes", indexed(model(t, "others", "id string", "text string"), false, "text"),
			[]string{"others: create the table", `others: create the index "others_text"`}},
		{"columns come, go and change", model(t, "notes", "id string", "share number", "due date-time", "text string"),
			[]string{`notes: add the column "share" (number)`, `notes: change the column "due" from string to date-time`}},
		{"indexes come, go and change", indexed(indexed(model(t, "notes", "id string", "due string", "rank integer", "text string"), false,
			"due"), true, "text"),
			[]string{`notes: drop the index "notes_text"`, `notes: create the index "notes_due"`,
				`notes: create the index "notes_text"`}},
		{"a default fills", required(indexed(indexed(model(t, "notes", "id string", "due string", "rank integer", "text string"), false,
			"text"), true, "rank"), "due", `"now"`),
			[]string{`notes: give "due" its default in documents that lack it: 1`}},
		{"a property that all documents have becomes required", required(before(), "text", ""),
			[]string{"notes: record which properties the contract has and requires"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := before()
			db := open(t, file(t), m)
			insert(t, db, m, `{"id":"a","text":"x"}`)
			state := "SELECT type, name, sql FROM sqlite_schema UNION ALL SELECT collection, declared, '' FROM _contract UNION ALL " +
				"SELECT id, _version, _doc FROM notes"
			was := rows(t, db, state)
			models := []*store.Model{tt.after}
			for range 2 {
				if steps, err := db.Plan(t.Context(), models); err != nil || !slices.Equal(steps, tt.want) {
					t.Errorf("%q, %v, want %q", steps, err, tt.want)
				}
			}
			if now := rows(t, db, state); !slices.Equal(was, now) {
				t.Errorf("a plan has changed %q to %q", was, now)
			}
			if _, err := db.Get(t.Context(), m, "a"); err != nil {
				t.Errorf("after a plan: %v", err)
			}
			if tt.want == nil {
				return
			}
			if _, err := db.Get(t.Context(), tt.after, "a"); fault.KindOf(err) != fault.Internal {
				t.Errorf("a model that was planned, but not migrated: %v", err)
			}
			migrated(t, db, tt.after)
			if steps, err := db.Plan(t.Context(), models); err != nil || len(steps) > 0 {
				t.Errorf("after Migrate: %q, %v", steps, err)
			}
		})
	}
}

// TestMigratePlanRefuses checks that a plan rejects what Migrate rejects.
func TestMigratePlanRefuses(t *testing.T) {
	t.Parallel()
	m := model(t, "notes", "id string", "text string")
	db := open(t, Memory, m)
	insert(t, db, m, `{"id":"a","text":"x"}`)
	models := []*store.Model{model(t, "notes", "id string", "text number")}
	steps, err := db.Plan(t.Context(), models)
	if want := db.Migrate(t.Context(), models); steps != nil || fault.KindOf(err) != fault.Conflict || err.Error() != want.Error() {
		t.Errorf("%q, %v, want %v", steps, err, want)
	}
}
