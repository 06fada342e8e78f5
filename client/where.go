package client

import (
	"encoding/json"
	"errors"
	"time"
)

// Where is a condition on documents of type T, made by a property (NewsWhere.Title.ILike("%go%")) or by And, Or, Nor and Everything. It
// does not change. Its zero value is no condition, and is refused before anything is sent. Its JSON is LoopBack's `where`.
//
// The contract bounds it: 64 comparisons, nested 8 deep. What it means is the server's affair, in short: null equals
// absent, the negated operators match absent properties, and on an array an operator holds when it holds for any element.
type Where[T any] struct {
	_      [0]*T // a condition on one resource does not convert to one on another
	clause map[string]any
}

// Everything holds for every document.
func Everything[T any]() Where[T] { return Where[T]{clause: map[string]any{}} }

// And holds when each of the conditions does; without any it always holds, which is refused where documents are changed.
func And[T any](conditions ...Where[T]) Where[T] { return group("and", conditions) }

// Or holds when one of the conditions does; without any it never holds.
func Or[T any](conditions ...Where[T]) Where[T] { return group("or", conditions) }

// Nor holds when none of the conditions does; with one condition it is its negation. Without any it is And without any.
func Nor[T any](conditions ...Where[T]) Where[T] { return group("nor", conditions) }

// MarshalJSON returns the condition as the server reads it. It is an error when the condition is the zero value or contains it, and
// when an operand has no JSON, such as a time outside of the years 0 to 9999.
func (w Where[T]) MarshalJSON() ([]byte, error) {
	if w.clause == nil {
		return nil, errors.New("the zero Where is no condition; use Everything for all documents")
	}
	return json.Marshal(w.clause)
}

// Property is a property of T that can be compared for equality with a V.
type Property[T, V any] struct{ name string }

// Eq holds when the property is v.
func (p Property[T, V]) Eq(v V) Where[T] { return compare[T](p.name, "eq", v) }

// Neq holds when the property is not v; absent is not v.
func (p Property[T, V]) Neq(v V) Where[T] { return compare[T](p.name, "neq", v) }

// IsNull holds when the property is null or absent.
func (p Property[T, V]) IsNull() Where[T] { return compare[T](p.name, "eq", nil) }

// IsNotNull holds when the property is there and not null.
func (p Property[T, V]) IsNotNull() Where[T] { return compare[T](p.name, "neq", nil) }

// Exists holds when the property is there, null or not (true), or absent (false).
func (p Property[T, V]) Exists(there bool) Where[T] { return compare[T](p.name, "exists", there) }

// OrderedProperty is a property of T whose values have an order. Strings compare by code point, times as instants.
type OrderedProperty[T, V any] struct{ Property[T, V] }

// Gt holds when the property is greater than v.
func (p OrderedProperty[T, V]) Gt(v V) Where[T] { return compare[T](p.name, "gt", v) }

// Gte holds when the property is v or greater.
func (p OrderedProperty[T, V]) Gte(v V) Where[T] { return compare[T](p.name, "gte", v) }

// Lt holds when the property is less than v; absent is not.
func (p OrderedProperty[T, V]) Lt(v V) Where[T] { return compare[T](p.name, "lt", v) }

// Lte holds when the property is v or less; absent is not.
func (p OrderedProperty[T, V]) Lte(v V) Where[T] { return compare[T](p.name, "lte", v) }

// Between holds when the property is least, most, or between the two.
func (p OrderedProperty[T, V]) Between(least, most V) Where[T] {
	return compare[T](p.name, "between", []V{least, most})
}

// Inq holds when the property is one of the values, of which there may be 1,000.
func (p OrderedProperty[T, V]) Inq(values ...V) Where[T] {
	return compare[T](p.name, "inq", list(values))
}

// Nin holds when the property is none of the values, of which there may be 1,000; absent is none of them.
func (p OrderedProperty[T, V]) Nin(values ...V) Where[T] {
	return compare[T](p.name, "nin", list(values))
}

// StringProperty is a property of T that is a string, or an array of strings. A pattern is SQL's, for the whole value, of at
// most 256 characters: % is any run of characters, _ is one, \ takes the next one as it is.
type StringProperty[T any] struct{ OrderedProperty[T, string] }

// Like holds when the property matches the pattern.
func (p StringProperty[T]) Like(pattern string) Where[T] { return compare[T](p.name, "like", pattern) }

// NLike holds when the property does not match the pattern; absent does not.
func (p StringProperty[T]) NLike(pattern string) Where[T] {
	return compare[T](p.name, "nlike", pattern)
}

// ILike is Like without regard to case.
func (p StringProperty[T]) ILike(pattern string) Where[T] {
	return compare[T](p.name, "ilike", pattern)
}

// NILike is NLike without regard to case.
func (p StringProperty[T]) NILike(pattern string) Where[T] {
	return compare[T](p.name, "nilike", pattern)
}

// Regexp holds when the expression, in RE2's syntax as package regexp has it, matches somewhere in the property.
// It may have 256 characters; /expression/i takes flags: i, m, s.
func (p StringProperty[T]) Regexp(expression string) Where[T] {
	return compare[T](p.name, "regexp", expression)
}

// DateProperty is a property of T that is an instant, of which the server keeps milliseconds.
type DateProperty[T any] = OrderedProperty[T, time.Time]

func property[T, V any](name string) Property[T, V] { return Property[T, V]{name} }

func orderedProperty[T, V any](name string) OrderedProperty[T, V] {
	return OrderedProperty[T, V]{property[T, V](name)}
}

func stringProperty[T any](name string) StringProperty[T] {
	return StringProperty[T]{orderedProperty[T, string](name)}
}

func dateProperty[T any](name string) DateProperty[T] {
	return orderedProperty[T, time.Time](name)
}

func compare[T any](property, operator string, operand any) Where[T] {
	return Where[T]{clause: map[string]any{property: map[string]any{operator: operand}}}
}

func group[T any](word string, conditions []Where[T]) Where[T] {
	return Where[T]{clause: map[string]any{word: list(conditions)}}
}

// list copies the values, so that their slice can be used again, and is [] rather than null.
func list[V any](values []V) []V { return append([]V{}, values...) }
