package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// TestMigrate changes the contract of stored documents, and checks the resulting tables.
func TestMigrate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		before  []string // properties
		docs    []string
		after   *store.Model
		columns string   // of the table afterwards
		docsNow []string // empty: unchanged
	}{
		{
			"nothing changes", []string{"id string", "text string", "tags string[]"}, []string{`{"id":"a","text":"x","tags":["y"]}`},
			model(t, "notes", "id string", "text string", "tags string[]"), "id TEXT, _version INTEGER, text TEXT, _doc TEXT", nil,
		},
		{
			"a column comes, between others", []string{"id string", "text string"}, []string{`{"id":"a","text":"x"}`},
			model(t, "notes", "id string", "rank integer", "share number", "text string"),
			"id TEXT, _version INTEGER, rank INTEGER, share ANY, text TEXT, _doc TEXT", nil,
		},
		{
			"a column goes, but the newer program may come back", []string{"id string", "rank integer", "text string"},
			[]string{`{"id":"a","text":"x"}`}, model(t, "notes", "id string", "text string"),
			"id TEXT, _version INTEGER, rank INTEGER, text TEXT, _doc TEXT", nil,
		},
		{
			"a type changes and every value fits", []string{"id string", "rank integer", "due string"},
			[]string{`{"id":"a","rank":3,"due":"2026-01-02T03:04:05.678Z"}`, `{"id":"b","rank":null}`},
			model(t, "notes", "id string", "rank number", "due date-time"), "id TEXT, _version INTEGER, rank ANY, due TEXT, _doc TEXT", nil,
		},
		{
			"a number becomes an integer", []string{"id string", "rank number"}, []string{`{"id":"a","rank":3.0}`, `{"id":"b","rank":4}`},
			model(t, "notes", "id string", "rank integer"), "id TEXT, _version INTEGER, rank INTEGER, _doc TEXT", nil,
		},
		{
			"a nested property comes", []string{"id string", "text string"}, []string{`{"id":"a","text":"x"}`},
			model(t, "notes", "id string", "at.city string", "text string"),
			"id TEXT, _version INTEGER, at__city TEXT, text TEXT, _doc TEXT", nil,
		},
		{
			"a nested property goes, but the newer program may come back", []string{"id string", "at.city string", "at.zip integer"},
			[]string{`{"id":"a","at":{"zip":1}}`}, only(model(t, "notes", "id string", "at.city string"), "at", "city"),
			"id TEXT, _version INTEGER, at__city TEXT, at__zip INTEGER, _doc TEXT", nil,
		},
		{
			"a nested property goes, and clients can write any in its place", []string{"id string", "at.city string", "at.zip integer"},
			[]string{`{"id":"a","at":{"zip":1}}`}, model(t, "notes", "id string", "at.city string"),
			"id TEXT, _version INTEGER, at__city TEXT, _doc TEXT", nil,
		},
		{
			"a required property comes, with a default", []string{"id string"}, []string{`{"id":"a"}`, `{"id":"b"}`},
			required(model(t, "notes", "id string", "rank integer"), "rank", `7`), "id TEXT, _version INTEGER, rank INTEGER, _doc TEXT",
			[]string{`2 7 {"id":"a","rank":7}`, `2 7 {"id":"b","rank":7}`},
		},
		{
			"a property becomes required, with a default", []string{"id string", "rank integer"},
			[]string{`{"id":"a","rank":1}`, `{"id":"b"}`},
			required(model(t, "notes", "id string", "rank integer"), "rank", `7`), "id TEXT, _version INTEGER, rank INTEGER, _doc TEXT",
			[]string{`1 1 {"id":"a","rank":1}`, `2 7 {"id":"b","rank":7}`},
		},
		{
			"a property becomes required, and all have it", []string{"id string", "rank integer"}, []string{`{"id":"a","rank":1}`},
			required(model(t, "notes", "id string", "rank integer"), "rank", ``), "id TEXT, _version INTEGER, rank INTEGER, _doc TEXT", nil,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before := model(t, "notes", tt.before...)
			db := open(t, Memory, before)
			for _, d := range tt.docs {
				insert(t, db, before, "%s", d)
			}
			for range 2 { // the second changes nothing
				migrated(t, db, tt.after)
				if got := columns(t, db); got != tt.columns {
					t.Errorf("columns %s, want %s", got, tt.columns)
				}
				if tt.docsNow != nil {
					if got := rows(t, db, "SELECT _version, rank, _doc FROM notes ORDER BY id"); !slices.Equal(got, tt.docsNow) {
						t.Errorf("documents %q, want %q", got, tt.docsNow)
					}
				} else if got := rows(t, db, "SELECT _doc FROM notes WHERE _version=1 ORDER BY id"); !slices.Equal(got, tt.docs) {
					t.Errorf("documents %q, want %q", got, tt.docs)
				}
				for _, c := range compile(tt.after).own() { // columns contain the values of the documents
					if got := rows(t, db, "SELECT count(*) FROM notes WHERE "+c.value+" IS NOT _doc ->> "+c.path); got[0] != "0" {
						t.Errorf("%s documents have another %s than its column", got[0], c.Name)
					}
				}
			}
		})
	}
}

