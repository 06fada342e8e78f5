package mongo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
	driver "go.mongodb.org/mongo-driver/mongo"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// replicated is a store with the articles in it on a replica set of MongoDB's own.
func replicated(t *testing.T, m *store.Model) *DB {
	t.Helper()
	db := openAt(t, realURI(t))
	t.Cleanup(func() { _ = dropped{db}.Close(context.Background()) })
	if !db.server.transactions || db.server.ferret {
		t.Fatalf("%+v: MONGODB_REAL_URI must name a replica set of MongoDB", db.server)
	}
	if err := db.Migrate(t.Context(), []*store.Model{m}); err != nil {
		t.Fatal(err)
	}
	return db
}

// TestRealIndexes checks the definitions of the server's indexes: the unique ones are partial, and none expires documents (TTL) or has a
// collation.
func TestRealIndexes(t *testing.T) {
	t.Parallel()
	m := articles(t)
	db := replicated(t, m)
	cursor, err := db.collection(m).Indexes().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var list []bson.M
	if err := cursor.All(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, ix := range list {
		unique := ix["unique"] == true
		got[ix["name"].(string)] = unique
		if (ix["partialFilterExpression"] != nil) != unique || ix["expireAfterSeconds"] != nil || ix["collation"] != nil {
			t.Errorf("the index %v", ix)
		}
	}
	if want := fmt.Sprint(map[string]bool{"_id_": false, "articles_category_date": false, "articles_slug": true,
		"articles_views": true}); fmt.Sprint(got) != want {
		t.Errorf("indexes, and whether they are unique: %v, want %v", got, want)
	}
	steps, err := db.Plan(t.Context(), []*store.Model{m})
	if err != nil || len(steps) > 0 {
		t.Errorf("the server describes an index otherwise than it was made: %q, %v", steps, err)
	}
}

// TestRealPlans checks that the server uses an index where possible, also for a page after a document, and does not sort.
func TestRealPlans(t *testing.T) {
	t.Parallel()
	m := articles(t)
	db := replicated(t, m)
	for i := range 200 {
		d := fmt.Sprintf(`{"id":"%03d","category":"c%d","date":"2026-01-01T00:00:00.%03dZ","slug":"s%d","views":%d}`, i, i%2, i/4, i, i)
		if err := db.Insert(t.Context(), m, document(t, d)); err != nil {
			t.Fatal(err)
		}
	}
	date := *m.Schema.Property("date")
	maybe := []filter.Order{{Property: &date, Desc: true}}
	always := []filter.Order{{Property: new(date), Desc: true}}
	always[0].Property.Required = true
	after := func(order []filter.Order) filter.Where {
		w, err := filter.After(order, []byte(`{"id":"101","category":"c1","date":"2026-01-01T00:00:00.025Z"}`))
		if err != nil {
			t.Fatal(err)
		}
		return filter.All(where(t, m, `{"category":"c1"}`), w)
	}
	for name, tt := range map[string]struct {
		where filter.Where
		order []filter.Order
		index string
		keys  int64 // the maximum number examined
	}{
		"unique":                       {where(t, m, `{"slug":"s7"}`), nil, "articles_slug", 1},
		"unique number":                {where(t, m, `{"views":7}`), nil, "articles_views", 1},
		"a category by date":           {where(t, m, `{"category":"c1"}`), maybe, "articles_category_date", 20},
		"after a document":             {after(always), always, "articles_category_date", 24},
		"after one, dates may be null": {after(maybe), maybe, "articles_category_date", 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, condition, err := db.matching(m, tt.where)
			if err != nil {
				t.Fatal(err)
			}
			sort, err := s.sort(tt.order)
			if err != nil {
				t.Fatal(err)
			}
			find := bson.D{{Key: "find", Value: m.Collection}, {Key: "filter", Value: condition}, {Key: "limit", Value: 20}}
			if tt.order != nil {
				find = append(find, bson.E{Key: "sort", Value: sort})
			}
			plan, err := db.database.RunCommand(t.Context(), bson.D{{Key: "explain", Value: find},
				{Key: "verbosity", Value: "executionStats"}}).Raw()
			if err != nil {
				t.Fatal(err)
			}
			winner := plan.Lookup("queryPlanner", "winningPlan").String()
			if !strings.Contains(winner, `"`+tt.index+`"`) || strings.Contains(winner, `"COLLSCAN"`) || strings.Contains(winner, `"SORT"`) {
				t.Errorf("the plan is %s", winner)
			}
			if keys, ok := plan.Lookup("executionStats", "totalKeysExamined").AsInt64OK(); !ok || keys > tt.keys {
				t.Errorf("%d keys were looked at, want %d at most: %s", keys, tt.keys, winner)
			}
		})
	}
}

