package mongo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// migrated returns a new database that was migrated to the model.
func migrated(t *testing.T, m *store.Model) *DB {
	t.Helper()
	db := openAt(t, serverURI(t))
	t.Cleanup(func() { _ = dropped{db}.Close(context.Background()) })
	if err := db.Migrate(t.Context(), []*store.Model{m}); err != nil {
		t.Fatal(err)
	}
	return db
}

// TestUniqueRace checks that of 200 inserts of one value at the same time one succeeds.
func TestUniqueRace(t *testing.T) {
	t.Parallel()
	m := articles(t)
	db := migrated(t, m)
	var won atomic.Int64
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			err := db.Insert(t.Context(), m, document(t, fmt.Sprintf(`{"id":"%d","slug":"one"}`, i)))
			if err == nil {
				won.Add(1)
			} else if fault.KindOf(err) != fault.Conflict {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d inserts succeeded, want 1", won.Load())
	}
}

// TestIndexChange checks that an index with a changed definition is created again, and that the error names one that cannot be.
func TestIndexChange(t *testing.T) {
	t.Parallel()
	m := articles(t)
	db := migrated(t, m)
	changed := articles(t)
	changed.Indexes[0].Keys[1].Desc = false
	changed.Indexes[1].Unique = false
	if err := db.Migrate(t.Context(), []*store.Model{changed}); err != nil {
		t.Fatal(err)
	}
	if have, err := listed(t.Context(), db.collection(m).Indexes()); err != nil || !have["articles_slug"].Unique {
		t.Errorf("an older program needs the unique index, which is now %v, %v", have["articles_slug"], err)
	}
	if _, err := db.Prune(t.Context(), []*store.Model{changed}, false); err != nil {
		t.Fatal(err)
	}
	have, err := listed(t.Context(), db.collection(m).Indexes())
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(have["articles_category_date"].Key); got != "[{category 1} {date 1} {_id 1}]" {
		t.Errorf("the index is over %s", got)
	}
	for _, id := range []string{"a", "b"} {
		if err := db.Insert(t.Context(), changed, document(t, `{"id":"`+id+`","slug":"s"}`)); err != nil {
			t.Error(err)
		}
	}
	for range 2 { // the error is returned every time
		err := db.Migrate(t.Context(), []*store.Model{articles(t)})
		if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "articles_slug") {
			t.Errorf("got %v, want a Conflict that names the index", err)
		}
	}
}

// TestMigrateForeign checks that documents that the contract does not describe are rejected.
func TestMigrateForeign(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		document bson.D
		refusal  string
	}{
		"id of its own": {bson.D{{Key: "_v", Value: int64(1)}}, `did not write: 1, the first of them ["{\"$oid\":`},
		"another id": {bson.D{{Key: "_id", Value: "a"}, {Key: "_v", Value: int64(1)}, {Key: "id", Value: "b"}},
			`did not write: 1, the first of them ["a"]`},
		"not JSON": {bson.D{{Key: "_id", Value: "a"}, {Key: "_v", Value: int64(1)}, {Key: "body", Value: primitive.NewObjectID()}},
			`did not write: 1, the first of them ["a"]`},
		"undeclared": {bson.D{{Key: "_id", Value: "a"}, {Key: "_v", Value: int64(1)}, {Key: "secret", Value: 1},
			{Key: "date", Value: "2021-01-01T00:00:00.000Z"}}, ""},
		"of another type": {bson.D{{Key: "_id", Value: "a"}, {Key: "_v", Value: int64(1)}, {Key: "views", Value: "x"}},
			`"views" has the type integer, but documents have other values: 1, the first ["a"]`},
		"no version": {bson.D{{Key: "_id", Value: "a"}, {Key: "date", Value: "2021-01-01T00:00:00.000Z"}}, ""},
		"version 0": {bson.D{{Key: "_id", Value: "a"}, {Key: "_v", Value: 0.0}, {Key: "date", Value: "2021-01-01T00:00:00.000Z"}},
			""},
		"date as text": {bson.D{{Key: "_id", Value: "a"}, {Key: "_v", Value: int64(1)},
			{Key: "date", Value: "2021-01-01T00:00:00.000Z"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := articles(t)
			db := migrated(t, m)
			if _, err := db.collection(m).InsertOne(t.Context(), tt.document); err != nil {
				t.Fatal(err)
			}
			if _, err := db.database.Collection(contracts).DeleteMany(t.Context(), bson.D{}); err != nil { // as if it had never been seen
				t.Fatal(err)
			}
			err := db.Migrate(t.Context(), []*store.Model{m})
			if tt.refusal != "" {
				if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), tt.refusal) {
					t.Errorf("got %v, want a Conflict with %q", err, tt.refusal)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if n, err := db.Count(t.Context(), m, where(t, m, `{"date":"2021-01-01T00:00:00Z"}`)); n != 1 || err != nil {
				t.Errorf("%d documents, %v, want the one whose date was text", n, err)
			}
		})
	}
}

