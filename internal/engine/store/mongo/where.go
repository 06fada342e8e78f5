package mongo

import (
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// condition translates a where into MongoDB's query documents. Fields and operators come from the program; text from clients is only used
// as operands.
type condition struct {
	*shape
	server
}

// where returns the condition as package filter defines it.
func (c condition) where(w filter.Where) (bson.D, error) {
	switch w := w.(type) {
	case nil, filter.Everything:
		return bson.D{}, nil
	case filter.And:
		return c.join("$and", w, bson.D{})
	case filter.Or:
		return c.join("$or", w, never())
	case filter.Nor:
		return c.join("$nor", w, bson.D{})
	case *filter.Comparison:
		return c.comparison(w)
	}
	return nil, fault.New(fault.Internal, "", "unknown condition type %T", w)
}

// join returns the conditions under one operator, or the value of an empty list, which MongoDB does not accept.
func (c condition) join(operator string, list []filter.Where, empty bson.D) (bson.D, error) {
	if len(list) == 0 {
		return empty, nil
	}
	all := make(bson.A, len(list))
	for i, w := range list {
		d, err := c.where(w)
		if err != nil {
			return nil, err
		}
		all[i] = d
	}
	return bson.D{{Key: operator, Value: all}}, nil
}

// opposite maps the negated operators to the ones that they negate.
var opposite = map[filter.Op]filter.Op{
	filter.Neq: filter.Eq, filter.Nin: filter.Inq, filter.Nlike: filter.Like, filter.Nilike: filter.Ilike,
}

func (c condition) comparison(w *filter.Comparison) (bson.D, error) {
	col, err := c.column(w.Property)
	if err != nil {
		return nil, err
	}
	if op, ok := opposite[w.Op]; ok {
		d, err := c.positive(col, op, w.Value)
		return bson.D{{Key: "$nor", Value: bson.A{d}}}, err
	}
	return c.positive(col, w.Op, w.Value)
}

// operators contains the operators with one operand.
var operators = map[filter.Op]string{filter.Eq: "$eq", filter.Gt: "$gt", filter.Gte: "$gte", filter.Lt: "$lt", filter.Lte: "$lte"}

// positive returns an operator that is not a negation. On an array, MongoDB's operators hold if they hold for any element.
func (c condition) positive(col *column, op filter.Op, value any) (bson.D, error) {
	list, _ := value.([]any)
	text, isText := value.(string)
	pattern, isPattern := value.(*filter.Pattern)
	switch {
	case op == filter.Exists:
		return on(col.field, "$exists", value), nil
	case op == filter.Eq && value == nil:
		return absent(col), nil
	case operators[op] != "" && value != nil:
		return one(col, operators[op], value)
	case op == filter.Between && len(list) == 2:
		from, err := operand(list[0])
		if err != nil {
			return nil, err
		}
		to, err := operand(list[1])
		return bson.D{{Key: col.field, Value: bson.D{{Key: "$gte", Value: from}, {Key: "$lte", Value: to}}}}, err
	case op == filter.Inq:
		return in(col, list)
	case op == filter.Like && isText:
		return c.regex(col, likeSource(text, false))
	case op == filter.Ilike && isText:
		return c.regex(col, likeSource(text, true))
	case op == filter.Regexp && isPattern:
		source, err := regexSource(pattern, c.ferret)
		if err != nil {
			return nil, err
		}
		return c.regex(col, source)
	}
	return nil, fault.New(fault.Internal, "", "invalid operand for the operator %d", op)
}

func one(col *column, operator string, value any) (bson.D, error) {
	v, err := operand(value)
	return on(col.field, operator, v), err
}

func in(col *column, list []any) (bson.D, error) {
	values := bson.A{}
	for _, v := range list {
		if v == nil {
			continue
		}
		v, err := operand(v)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	d := on(col.field, "$in", values)
	if slices.Contains(list, nil) {
		d = bson.D{{Key: "$or", Value: bson.A{d, absent(col)}}}
	}
	return d, nil
}

// maxSource is the maximum length in bytes of a pattern that MongoDB accepts.
const maxSource = 32764

func (c condition) regex(col *column, source string) (bson.D, error) {
	if len(source) > maxSource {
		return nil, fault.New(fault.BadRequest, "", "The regular expression at %q is too large when its character classes are "+
			"expanded: use smaller classes.", col.Name)
	}
	return on(col.field, "$regex", primitive.Regex{Pattern: source, Options: "s"}), nil
}

// absent returns the condition that a property is null or absent. MongoDB also finds arrays that contain null.
func absent(col *column) bson.D {
	d := on(col.field, "$eq", nil)
	if col.Array {
		d = append(d, bson.E{Key: col.field + ".0", Value: bson.D{{Key: "$exists", Value: false}}})
	}
	return d
}

// never returns a condition that no document meets; the server detects this without reading documents.
func never() bson.D { return on("_id", "$in", bson.A{}) }

func on(field, operator string, value any) bson.D {
	return bson.D{{Key: field, Value: bson.D{{Key: operator, Value: value}}}}
}

// operand returns a filter's operand in the form in which documents store it.
func operand(value any) (any, error) {
	switch v := value.(type) {
	case string, int64, float64, bool:
		return v, nil
	case time.Time:
		return primitive.NewDateTimeFromTime(v), nil
	}
	return nil, fault.New(fault.Internal, "", "unknown operand type %T", value)
}

// sort returns the sort document of an order: ties are broken by id, in the direction of the last key.
func (s *shape) sort(order []filter.Order) (bson.D, error) {
	d, direction := bson.D{}, 1
	for _, k := range order {
		col, err := s.column(k.Property)
		if err != nil {
			return nil, err
		}
		if col.Array {
			return nil, fault.New(fault.Internal, "", "collection %s: cannot order by the array %q", s.model.Collection, col.Name)
		}
		direction = 1
		if k.Desc {
			direction = -1
		}
		// MongoDB accepts a field only once; only its first key matters.
		if !slices.ContainsFunc(d, func(e bson.E) bool { return e.Key == col.field }) {
			d = append(d, bson.E{Key: col.field, Value: direction})
		}
	}
	if !slices.ContainsFunc(d, func(e bson.E) bool { return e.Key == "_id" }) {
		d = append(d, bson.E{Key: "_id", Value: direction})
	}
	return d, nil
}
