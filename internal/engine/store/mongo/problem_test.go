package mongo

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
	driver "go.mongodb.org/mongo-driver/mongo"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// TestAnswers checks the faults for a server's errors, with MongoDB's texts.
func TestAnswers(t *testing.T) {
	t.Parallel()
	const text = "E11000 duplicate key error collection: example.articles"
	failure := func(code int, text string) bson.D {
		return bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: code}, {Key: "errmsg", Value: text}}
	}
	writeError := func(more ...bson.E) bson.D {
		return bson.D{{Key: "ok", Value: 1}, {Key: "n", Value: 0}, {Key: "writeErrors",
			Value: bson.A{append(bson.D{{Key: "index", Value: 0}}, more...)}}}
	}
	pattern := func(field string) bson.E { return bson.E{Key: "keyPattern", Value: bson.D{{Key: field, Value: 1}}} }
	code := bson.E{Key: "code", Value: 11000}
	for _, tt := range []struct {
		name   string
		answer bson.D
		kind   fault.Kind
		path   string // of a Conflict
	}{
		{"duplicate with its pattern", writeError(code, bson.E{Key: "errmsg", Value: text}, pattern("slug")), fault.Conflict, "/slug"},
		{"duplicate id with its pattern", writeError(code, bson.E{Key: "errmsg", Value: text}, pattern("_id")), fault.Conflict, "/id"},
		{"duplicate with its index", writeError(code, bson.E{Key: "errmsg", Value: text + ` index: articles_slug dup key: { slug: "s" }`}),
			fault.Conflict, "/slug"},
		{"duplicate id with its index", writeError(code, bson.E{Key: "errmsg", Value: text + ` index: _id_ dup key: { _id: "a" }`}),
			fault.Conflict, "/id"},
		{"duplicate without either", writeError(code, bson.E{Key: "errmsg", Value: text}), fault.Conflict, "/slug"},
		{"duplicate as a failed command", append(failure(11000, text), pattern("slug")), fault.Conflict, "/slug"},
		{"FerretDB's update", failure(1, "constraint failed: UNIQUE constraint failed: index 'x' (2067)"), fault.Conflict, "/slug"},
		{"too large", failure(10334, "BSONObj size: 17000000 is invalid"), fault.TooLarge, ""},
		{"too large after the update", writeError(bson.E{Key: "code", Value: 17419}), fault.TooLarge, ""},
		{"no room", failure(14031, "available disk space is less than required"), fault.InsufficientStorage, ""},
		{"not primary, for good", failure(10107, "not primary"), fault.Unavailable, ""},
		{"stepping down, for good", failure(189, "primary stepped down"), fault.Unavailable, ""},
		{"time limit", failure(50, "operation exceeded time limit"), fault.Unavailable, ""},
		{"not on a majority", bson.D{{Key: "ok", Value: 1}, {Key: "n", Value: 1},
			{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: 64}, {Key: "errmsg", Value: "timed out"}}}}, fault.Unavailable,
			""},
		{"not allowed", failure(13, "not authorized on example"), fault.Internal, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var on atomic.Bool
			server := serve(t, func(command bson.Raw) bson.D {
				switch first, _ := command.IndexErr(0); {
				case !on.Load():
				case first.Key() == "insert":
					return tt.answer
				case first.Key() == "aggregate" && !strings.Contains(command.String(), `"slug"`): // the search for the duplicate
					return bson.D{{Key: "ok", Value: 1}, {Key: "cursor",
						Value: bson.D{{Key: "id", Value: int64(0)}, {Key: "ns", Value: "example.articles"},
							{Key: "firstBatch", Value: bson.A{}}}}}
				}
				return nil
			})
			db := server.store(t)
			m := articles(t)
			if err := db.Migrate(t.Context(), []*store.Model{m}); err != nil {
				t.Fatal(err)
			}
			on.Store(true)
			err := db.Insert(t.Context(), m, document(t, `{"id":"a","slug":"s","views":1}`))
			f, ok := err.(*fault.Error)
			if !ok || f.Kind != tt.kind || f.Detail == "" {
				t.Fatalf("got %T %v, want a fault of kind %d", err, err, tt.kind)
			}
			if tt.path != "" && (len(f.Fields) != 1 || f.Fields[0].Path != tt.path) {
				t.Errorf("fields %v, want one at %s", f.Fields, tt.path)
			}
			state := f.Kind == fault.InsufficientStorage || strings.HasSuffix(tt.name, ", for good")
			if store.IsFailure(err) != state {
				t.Errorf("it is the state of the store: %v, want %v", !state, state)
			}
			if f.Kind == fault.Unavailable && f.RetryAfter <= 0 {
				t.Error("no RetryAfter")
			}
		})
	}
}

