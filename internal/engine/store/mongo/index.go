package mongo

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	driver "go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Error codes of createIndexes.
const (
	indexOptionsConflict  = 85 // an index on the same keys has another name or other options
	indexKeySpecsConflict = 86 // an index on other keys has the same name
)

// index creates the indexes of the model, and returns the changes that it rejects. A unique index also serves as one that is not unique. If
// the migration prunes, it drops the indexes that the model does not have, last, so that a rejected contract keeps the old ones, except
// for one whose definition has changed.
func (db *DB) index(ctx context.Context, s *shape, m *migration) (refused []string, err error) {
	indexes := db.collection(s.model).Indexes()
	have, err := listed(ctx, indexes)
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, ix := range s.model.Indexes {
		wanted[ix.Name] = true
		want, err := s.define(ix, db.server)
		if err != nil {
			return nil, err
		}
		old, there := have[ix.Name]
		if there && (old.is(want) || old.Unique && !want.Unique && !m.prune) {
			continue
		}
		if there {
			if err := m.step(s, drop(ctx, indexes, ix.Name), "drop the index %q", ix.Name); err != nil {
				return nil, err
			}
		}
		reason := ""
		err = m.step(s, func() (err error) {
			reason, err = create(ctx, indexes, s, want)
			return err
		}, "create the index %q", ix.Name)
		if err != nil {
			return nil, err
		}
		if reason != "" {
			refused = append(refused, s.model.Schema.Name()+": "+reason)
		}
	}
	if len(refused) > 0 {
		return refused, nil
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		switch own := strings.HasPrefix(name, s.model.Collection+"_"); {
		case wanted[name]:
		case (!own || !m.prune) && have[name].Unique:
			s.others = append(s.others, have[name])
		case own && m.prune:
			if err := m.step(s, drop(ctx, indexes, name), "drop the index %q", name); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

func drop(ctx context.Context, indexes driver.IndexView, name string) func() error {
	return func() error {
		_, err := indexes.DropOne(ctx, name)
		return err
	}
}

// definition is an index in the form of listIndexes.
type definition struct {
	Name    string `bson:"name"`
	Key     bson.D `bson:"key"`
	Unique  bool   `bson:"unique"`
	Partial bson.D `bson:"partialFilterExpression"`
	first   string // the property that a duplicate is reported for
}

// define returns the wanted definition of an index. It ends in _id, as every order does. A unique index must not, and omits the documents
// that it does not apply to.
func (s *shape) define(ix store.Index, to server) (*definition, error) {
	d := &definition{Name: ix.Name, Unique: ix.Unique, first: ix.Keys[0].Property.Name}
	var err error
	if d.Key, err = s.sort(ix.Keys); err != nil {
		return nil, err
	}
	if ix.Unique {
		d.Key = d.Key[:len(ix.Keys)]
		if !to.ferret {
			d.Partial = on(d.Key[0].Key, "$gte", lowest(ix.Keys[0].Property.Type))
		}
	}
	return d, nil
}

// lowest is the least value of a type. MongoDB's $gte matches only values of the operand's type, so it matches all of them and never null.
// Unlike with $type, the planner recognizes that a condition with $eq needs nothing outside the index.
func lowest(t filter.Type) any {
	switch t {
	case filter.Boolean:
		return false
	case filter.Date:
		return primitive.DateTime(math.MinInt64)
	case filter.Integer, filter.Number:
		return math.Inf(-1)
	default:
		return ""
	}
}

// is reports whether the server's index equals the wanted one.
func (d *definition) is(want *definition) bool {
	return fmt.Sprint(d.Key) == fmt.Sprint(want.Key) && d.Unique == want.Unique && fmt.Sprint(d.Partial) == fmt.Sprint(want.Partial)
}

func listed(ctx context.Context, indexes driver.IndexView) (map[string]*definition, error) {
	cursor, err := indexes.List(ctx)
	if err != nil {
		return nil, err
	}
	var list []*definition
	if err := cursor.All(ctx, &list); err != nil {
		return nil, err
	}
	have := map[string]*definition{}
	for _, d := range list {
		have[d.Name] = d
	}
	return have, nil
}

// create creates an index, or returns the reason why the contract or the documents prevent it.
func create(ctx context.Context, indexes driver.IndexView, s *shape, d *definition) (reason string, err error) {
	o := options.Index().SetName(d.Name)
	if d.Unique {
		o.SetUnique(true)
	}
	if d.Partial != nil {
		o.SetPartialFilterExpression(d.Partial)
	}
	_, err = indexes.CreateOne(ctx, driver.IndexModel{Keys: d.Key, Options: o})
	_, _, taken := duplicate(err)
	switch {
	case err == nil:
		return "", nil
	case taken:
		return fmt.Sprintf("the index %q cannot be unique, because documents share a value of %q. Change the values, or remove "+
			"unique from the index.", d.Name, d.first), nil
	case has(err, indexOptionsConflict, indexKeySpecsConflict):
		return fmt.Sprintf("the index %q cannot be created, because another index conflicts with it: %v. Drop that index, or remove "+
			"this one from the contract.", d.Name, err), nil
	}
	f := problem(err).(*fault.Error)
	if f.Kind == fault.Internal {
		return "", fault.Wrap(err, fault.Internal, "", "collection %s: the index %q cannot be created", s.model.Collection, d.Name)
	}
	return "", f
}
