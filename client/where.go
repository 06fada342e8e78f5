package client

import (
	"encoding/json"
	"errors"
	"time"
)

// Where is a condition on documents of type T. Properties (NewsWhere.Title.ILike("%go%")), And, Or, Nor and Everything return one. It
// is immutable. The zero value is not a condition; the client rejects it before it sends anything. Its JSON is LoopBack's `where`.
//
// The contract allows 64 comparisons and 8 levels of nesting. The server evaluates the condition: null equals absent, negated
// operators match absent properties, and an operator holds for an array if it holds for any element.
type Where[T any] struct {
	_      [0]*T // prevents conversion between conditions on different resources
	clause map[string]any
}

// Everything holds for every document.
func Everything[T any]() Where[T] { return Where[T]{clause: map[string]any{}} }

// And holds if all conditions hold. Without conditions it always holds, which is an error in operations that change documents.
func And[T any](conditions ...Where[T]) Where[T] { return group("and", conditions) }

// Or holds if at least one condition holds. Without conditions it never holds.
func Or[T any](conditions ...Where[T]) Where[T] { return group("or", conditions) }

// Nor holds if no condition holds; with one condition it is the negation. Without conditions it is the same as And.
func Nor[T any](conditions ...Where[T]) Where[T] { return group("nor", conditions) }

// MarshalJSON returns the condition as LoopBack's `where`. It returns an error if the condition is or contains the zero value, or if an
// operand has no JSON form, such as a time outside the years 0 to 9999.
func (w Where[T]) MarshalJSON() ([]byte, error) {
	if w.clause == nil {
		return nil, errors.New("the zero Where is not a condition; use Everything for all documents")
	}
	return json.Marshal(w.clause)
}

// Property is a property of T that can be compared for equality with a V.
type Property[T, V any] struct{ name string }

// Eq holds if the property is v.
func (p Property[T, V]) Eq(v V) Where[T] { return compare[T](p.name, "eq", v) }

// Neq holds if the property is not v or is absent.
func (p Property[T, V]) Neq(v V) Where[T] { return compare[T](p.name, "neq", v) }

// IsNull holds if the property is null or absent.
func (p Property[T, V]) IsNull() Where[T] { return compare[T](p.name, "eq", nil) }

// IsNotNull holds if the property is present and not null.
func (p Property[T, V]) IsNotNull() Where[T] { return compare[T](p.name, "neq", nil) }

// Exists holds if the property is present, even if null (true), or if it is absent (false).
func (p Property[T, V]) Exists(there bool) Where[T] { return compare[T](p.name, "exists", there) }

// OrderedProperty is a property of T with ordered values. Strings are compared by code point, times as instants.
type OrderedProperty[T, V any] struct{ Property[T, V] }

// Gt holds if the property is greater than v.
func (p OrderedProperty[T, V]) Gt(v V) Where[T] { return compare[T](p.name, "gt", v) }

// Gte holds if the property is v or greater.
func (p OrderedProperty[T, V]) Gte(v V) Where[T] { return compare[T](p.name, "gte", v) }

// Lt holds if the property is less than v. It does not hold for an absent property.
func (p OrderedProperty[T, V]) Lt(v V) Where[T] { return compare[T](p.name, "lt", v) }

// Lte holds if the property is v or less. It does not hold for an absent property.
func (p OrderedProperty[T, V]) Lte(v V) Where[T] { return compare[T](p.name, "lte", v) }

// Between holds if the property is at least least and at most most.
func (p OrderedProperty[T, V]) Between(least, most V) Where[T] {
	return compare[T](p.name, "between", []V{least, most})
}

// Inq holds if the property is one of the values, at most 1,000.
func (p OrderedProperty[T, V]) Inq(values ...V) Where[T] {
	return compare[T](p.name, "inq", list(values))
}

// Nin holds if the property is absent or none of the values, at most 1,000.
func (p OrderedProperty[T, V]) Nin(values ...V) Where[T] {
	return compare[T](p.name, "nin", list(values))
}

// StringProperty is a property of T that is a string or an array of strings. A pattern is an SQL pattern for the whole value, with
// at most 256 characters: % matches any characters, _ matches one, and \ escapes the next one.
type StringProperty[T any] struct{ OrderedProperty[T, string] }

// Like holds if the property matches the pattern.
func (p StringProperty[T]) Like(pattern string) Where[T] { return compare[T](p.name, "like", pattern) }

// NLike holds if the property is absent or does not match the pattern.
func (p StringProperty[T]) NLike(pattern string) Where[T] {
	return compare[T](p.name, "nlike", pattern)
}

// ILike is like Like but ignores case.
func (p StringProperty[T]) ILike(pattern string) Where[T] {
	return compare[T](p.name, "ilike", pattern)
}

// NILike is like NLike but ignores case.
func (p StringProperty[T]) NILike(pattern string) Where[T] {
	return compare[T](p.name, "nilike", pattern)
}

// Regexp holds if the expression, in the syntax of package regexp, matches a part of the property.
// It may have at most 256 characters; /expression/i sets flags: i, m, s.
func (p StringProperty[T]) Regexp(expression string) Where[T] {
	return compare[T](p.name, "regexp", expression)
}

// DateProperty is a property of T that is an instant; the server stores milliseconds.
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

// list copies the values, so that callers may modify their slice, and returns [] instead of null.
func list[V any](values []V) []V { return append([]V{}, values...) }