// TestIndexConflict checks that the error names an index that cannot be created, and the conflicting one as MongoDB reports it.
func TestIndexConflict(t *testing.T) {
	t.Parallel()
	for code, text := range map[int]string{
		85: "Index already exists with a different name: mine",
		86: `An existing index has the same name as the requested index. Requested index: { name: "articles_slug" }, existing index: { ` +
			`name: "articles_slug", sparse: true }`,
	} {
		db := serve(t, func(command bson.Raw) bson.D {
			if name, ok := command.Lookup("indexes", "0", "name").StringValueOK(); ok && name == "articles_slug" {
				return bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: code}, {Key: "errmsg", Value: text}}
			}
			return nil
		}).store(t)
		err := db.Migrate(t.Context(), []*store.Model{articles(t)})
		if fault.KindOf(err) != fault.Conflict || !strings.HasPrefix(err.Error(), `Article: the index "articles_slug" cannot be created`) ||
			!strings.Contains(err.Error(), text) {
			t.Errorf("code %d: got %v, want a Conflict that names both indexes", code, err)
		}
	}
}

// TestRetry checks that a write is sent again under the same number after a change of primaries or a lost connection.
func TestRetry(t *testing.T) {
	t.Parallel()
	var inserts atomic.Int64
	server := serve(t, func(command bson.Raw) bson.D {
		if first, _ := command.IndexErr(0); first.Key() == "insert" && inserts.Add(1) == 1 {
			return bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: 10107}, {Key: "errmsg", Value: "not primary"},
				{Key: "errorLabels", Value: bson.A{"RetryableWriteError"}}}
		}
		return nil
	})
	db, m := server.store(t), articles(t)
	if err := db.Migrate(t.Context(), []*store.Model{m}); err != nil {
		t.Fatal(err)
	}
	server.seen()
	if err := db.Insert(t.Context(), m, document(t, `{"id":"a"}`)); err != nil {
		t.Fatal(err)
	}
	seen := server.seen()
	if len(seen) != 2 || seen[0].Lookup("txnNumber").Int64() == 0 || !seen[0].Lookup("txnNumber").Equal(seen[1].Lookup("txnNumber")) {
		t.Errorf("commands %v, want one insert twice under one number", seen)
	}
}

// TestTransactionEnds checks that a transaction runs again after a conflict, but not after its deadline.
func TestTransactionEnds(t *testing.T) {
	t.Parallel()
	db := serve(t, nil).store(t)
	for _, over := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		runs, done := 0, errors.New("done")
		err := db.together(ctx, func(context.Context) error {
			if runs++; runs > 1 {
				return done
			}
			if over {
				cancel()
			}
			return driver.CommandError{Labels: []string{"TransientTransactionError"}}
		})
		if again := errors.Is(err, done); again == over || fault.KindOf(problem(err)) == fault.Unavailable != over {
			t.Errorf("the time is over: %t; it ran %d times, %v", over, runs, err)
		}
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	s := shapeOf(t)
	for name, body := range map[string]string{
		"bytes":  `"` + strings.Repeat("x", maxDocument) + `"`,
		"levels": strings.Repeat("[", maxNesting) + strings.Repeat("]", maxNesting),
	} {
		if _, err := s.encode(document(t, `{"id":"a","body":`+body+`}`), 1); fault.KindOf(err) != fault.TooLarge {
			t.Errorf("%s: got %v, want TooLarge", name, err)
		}
		if _, _, err := s.update([]store.Change{{Name: "body", JSON: []byte(body)}}); fault.KindOf(err) != fault.TooLarge {
			t.Errorf("%s, changed: got %v, want TooLarge", name, err)
		}
	}
}

func TestMigrateHasNotSeen(t *testing.T) {
	t.Parallel()
	db := serve(t, nil).store(t)
	if _, err := db.Get(context.Background(), articles(t), "a"); fault.KindOf(err) != fault.Internal {
		t.Errorf("got %v, want Internal", err)
	}
}
