package spec

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// outOfRange is a number that its type in Go cannot hold. Validation rejects it.
type outOfRange struct{}

// bits are the sizes of numbers in Go, by their formats; positive ones are signed.
var bits = map[string]int{"int8": 8, "int16": 16, "int32": 32, "uint8": -8, "uint16": -16, "uint32": -32, "uint": -64, "uint64": -64}

// limitNumbers limits a schema of numbers to those that their type in Go can hold.
func limitNumbers(s *openapi3.Schema) {
	least, most := -math.MaxFloat64, math.MaxFloat64
	size := bits[s.Format]
	switch kind := kindOf(s); {
	case kind == "number" && s.Format == "float":
		least, most = -math.MaxFloat32, math.MaxFloat32
	case kind == "integer" && size < 0:
		least, most = 0, math.Ldexp(1, -size)-1
	case kind == "integer" && size > 0:
		least, most = -math.Ldexp(1, size-1), math.Ldexp(1, size-1)-1
	default:
		return
	}
	if s.Min == nil || *s.Min < least {
		s.Min = &least
	}
	if s.Max == nil || *s.Max > most {
		s.Max = &most
	}
}

// plainNumber returns a number as a handler can read it: an integer without exponent and fraction, 1000 for 1e3, or outOfRange.
func plainNumber(s *openapi3.Schema, n json.Number) any {
	text := string(n)
	if strings.ContainsAny(text, ".eE") {
		text = integerText(text)
	}
	switch kindOf(s) {
	case "integer":
		if strings.ContainsAny(text, ".eE") {
			if value, err := n.Float64(); err == nil && math.Abs(value) >= math.MaxInt64 {
				return outOfRange{}
			}
			return n // a fraction, for validation to reject
		}
		size := bits[s.Format]
		if size == 0 {
			size = 64
		}
		_, err := strconv.ParseInt(text, 10, max(size, 1))
		if size < 0 {
			_, err = strconv.ParseUint(text, 10, -size)
		}
		if err != nil {
			return outOfRange{}
		}
	case "number":
		if value, err := n.Float64(); err == nil && s.Format == "float" && math.Abs(value) > math.MaxFloat32 {
			return outOfRange{}
		}
	}
	return json.Number(text)
}

// plainNumbers does the same in a value without a schema.
func plainNumbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		return plainNumber(&openapi3.Schema{}, v)
	case []any:
		for i, item := range v {
			v[i] = plainNumbers(item)
		}
	case map[string]any:
		for name, member := range v {
			v[name] = plainNumbers(member)
		}
	}
	return value
}

// inUnion returns the value with plain numbers. If no alternative that accepts it can hold its numbers in Go, they are out of range.
func inUnion(s *openapi3.Schema, value any, depth int) any {
	value = plainNumbers(value)
	if !hasNumber(value, isLarge) {
		return value
	}
	var overflown any
	for _, part := range slices.Concat(s.OneOf, s.AnyOf) {
		if part.Value.VisitJSON(value, bodyOptions...) != nil {
			continue
		}
		held := inForms(part.Value, copyOf(value), depth-1)
		if part.Value.VisitJSON(held, bodyOptions...) == nil {
			return value
		}
		overflown = held
	}
	if overflown != nil {
		return overflown
	}
	return value
}

// isLarge reports whether some type in Go cannot hold a number.
func isLarge(number json.Number) bool {
	n, err := strconv.ParseFloat(string(number), 64)
	return err != nil || n < 0 || n > math.MaxInt8
}

// hasNumber reports whether a value has a number for which is reports true.
func hasNumber(value any, is func(json.Number) bool) bool {
	switch v := value.(type) {
	case json.Number:
		return is(v)
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return hasNumber(item, is) })
	case map[string]any:
		for _, member := range v {
			if hasNumber(member, is) {
				return true
			}
		}
	}
	return false
}

// copyOf returns a deep copy of a value that was decoded from JSON.
func copyOf(value any) any {
	switch v := value.(type) {
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = copyOf(item)
		}
		return items
	case map[string]any:
		members := make(map[string]any, len(v))
		for name, member := range v {
			members[name] = copyOf(member)
		}
		return members
	}
	return value
}

// integerText returns a number that is an integer of at most 64 bits without exponent and fraction, and other numbers as they are.
func integerText(text string) string {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	shift := 0
	if exponent != "" {
		var err error
		if shift, err = strconv.Atoi(strings.TrimPrefix(exponent, "+")); err != nil || shift > 20 || shift < -400 {
			return text
		}
	}
	sign := ""
	if rest, negative := strings.CutPrefix(whole, "-"); negative {
		sign, whole = "-", rest
	}
	digits, point := whole+fraction, len(whole)+shift
	switch {
	case point < 0:
		digits = strings.Repeat("0", -point) + digits
		point = 0
	case point > len(digits):
		digits += strings.Repeat("0", point-len(digits))
	}
	if strings.Trim(digits[point:], "0") != "" {
		return text
	}
	whole = strings.TrimLeft(digits[:point], "0")
	if whole == "" {
		return "0"
	}
	if len(whole) > 20 {
		return text
	}
	return sign + whole
}