func TestMigrateRefuses(t *testing.T) {
	t.Parallel()
	clash := model(t, "notes", "id string", "a.b string", "a__b string")
	for _, tt := range []struct {
		name  string
		docs  []string // of text string, rank integer, tags string[]
		after *store.Model
		kind  fault.Kind
		want  string
	}{
		{"a required property comes without a default", []string{`{"id":"a"}`},
			required(model(t, "notes", "id string", "text string", "rank integer", "tags string[]", "due date-time"), "due", ``),
			fault.Conflict,
			`notes: the property "due" is required, but documents lack it: 1, the first ["a"]. Give it a default in the contract, ` +
				`or set it in the documents first.`},
		{"a text becomes a number", []string{`{"id":"a","text":"x"}`, `{"id":"b","text":null}`},
			model(t, "notes", "id string", "text number", "rank integer", "tags string[]"), fault.Conflict,
			`notes: the property "text" has the type number, but documents have other values: 1, the first ["a"]. ` +
				`Restore its old type, or change the documents first.`},
		{"a text becomes a date", []string{`{"id":"a","text":"2026-01-02"}`},
			model(t, "notes", "id string", "text date-time", "rank integer", "tags string[]"), fault.Conflict,
			`"text" has the type date-time,`},
		{"an integer becomes a boolean", []string{`{"id":"a","rank":1}`},
			model(t, "notes", "id string", "text string", "rank boolean", "tags string[]"), fault.Conflict,
			`"rank" has the type boolean,`},
		{"a text becomes a list", []string{`{"id":"a","text":"x"}`},
			model(t, "notes", "id string", "text string[]", "rank integer", "tags string[]"), fault.Conflict,
			`"text" has the type string[],`},
		{"a list's elements change", []string{`{"id":"a","tags":["x"]}`, `{"id":"b","tags":[null]}`, `{"id":"c","tags":[]}`},
			model(t, "notes", "id string", "text string", "rank integer", "tags integer[]"), fault.Conflict,
			`"tags" has the type integer[], but documents have other values: 1, the first ["a"].`},
		{"a unique index over equal values", []string{`{"id":"a","text":"x"}`, `{"id":"b","text":"x"}`},
			indexed(model(t, "notes", "id string", "text string", "rank integer", "tags string[]"), true, "text"), fault.Conflict,
			`notes: the index "notes_text" cannot be unique, because documents share a value of "text". Change the values, or ` +
				`remove unique from the index.`},
		{"a default that a unique index allows once", []string{`{"id":"a"}`, `{"id":"b"}`},
			required(indexed(model(t, "notes", "id string", "text string", "rank integer", "tags string[]"), true, "rank"), "rank", `7`),
			fault.Conflict, `rank`},
		{"all at once", []string{`{"id":"a","text":"x","rank":1}`}, model(t, "notes", "id string", "rank boolean", "text number"),
			fault.Conflict, "or change the documents first.\nnotes: the property \"text\" has"},
		{"an index whose name another collection's has", nil,
			indexed(model(t, "notes", "id string", "taken string", "text string", "rank integer", "tags string[]"), false, "taken"),
			fault.Conflict,
			`notes: the index "notes_taken" cannot be created, because another index conflicts with it: SQL logic error: index ` +
				`notes_taken already exists`},
		{"two properties of one column", nil, clash, fault.Internal, `would share one column`},
		{"an invalid name", nil, &store.Model{Collection: `x"; DROP TABLE notes`, Schema: clash.Schema}, fault.Internal, `must match`},
		{"SQLite's own name", nil, model(t, "SQLite_stat1", "id string"), fault.Internal, `must match`},
		{"two collections that differ only in case", nil, model(t, "Others", "id string"), fault.Internal, `differs only in case`},
		{"no id", nil, model(t, "notes", "text string"), fault.Internal, `missing string property id`},
		{"an index on a list", nil, indexed(model(t, "notes", "id string", "tags string[]"), false, "tags"), fault.Internal,
			`cannot hold the array "tags"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before := model(t, "notes", "id string", "text string", "rank integer", "tags string[]")
			before.Indexes = []store.Index{index(before, "rank")}
			db := open(t, Memory, before)
			for _, d := range tt.docs {
				insert(t, db, before, "%s", d)
			}
			if err := db.submit(t.Context(), runs("CREATE TABLE by_hand(x); CREATE INDEX notes_taken ON by_hand(x)")); err != nil {
				t.Fatal(err)
			}
			schema := "SELECT type, name, sql FROM sqlite_schema UNION ALL SELECT collection, declared, '' FROM _contract"
			was := rows(t, db, schema)
			err := db.Migrate(t.Context(), []*store.Model{model(t, "others", "id string"), tt.after})
			if fault.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
			if now := rows(t, db, schema); !slices.Equal(was, now) {
				t.Errorf("the schema has changed from %q to %q", was, now)
			}
			insert(t, db, before, `{"id":"after"}`)
			if n, err := db.Count(t.Context(), before, nil); n != int64(len(tt.docs)+1) || err != nil {
				t.Errorf("%d documents, %v", n, err)
			}
		})
	}
}

// TestIndexes checks that declared indexes exist, that a changed one is created again, that one that is not declared stays until Prune,
// and that only the program's own indexes are dropped.
func TestIndexes(t *testing.T) {
	t.Parallel()
	fresh := func(change func(*store.Model)) *store.Model {
		m := model(t, "notes", "id string", "text string", "rank integer")
		change(m)
		return m
	}
	db := open(t, Memory, fresh(func(*store.Model) {}))
	if err := db.submit(t.Context(), runs("CREATE INDEX by_hand ON notes(rank)")); err != nil {
		t.Fatal(err)
	}
	const (
		rank     = `CREATE INDEX "notes_rank" ON "notes"("rank", id)`
		once     = `CREATE UNIQUE INDEX "notes_text_rank" ON "notes"("text", "rank") WHERE "text" IS NOT NULL`
		textRank = `CREATE INDEX "notes_text_rank" ON "notes"("text", "rank", id)`
	)
	for _, tt := range []struct {
		change func(*store.Model)
		want   []string // after Migrate
		pruned []string // after Prune; nil: not called
	}{
		{func(m *store.Model) { m.Indexes = []store.Index{index(m, "text", "-rank"), index(m, "rank")} },
			[]string{rank, `CREATE INDEX "notes_text_rank" ON "notes"("text", "rank" DESC, id DESC)`}, nil},
		{func(m *store.Model) { m.Indexes = []store.Index{unique(m, "text", "rank")} }, []string{rank, once}, []string{once}},
		{func(m *store.Model) { m.Indexes = []store.Index{index(m, "text", "rank")} }, []string{once}, []string{textRank}},
		{func(m *store.Model) { m.Indexes = []store.Index{index(m, "-id")} },
			[]string{`CREATE INDEX "notes_id" ON "notes"("id" DESC)`, textRank}, nil},
		{func(*store.Model) {}, []string{`CREATE INDEX "notes_id" ON "notes"("id" DESC)`, textRank}, []string{}},
	} {
		check := func(doing string, want []string) {
			want = append([]string{"CREATE INDEX by_hand ON notes(rank)"}, want...)
			got := rows(t, db, "SELECT sql FROM sqlite_schema WHERE type='index' AND sql IS NOT NULL ORDER BY name")
			if !slices.Equal(got, want) {
				t.Errorf("after %s: indexes %q, want %q", doing, got, want)
			}
		}
		m := fresh(tt.change)
		migrated(t, db, m)
		check("Migrate", tt.want)
		if tt.pruned == nil {
			continue
		}
		planned, err := db.Prune(t.Context(), []*store.Model{m}, true)
		check("a plan of Prune", tt.want)
		steps, oops := db.Prune(t.Context(), []*store.Model{m}, false)
		if err != nil || oops != nil || len(steps) == 0 || !slices.Equal(steps, planned) {
			t.Errorf("Prune: %q, %v, planned as %q, %v", steps, oops, planned, err)
		}
		check("Prune", tt.pruned)
	}
}

// only makes a property an object that has only the member.
func only(m *store.Model, name, member string) *store.Model {
	for i := range m.Properties {
		if p := &m.Properties[i]; p.Name == name {
			p.Shape = &store.Shape{Closed: true, Members: map[string]*store.Shape{member: nil}}
		}
	}
	return m
}

func required(m *store.Model, name, value string) *store.Model {
	for i := range m.Properties {
		if p := &m.Properties[i]; p.Name == name {
			p.Required = true
			if value != "" {
				p.Default = json.RawMessage(value)
			}
		}
	}
	return m
}

func indexed(m *store.Model, once bool, names ...string) *store.Model {
	ix := index(m, names...)
	ix.Unique = once
	m.Indexes = append(m.Indexes, ix)
	return m
}

func columns(t *testing.T, db *DB) string {
	t.Helper()
	return strings.Join(rows(t, db, "SELECT name||' '||type FROM pragma_table_info('notes')"), ", ")
}

// rows returns the rows of a result, each as its values separated by spaces.
func rows(t *testing.T, db *DB, sql string) []string {
	t.Helper()
	var all []string
	err := db.read(t.Context(), func(c *conn) error {
		return c.query(t.Context(), sql, nil, func(v []driver.Value) error {
			var values []any
			for _, one := range v {
				values = append(values, one)
			}
			all = append(all, strings.TrimSuffix(fmt.Sprintln(values...), "\n"))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