// TestRealTransaction checks that a failed transaction is rolled back as a whole. UpdateAll and DeleteAll are the only transactions.
func TestRealTransaction(t *testing.T) {
	t.Parallel()
	m := articles(t)
	db := replicated(t, m)
	for _, id := range []string{"a", "b"} {
		if err := db.Insert(t.Context(), m, document(t, `{"id":"`+id+`"}`)); err != nil {
			t.Fatal(err)
		}
	}
	failure := errors.New("half way")
	err := db.together(t.Context(), func(ctx context.Context) error {
		result, err := db.collection(m).DeleteMany(ctx, bson.D{})
		if err != nil || result.DeletedCount != 2 {
			t.Errorf("%+v, %v", result, err)
		}
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	if n, err := db.Count(t.Context(), m, nil); n != 2 || err != nil {
		t.Errorf("%d documents, %v, want both", n, err)
	}
}

// TestRealDuplicate checks that the error for a duplicate names the index's property, from the server's own response.
func TestRealDuplicate(t *testing.T) {
	t.Parallel()
	m := articles(t)
	db := replicated(t, m)
	for _, text := range []string{`{"id":"a","slug":"s","views":1}`, `{"id":"b"}`} {
		if err := db.Insert(t.Context(), m, document(t, text)); err != nil {
			t.Fatal(err)
		}
	}
	articles, set := db.collection(m), bson.D{{Key: "$set", Value: bson.D{{Key: "slug", Value: "s"}}}}
	for name, tt := range map[string]struct {
		breaks func(context.Context) error
		field  string
	}{
		"insert of an id": {func(ctx context.Context) error { return inserted(ctx, articles, bson.D{{Key: "_id", Value: "a"}}) }, "_id"},
		"insert of both": {func(ctx context.Context) error {
			return inserted(ctx, articles, bson.D{{Key: "_id", Value: "a"}, {Key: "slug", Value: "s"}})
		}, "_id"},
		"insert": {func(ctx context.Context) error {
			return inserted(ctx, articles, bson.D{{Key: "_id", Value: "c"}, {Key: "slug", Value: "s"}})
		}, "slug"},
		"insert of a number of another type": {func(ctx context.Context) error {
			return inserted(ctx, articles, bson.D{{Key: "_id", Value: "c"}, {Key: "views", Value: 1.0}})
		}, "views"},
		"findAndModify": {func(ctx context.Context) error { return articles.FindOneAndUpdate(ctx, identified("b"), set).Err() }, "slug"},
		"update":        {func(ctx context.Context) error { _, err := articles.UpdateMany(ctx, identified("b"), set); return err }, "slug"},
		"update in a transaction": {func(ctx context.Context) error {
			return db.together(ctx, func(ctx context.Context) error {
				_,
					err := articles.UpdateMany(ctx, identified("b"), set)
				return err
			})
		}, "slug"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tt.breaks(t.Context())
			raw, text, ok := duplicate(err)
			if !ok || !strings.Contains(text, " index: ") || raw.Lookup("keyPattern", tt.field).Type == 0 {
				t.Errorf("not the shape that refused reads: %#v", err)
			}
			s, _ := db.shapes.Of(m)
			want := store.Duplicate(m, s.property(tt.field))
			if got := db.refused(t.Context(), s, nil, err); got == nil || got.Error() != want.Error() {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func inserted(ctx context.Context, c *driver.Collection, d bson.D) error {
	_, err := c.InsertOne(ctx, d)
	return err
}
