package spec

import (
	"encoding/json"
	"maps"
	"slices"

	"pgregory.net/rapid"
)

// near draws from a generator and sometimes draws an unsuitable value instead.
func near(g *rapid.Generator[any]) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		if rapid.IntRange(0, 19).Draw(t, "odd") > 0 {
			return g.Draw(t, "even")
		}
		return rapid.SampledFrom([]any{nil, true, 0, json.Number("1e400"), "", "x", []any{}, []any{nil}, map[string]any{},
			map[string]any{"x": 1}}).Draw(t, "instead")
	})
}

// members draws an object with some of the members and sometimes an unknown one.
func members(of map[string]*rapid.Generator[any]) *rapid.Generator[any] {
	names := append(slices.Sorted(maps.Keys(of)), "")
	return rapid.Custom(func(t *rapid.T) any {
		object := map[string]any{}
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 3).Draw(t, "names") {
			if name != "" {
				object[name] = near(of[name]).Draw(t, name)
			} else if rapid.IntRange(0, 9).Draw(t, "unknown") == 0 {
				name = rapid.SampledFrom([]string{"Title", "$where", "include", "and ", "", "__proto__", "title.x", "eQ"}).Draw(t, "name")
				object[name] = 1
			}
		}
		return object
	})
}

func nearWhere(depth int) *rapid.Generator[any] {
	of := map[string]*rapid.Generator[any]{
		"id": nearCondition(nearText(), true), "title": nearCondition(nearText(), true), "date_created": nearCondition(nearDate(), false),
	}
	if depth > 0 {
		for _, name := range []string{"and", "or", "nor"} {
			of[name] = list(rapid.Deferred(func() *rapid.Generator[any] { return nearWhere(depth - 1) }), 0, 2)
		}
	}
	return members(of)
}

func nearCondition(operand *rapid.Generator[any], text bool) *rapid.Generator[any] {
	of := map[string]*rapid.Generator[any]{"exists": anyOf(true, false, 1, nil), "between": list(operand, 1, 3)}
	for _, name := range []string{"eq", "neq", "gt", "gte", "lt", "lte"} {
		of[name] = operand
	}
	for _, name := range []string{"inq", "nin"} {
		of[name] = list(operand, 0, 3)
	}
	if text {
		for _, name := range []string{"like", "nlike", "ilike", "nilike", "regexp"} {
			of[name] = nearPattern()
		}
	}
	return rapid.OneOf(operand, members(of))
}

func nearText() *rapid.Generator[any] { return anyOf("", "a", "Ü😀", "\x00", nil, 1, "a") }

func nearDate() *rapid.Generator[any] {
	return anyOf("2020-01-01T00:00:00Z", "2020-02-30T00:00:00Z", "2020-01-01t00:00:00.123456z", "2020-01-01", "0000-01-01T00:00:00+01:00",
		"9999-12-31T23:59:59-00:01", "2020-06-30T23:59:60Z", "2020-01-01T00:00:00.1+14:00", "", nil, 0)
}

func nearPattern() *rapid.Generator[any] {
	runes := rapid.SampledFrom([]rune(`ab%_\(/i[` + "\n😀"))
	return rapid.OneOf(
		rapid.Map(rapid.StringOfN(runes, 0, 6, -1), toAny[string]),
		rapid.Map(rapid.StringOfN(runes, 255, 257, -1), toAny[string]),
		anyOf(nil, 1),
	)
}

func nearOrder() *rapid.Generator[any] {
	parts := rapid.SampledFrom([]string{"title", "id", "text", " ", "  DESC", " asc", ",", ", ", "views", ""})
	key := rapid.Map(rapid.SliceOfN(parts, 0, 5), func(parts []string) any {
		text := ""
		for _, part := range parts {
			text += part
		}
		return text
	})
	return rapid.OneOf(key, list(key, 0, 3))
}

func nearFields() *rapid.Generator[any] {
	return rapid.OneOf(
		list(anyOf("id", "title", "text", "owner", "id", "x", 1), 0, 4),
		members(map[string]*rapid.Generator[any]{"id": anyOf(true, false, 1), "title": anyOf(true, false),
			"date_created": anyOf(true, nil)}),
	)
}

func nearNumber() *rapid.Generator[any] {
	return anyOf(0, 1, 100, 1000, 1001, 10000, 10001, -1, json.Number("1e2"), json.Number("3.0"), json.Number("2.5"), json.Number("-0"),
		json.Number("1e400"), json.Number("1e-400"), "5", nil)
}

func list(of *rapid.Generator[any], least, most int) *rapid.Generator[any] {
	return rapid.Map(rapid.SliceOfN(near(of), least, most), toAny[[]any])
}

func anyOf(values ...any) *rapid.Generator[any] { return rapid.SampledFrom(values) }

func toAny[T any](value T) any { return value }
