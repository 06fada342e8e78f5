package filter_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// TestBracketsMeanTheSame writes random values in both forms.
func TestBracketsMeanTheSame(t *testing.T) {
	t.Parallel()
	s := news(t)
	rapid.Check(t, func(t *rapid.T) {
		query := map[string]any{
			"where": where(1, false).Draw(t, "where"),
			"limit": rapid.IntRange(1, 100).Draw(t, "limit"),
			"order": rapid.SampledFrom([]any{"title DESC", []any{"views", "id DESC"}}).Draw(t, "order"),
		}
		text, err := json.Marshal(query)
		if err != nil {
			t.Fatal(err)
		}
		values := url.Values{}
		brackets(values, "filter", query)
		folded, keys, err := s.Fold(values, "filter", filter.QueryForm)
		if err != nil || len(keys) != len(values) {
			t.Fatal(values, err)
		}
		want, wantErr := s.Query(text)
		got, err := s.Query([]byte(folded))
		if err != nil || wantErr != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s, %s: %v, %v", text, folded, wantErr, err)
		}
	})
}

// TestLaws checks laws that must hold for every condition and every document.
func TestLaws(t *testing.T) {
	t.Parallel()
	s := news(t)
	rapid.Check(t, func(t *rapid.T) {
		doc, err := json.Marshal(document().Draw(t, "document"))
		if err != nil {
			t.Fatal(err)
		}
		match := func(where any) bool {
			text, err := json.Marshal(where)
			if err != nil {
				t.Fatal(err)
			}
			w, err := s.Where(text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			got, err := filter.Match(t.Context(), w, doc)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		list := func(op string, all ...any) any { return map[string]any{op: all} }
		a, b := any(where(2, true).Draw(t, "a")), any(where(2, true).Draw(t, "b"))
		notA, notB := list("nor", a), list("nor", b)
		if match(a) == match(notA) {
			t.Fatal("a condition and its opposite agree")
		}
		if match(list("nor", list("and", a, b))) != match(list("or", notA, notB)) ||
			match(list("nor", a, b)) != match(list("and", notA, notB)) {
			t.Fatal("De Morgan")
		}
		for positive, negative := range map[string]string{"eq": "neq", "inq": "nin", "like": "nlike", "ilike": "nilike"} {
			operand := any(texts().Draw(t, "operand"))
			if positive == "inq" {
				operand = []any{operand, nil}
			}
			for _, name := range []string{"title", "tags"} {
				if match(map[string]any{name: map[string]any{positive: operand}}) == match(
					map[string]any{name: map[string]any{negative: operand}}) {
					t.Fatal(name, positive, "and", negative, "agree on", operand)
				}
			}
		}
	})
}

// TestLikeIsARegexp compares like with the equivalent regexp.
func TestLikeIsARegexp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.RuneFrom([]rune(`ab%_é`)), 0, 8, -1).Draw(t, "pattern")
		value := rapid.StringOfN(rapid.RuneFrom([]rune("abÉé\n")), 0, 8, -1).Draw(t, "value")
		source := `(?s)\A` + strings.NewReplacer("%", ".*", "_", ".").Replace(pattern) + `\z`
		for flag, fold := range map[string]bool{"": false, "(?i)": true} {
			got, err := filter.MatchLike(t.Context(), pattern, value, fold)
			if want := regexp.MustCompile(flag + source).MatchString(value); got != want || err != nil {
				t.Fatalf("%q like %q (fold %v): got %v, %v", value, pattern, fold, got, err)
			}
		}
	})
}

// where draws the JSON of a condition; full adds what brackets cannot express.
func where(depth int, full bool) *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		w := map[string]any{}
		n := rapid.IntRange(1, 2).Draw(t, "n")
		if full {
			n = rapid.IntRange(0, 2).Draw(t, "n")
		}
		for range n {
			if depth > 0 && rapid.Bool().Draw(t, "group") {
				name := rapid.SampledFrom([]string{"and", "or", "nor"}).Draw(t, "kind")
				group := rapid.SliceOfN(where(depth-1, full), 1, 3).Draw(t, "of")
				all := make([]any, len(group))
				for i, one := range group {
					all[i] = one
				}
				w[name] = all
				continue
			}
			switch rapid.IntRange(0, 5).Draw(t, "property") {
			case 0:
				op := rapid.SampledFrom([]string{"eq", "neq", "gt", "lte", "like", "ilike", "nlike"}).Draw(t, "op")
				w["title"] = map[string]any{op: texts().Draw(t, "text")}
			case 1:
				w["views"] = map[string]any{"between": []any{rapid.IntRange(-2, 2).Draw(t, "from"), rapid.IntRange(-2, 2).Draw(t, "to")}}
			case 2:
				w["rating"] = map[string]any{"gt": rapid.SampledFrom([]any{0, -1.5, 1 << 62, 1e300}).Draw(t, "number")}
			case 3:
				w["published"] = rapid.Bool().Draw(t, "published")
			case 4:
				w["tags"] = map[string]any{"exists": rapid.Bool().Draw(t, "exists"), "nin": []any{texts().Draw(t, "tag")}}
			case 5:
				if w["date_created"] = "2021-01-01T00:00:00Z"; full {
					w["date_created"] = nil
				}
			}
		}
		return w
	})
}

// document draws a document of the schema, with members missing and null.
func document() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		doc := map[string]any{"id": "1"}
		maybe := func(name string, value any) {
			switch rapid.IntRange(0, 3).Draw(t, name) {
			case 0:
			case 1:
				doc[name] = nil
			default:
				doc[name] = value
			}
		}
		maybe("title", texts().Draw(t, "title"))
		maybe("views", rapid.IntRange(-2, 2).Draw(t, "views"))
		maybe("rating", rapid.SampledFrom([]any{0, -2, 1<<62 + 1, 0.5}).Draw(t, "rating"))
		maybe("published", rapid.Bool().Draw(t, "published"))
		maybe("date_created", "2021-01-01T00:00:00.000Z")
		maybe("tags", rapid.SliceOfN(texts(), 0, 2).Draw(t, "tags"))
		return doc
	})
}

// texts draws short texts of few characters, so that equal texts occur.
func texts() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.RuneFrom([]rune(`aA%_1é`)), 0, 3, -1)
}

// brackets writes a JSON value in bracket form, lists by index.
func brackets(values url.Values, key string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			brackets(values, key+"["+name+"]", member)
		}
	case []any:
		for i, item := range value {
			brackets(values, fmt.Sprintf("%s[%d]", key, i), item)
		}
	case string:
		values.Set(key, value)
	default:
		text, _ := json.Marshal(value)
		values.Set(key, string(text))
	}
}
