package mongo

import (
	"context"
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

// migrated is a database of its own with the articles in it.
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

// TestIndexChange checks that an index whose definition has changed is made anew, and that one which cannot be is named.
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
	for range 2 { // and it goes on saying so
		err := db.Migrate(t.Context(), []*store.Model{articles(t)})
		if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "articles_slug") {
			t.Errorf("got %v, want a Conflict that names the index", err)
		}
	}
}

// TestMigrateForeign checks that documents which the contract does not describe are not taken over.
func TestMigrateForeign(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		document bson.D
		refusal  string
	}{
		"no version":      {bson.D{{Key: "_id", Value: "a"}}, "did not write: 1"},
		"id of its own":   {bson.D{{Key: "_v", Value: int64(1)}}, "did not write: 1"},
		"version 0":       {bson.D{{Key: "_id", Value: "a"}, {Key: "_v", Value: int64(0)}}, "did not write: 1"},
		"not JSON":        {bson.D{{Key: "_id", Value: "a"}, {Key: "_v", Value: int64(1)}, {Key: "body", Value: primitive.NewObjectID()}}, "did not write: 1"},
		"undeclared":      {bson.D{{Key: "_id", Value: "a"}, {Key: "_v", Value: int64(1)}, {Key: "secret", Value: 1}}, `"secret" is not in the contract`},
		"of another type": {bson.D{{Key: "_id", Value: "a"}, {Key: "_v", Value: int64(1)}, {Key: "views", Value: "1"}}, `"views" is of type integer`},
		"date as text":    {bson.D{{Key: "_id", Value: "a"}, {Key: "_v", Value: int64(1)}, {Key: "date", Value: "2021-01-01T00:00:00.000Z"}}, ""},
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
