package storetest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"unicode"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// generator returns random documents and filters. Both use the same few values, so that filters often match.
type generator struct {
	*rand.Rand
	columns []*filter.Property
}

// members returns a value for each property except the id, as JSON text; nil means that the document lacks it.
func (g generator) members() map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for _, p := range g.columns {
		if p.Name == "id" {
			continue
		}
		text := `null`
		switch n := g.IntN(10); {
		case n < 2:
			text = ""
		case n < 9 && p.Array:
			text = g.list(4, func() string { return pick(g, values(p.Type)) })
		case n < 9:
			text = pick(g, values(p.Type))
		}
		if text == `9223372036854775808` { // beyond an int64 Marshal writes what a float64 needs
			text = `9223372036854776000`
		}
		if len(p.Path) == 2 && text != "" {
			text = `{"` + p.Path[1] + `":` + text + `}`
		}
		out[p.Path[0]] = nil
		if text != "" {
			out[p.Path[0]] = json.RawMessage(text)
		}
	}
	return out
}

// query returns a filter with a where, an order and a page.
func (g generator) query() map[string]any {
	order := []string{}
	for _, i := range g.Perm(len(g.columns))[:g.IntN(4)] {
		if p := g.columns[i]; !p.Array {
			order = append(order, p.Name+pick(g, []string{"", " ASC", " DESC"}))
		}
	}
	return map[string]any{"where": g.where(g.IntN(4)), "order": order, "limit": 1 + g.IntN(50), "skip": g.IntN(3) * g.IntN(5)}
}

// where returns a condition whose groups are nested at most that deep.
func (g generator) where(depth int) any {
	if depth > 0 && g.IntN(4) > 0 {
		conditions := []any{}
		for range g.IntN(4) {
			conditions = append(conditions, g.where(depth-1))
		}
		return map[string]any{pick(g, []string{"and", "or", "or", "nor"}): conditions}
	}
	p := pick(g, g.columns)
	operators := map[string]any{}
	for range 1 + g.IntN(8)/7 {
		op := pick(g, p.Ops.Names())
		operators[op] = json.RawMessage(g.operand(p.Type, op))
	}
	return map[string]any{p.Name: operators}
}

// operand returns an operand as JSON text.
func (g generator) operand(typ filter.Type, op string) string {
	one := func() string { return pick(g, operands(typ)) }
	orNull := func() string {
		if g.IntN(6) == 0 {
			return `null`
		}
		return one()
	}
	switch op {
	case "exists":
		return pick(g, []string{`true`, `false`})
	case "eq", "neq":
		return orNull()
	case "inq", "nin":
		return g.list(14, orNull)
	case "between":
		return `[` + one() + `,` + one() + `]`
	case "like", "nlike", "ilike", "nilike":
		return quoted(g.pattern())
	case "regexp":
		return quoted(g.expression())
	default:
		return one()
	}
}

// pattern returns a like pattern made from a value: most of it stays, escaped where it must be, other parts become wildcards.
func (g generator) pattern() string {
	var b strings.Builder
	for _, r := range g.text() {
		n := g.IntN(12)
		if n < 2 {
			b.WriteByte("%_"[n])
			continue
		}
		if n < 5 {
			r = unicode.SimpleFold(r)
		}
		if r == '\\' || n > 2 && (r == '%' || r == '_') {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return pick(g, []string{"", "", "%"}) + b.String() + pick(g, []string{"", "", "%"})
}

// expression returns a regular expression made from a value.
func (g generator) expression() string {
	var b strings.Builder
	for _, r := range g.text() {
		literal := regexp.QuoteMeta(string(r))
		switch g.IntN(12) {
		case 0:
			b.WriteString(`.`)
		case 1:
			b.WriteString(`.*`)
		case 2:
			b.WriteString(`[^x]`)
		case 3:
			b.WriteString(literal + `+`)
		case 4:
			b.WriteString(`(?:` + literal + `|x)`)
		case 5:
			b.WriteString(regexp.QuoteMeta(string(unicode.SimpleFold(r))))
		default:
			b.WriteString(literal)
		}
	}
	return pick(g, []string{"", "(?i)", "(?s)", "(?m)"}) + pick(g, []string{"", "^"}) + b.String() + pick(g, []string{"", "$"})
}

// text returns a random string of documents.
func (g generator) text() string {
	var s string
	if err := json.Unmarshal([]byte(pick(g, values(filter.String))), &s); err != nil {
		panic(fmt.Sprintf("a generated value is not JSON: %v", err))
	}
	return s
}

func (g generator) list(most int, element func() string) string {
	elements := make([]string, g.IntN(most))
	for i := range elements {
		elements[i] = element()
	}
	return `[` + strings.Join(elements, ",") + `]`
}

func pick[T any](g generator, from []T) T { return from[g.IntN(len(from))] }

// values returns the values in documents, as JSON text.
func values(typ filter.Type) []string {
	switch typ {
	case filter.Integer:
		return []string{`0`, `1`, `-1`, `2`, `9`, `10`, `9007199254740991`, `9007199254740992`, `9007199254740993`, `-9007199254740993`,
			`9223372036854775806`, `9223372036854775807`, `-9223372036854775808`}
	case filter.Number:
		return []string{`0`, `1`, `-1`, `2`, `10`, `0.5`, `-0.5`, `1.5`, `0.1`, `0.30000000000000004`, `1e-7`, `5e-324`, `1e+21`,
			`9007199254740992`, `9007199254740993`, `9223372036854775807`, `-9223372036854775808`, `9223372036854775808`,
			`1.7976931348623157e+308`}
	case filter.Boolean:
		return []string{`true`, `false`}
	case filter.Date:
		return []string{`"0001-01-01T00:00:00.000Z"`, `"1969-12-31T23:59:59.999Z"`, `"1970-01-01T00:00:00.000Z"`,
			`"2021-02-28T23:00:00.000Z"`, `"2021-02-28T23:00:00.001Z"`, `"9999-12-31T23:59:59.999Z"`}
	}
	var out []string
	for _, s := range []string{
		"", " ", "a", "A", "ab", "aB", "b", "apple", "Apple", "APPLE", "apples", "50%", "50_", `50\%`, "a%b_c", `a\b`, `\`, "%", "_", "*",
		"a*b", "a?b", "[a]", "[^a]",
		"a.b", "(x)", "^a$", "{2}", "a|b", "it's", `"q"`, "' OR 1=1 --", "$where", "null", "true", "1", "01", "a\nb", "a\n",
		"é", "É", "e\u0301", "ß", "ẞ", "ss", "SS", "s", "S", "ſ", "k", "K", "\u212A", "i", "I", "İ", "ı", "σ", "ς", "Σ", "𝒜", "𐐀", "𐐨", "～",
		"\uFFFD", "שלום",
	} {
		out = append(out, quoted(s))
	}
	return out
}

// operands returns the values, and other forms of some of them.
func operands(typ filter.Type) []string {
	switch typ {
	case filter.Number:
		return append(values(typ), `1.0`, `1e0`, `5e-1`, `-0.0`, `0.3`, `9007199254740992.0`, `9223372036854775807.0`, `1E+21`)
	case filter.Date:
		return append(values(typ), `"2021-03-01T00:00:00+01:00"`, `"2021-02-28T18:00:00.0019-05:00"`, `"1970-01-01T00:00:00Z"`,
			`"2000-01-01T00:00:00Z"`)
	default:
		return values(typ)
	}
}
