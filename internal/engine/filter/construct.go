package filter

import (
	"fmt"
	"time"
)

// Everything is the condition that holds for every document; a client writes it as {}. It must be explicit: a nil Where is not a condition,
// and an empty And may hold for every document by mistake.
type Everything struct{}

func (Everything) where() {}

// All returns the condition that holds if all given conditions hold. It omits Everything if there is another condition, and returns a
// single condition unchanged.
func All(conditions ...Where) Where {
	all := And{}
	for _, w := range conditions {
		if w != (Everything{}) {
			all = append(all, w)
		}
	}
	switch {
	case len(all) == 1:
		return all[0]
	case len(all) == 0 && len(conditions) > 0:
		return Everything{}
	}
	return all
}

// Value is the Go type of a property's values: string for String, int64 for Integer, float64 for Number, bool for Boolean,
// time.Time for Date.
type Value interface {
	string | int64 | float64 | bool | time.Time
}

// TypedProperty is a property whose values have the type V, so that Go code cannot compare it with other types. Its methods have the names
// and meanings of LoopBack's operators. Times are compared in whole milliseconds, as they are stored. PropertyOf returns one.
type TypedProperty[V Value] struct{ property *Property }

// PropertyOf returns the property with that name. It returns an error if the schema has no such property, or if its values do not have the
// type V.
func PropertyOf[V Value](s *Schema, name string) (TypedProperty[V], error) {
	p := s.byName[name]
	if p == nil {
		return TypedProperty[V]{}, s.unknown(name)
	}
	if want := typeOf[V](); p.Type != want {
		return TypedProperty[V]{}, fmt.Errorf("filter: schema %s: property %q is %s; a %T is for %s", s.name, name, p.Type, *new(V), want)
	}
	return TypedProperty[V]{p}, nil
}

func typeOf[V Value]() Type {
	switch any(*new(V)).(type) {
	case string:
		return String
	case int64:
		return Integer
	case float64:
		return Number
	case bool:
		return Boolean
	}
	return Date
}

// Eq holds if the property equals v, or if one of its elements does.
func (p TypedProperty[V]) Eq(v V) Where { return p.compare(Eq, v) }

// Neq holds if the property does not equal v, or is null or absent.
func (p TypedProperty[V]) Neq(v V) Where { return p.compare(Neq, v) }

// Inq holds if the property equals one of the values, or if one of its elements does. Without values it never holds.
func (p TypedProperty[V]) Inq(values ...V) Where {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = operand(v)
	}
	return &Comparison{Property: p.property, Op: Inq, Value: all}
}

// Gt holds if the property is greater than v.
func (p TypedProperty[V]) Gt(v V) Where { return p.compare(Gt, v) }

// Gte holds if the property is greater than or equal to v.
func (p TypedProperty[V]) Gte(v V) Where { return p.compare(Gte, v) }

// Lt holds if the property is less than v; null and absent are not.
func (p TypedProperty[V]) Lt(v V) Where { return p.compare(Lt, v) }

// Lte holds if the property is less than or equal to v; null and absent are not.
func (p TypedProperty[V]) Lte(v V) Where { return p.compare(Lte, v) }

// IsNull holds if the property is null or absent.
func (p TypedProperty[V]) IsNull() Where { return &Comparison{Property: p.property, Op: Eq} }

// Asc orders by the property in ascending order.
func (p TypedProperty[V]) Asc() Order { return Order{Property: p.property} }

// Desc orders by the property in descending order.
func (p TypedProperty[V]) Desc() Order { return Order{Property: p.property, Desc: true} }

func (p TypedProperty[V]) compare(op Op, v V) Where {
	return &Comparison{Property: p.property, Op: op, Value: operand(v)}
}

// operand returns a value in the form that a Comparison contains.
func operand[V Value](v V) any {
	if at, ok := any(v).(time.Time); ok {
		return at.UTC().Truncate(time.Millisecond)
	}
	return v
}