// TestDocumentsOfOtherPrograms reads and changes documents in the form of mongoimport and the shell: those that fit are treated like the
// program's own, and the others do not hide any documents.
func TestDocumentsOfOtherPrograms(t *testing.T) {
	t.Parallel()
	m := articles(t)
	db := migrated(t, m)
	versions := map[string]any{"none": nil, "int32": int32(7), "long": int64(7), "double": 7.0, "text": "7", "zero": int64(0),
		"negative": int32(-1), "null": primitive.Null{}}
	for id, v := range versions {
		d := bson.D{{Key: "_id", Value: id}, {Key: "title", Value: "t"}}
		if id == "long" {
			d = append(d, bson.E{Key: "secret", Value: "kept, and not sent"})
		}
		if v != nil {
			d = append(d, bson.E{Key: "_v", Value: v})
		}
		if _, err := db.collection(m).InsertOne(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []bson.D{
		{{Key: "title", Value: "an ObjectID"}}, {{Key: "_id", Value: 5}},
		{{Key: "_id", Value: "oid"}, {Key: "body", Value: primitive.NewObjectID()}},
		{{Key: "_id", Value: "type"}, {Key: "title", Value: 5}},
		{{Key: "_id", Value: "id"}, {Key: "id", Value: "x"}},
	} {
		if _, err := db.collection(m).InsertOne(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	s := store.New(db, []*store.Model{m})
	type article struct{ ID, Title string }
	c := store.CollectionOf[article](s, m.Schema.Name())
	found, err := c.Find(t.Context(), nil)
	var text bytes.Buffer
	_, failed := found.WriteTo(&text)
	var list []article
	if err != nil || failed != nil || json.Unmarshal(text.Bytes(), &list) != nil || len(list) != len(versions) ||
		strings.Contains(text.String(), "kept") {
		t.Fatalf("the list has %s, %v; want those with ids %v", &text, err, versions)
	}
	for id, v := range versions {
		want := store.Version(1)
		if v == int32(7) || v == int64(7) {
			want = 7
		}
		_, version, err := c.Get(t.Context(), id)
		if err != nil || version != want {
			t.Errorf("%s: version %d, %v, want %d", id, version, err, want)
		}
		if _, _, err := c.Update(t.Context(), id, map[string]any{"title": "u"},
			store.Version(99)); fault.KindOf(err) != fault.PreconditionFailed {
			t.Errorf("%s: another version: %v", id, err)
		}
		if _, version, err := c.Update(t.Context(), id, map[string]any{"title": "u"}, want); err != nil || version != want+1 {
			t.Errorf("%s: changed to version %d, %v, want %d", id, version, err, want+1)
		}
	}
	if _, err := db.collection(m).InsertOne(t.Context(), bson.D{{Key: "_id", Value: "late"}, {Key: "title", Value: "u"},
		{Key: "_v", Value: "x"}}); err != nil {
		t.Fatal(err)
	}
	if n, err := c.UpdateAll(t.Context(), []byte(`{"title":"u"}`), nil, map[string]any{"title": "v"}); err != nil ||
		n != int64(len(versions)+1) {
		t.Errorf("UpdateAll changed %d, %v", n, err)
	}
	if _, version, err := c.Get(t.Context(), "late"); err != nil || version != 2 {
		t.Errorf("UpdateAll made it version %d, %v; want 2", version, err)
	}
	for _, id := range []string{"oid", "type", "id"} {
		if _, _, err := c.Get(t.Context(), id); err == nil || !strings.Contains(err.Error(), id) {
			t.Errorf("%s: %v; want an error that names it", id, err)
		}
	}
	lines, err := store.Strays(t.Context(), db, []*store.Model{m})
	if text := strings.Join(lines, "\n"); err != nil || len(lines) != 5 || !strings.Contains(text, "$oid") ||
		!strings.Contains(text, `"secret" is not in the contract, but documents have it: 1`) {
		t.Errorf("Strays: %s, %v", text, err)
	}
}
