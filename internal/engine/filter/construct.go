package filter

import (
	"fmt"
	"time"
)

// Everything is the condition that holds for every document, which a client writes as {}. It has to be written: a nil Where is no
// condition, and an empty And holds for every document by accident.
type Everything struct{}

func (Everything) where() {}

// All is the condition that each of the given ones holds. Everything is left out where there is another condition, and a single
// condition is returned as it is.
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

// TypedProperty is a property whose values are V, so that Go code cannot compare it with anything else. Its methods have the names
// and meanings of LoopBack's operators. Times are compared in whole milliseconds, as they are stored. PropertyOf makes one.
type TypedProperty[V Value] struct{ property *Property }

// PropertyOf returns the property with that name. It is an error when the schema has no such property, or one whose values are not V.
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

// Eq holds when the property is v, or has an element that is.
func (p TypedProperty[V]) Eq(v V) Where { return p.compare(Eq, v) }

// Neq holds when the property is not v; null and absent are not v.
func (p TypedProperty[V]) Neq(v V) Where { return p.compare(Neq, v) }

// Inq holds when the property is one of the values, or has an element that is. Without values it holds never.
func (p TypedProperty[V]) Inq(values ...V) Where {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = operand(v)
	}
	return &Comparison{Property: p.property, Op: Inq, Value: all}
}

// Gt holds when the property is greater than v.
func (p TypedProperty[V]) Gt(v V) Where { return p.compare(Gt, v) }

// Gte holds when the property is v or greater.
func (p TypedProperty[V]) Gte(v V) Where { return p.compare(Gte, v) }

// Lt holds when the property is less than v; null and absent are not.
func (p TypedProperty[V]) Lt(v V) Where { return p.compare(Lt, v) }

// Lte holds when the property is v or less; null and absent are not.
func (p TypedProperty[V]) Lte(v V) Where { return p.compare(Lte, v) }

// IsNull holds when the property is null or absent.
func (p TypedProperty[V]) IsNull() Where { return &Comparison{Property: p.property, Op: Eq} }

// Asc orders by the property, the least first.
func (p TypedProperty[V]) Asc() Order { return Order{Property: p.property} }

// Desc orders by the property, the greatest first.
func (p TypedProperty[V]) Desc() Order { return Order{Property: p.property, Desc: true} }

func (p TypedProperty[V]) compare(op Op, v V) Where {
	return &Comparison{Property: p.property, Op: op, Value: operand(v)}
}

// operand returns a value as a Comparison has it.
func operand[V Value](v V) any {
	if at, ok := any(v).(time.Time); ok {
		return at.UTC().Truncate(time.Millisecond)
	}
	return v
}
