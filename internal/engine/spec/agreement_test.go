package spec

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// reasons are the rules of the filter language that a schema cannot express, so that it accepts more than the language.
var reasons = []struct {
	name string
	is   func(text string, f fault.Field) bool
}{
	{"the syntax and cost of a regexp", func(_ string, f fault.Field) bool {
		return strings.HasSuffix(f.Path, "/regexp") && (f.Code == "format" || f.Code == "pattern")
	}},
	{"too many conditions", func(_ string, f fault.Field) bool { return f.Code == "terms" }},
	{"nested too deep", func(_ string, f fault.Field) bool { return f.Code == "depth" }},
	{"a text that is too long", func(_ string, f fault.Field) bool { return f.Path == "" && f.Code == "maxLength" }},
	{"a duplicate name in one object", func(_ string, f fault.Field) bool { return f.Code == "uniqueNames" }},
	{"a duplicate property in one order", func(_ string, f fault.Field) bool {
		return strings.HasPrefix(f.Path, "/order") && f.Code == "uniqueItems"
	}},
	{"too many keys in one order", func(_ string, f fault.Field) bool { return f.Path == "/order" && f.Code == "maxItems" }},
	{"half of a surrogate pair", func(text string, f fault.Field) bool {
		return f.Path == "" && f.Code == "syntax" && strings.Contains(text, `\u`)
	}},
	{"a byte order mark", func(text string, f fault.Field) bool {
		return f.Path == "" && f.Code == "syntax" && strings.HasPrefix(text, "\uFEFF")
	}},
	{"digits beyond those of a float64, which kin compares", func(_ string, f fault.Field) bool {
		return f.Code == "type" && (f.Path == "/limit" || f.Path == "/skip" || f.Path == "/offset")
	}},
}

// TestFilterAgreement compares the two validations of a filter with texts that are nearly valid: filter.Schema, which the server
// uses, and the contract's schemas, which clients see.
func TestFilterAgreement(t *testing.T) {
	t.Parallel()
	a := newAgreement(t)
	rapid.Check(t, func(t *rapid.T) {
		root := rapid.SampledFrom([]string{"NoteFilter", "NoteWhere", "NoteFieldsFilter"}).Draw(t, "schema")
		var value any
		switch root {
		case "NoteFilter":
			value = near(members(map[string]*rapid.Generator[any]{
				"where": nearWhere(2), "fields": nearFields(), "order": nearOrder(), "limit": nearNumber(), "skip": nearNumber(),
				"offset": nearNumber(),
			})).Draw(t, "filter")
		case "NoteWhere":
			value = near(nearWhere(3)).Draw(t, "where")
		default:
			value = near(members(map[string]*rapid.Generator[any]{"fields": nearFields()})).Draw(t, "fields filter")
		}
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		a.check(t, root, string(text))
	})
}

func FuzzFilterAgreement(f *testing.F) {
	a := newAgreement(f)
	for _, text := range []string{
		`{"where":{"title":{"like":"a%"},"and":[{"owner":null}]},"order":["title DESC"," "],"limit":3.0,"skip":0}`,
		`{"title":"a","date_created":{"between":["2020-01-01T00:00:00Z","2021-01-01T00:00:00+01:00"]}}`,
		`{"fields":["id","title"]}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, root := range []string{"NoteFilter", "NoteWhere", "NoteFieldsFilter"} {
			a.check(t, root, text)
		}
	})
}

// testingT has the methods that *testing.T and *rapid.T share.
type testingT interface {
	Helper()
	Fatalf(format string, args ...any)
}

type agreement struct {
	contract *Contract
	schema   *filter.Schema
}

func newAgreement(t testing.TB) agreement {
	t.Helper()
	c := testapp(t)
	return agreement{c, c.model("Note").Schema}
}

func (a agreement) check(t testingT, root, text string) {
	t.Helper()
	if text == "" || strings.TrimSpace(text) == "null" {
		return // no filter
	}
	byFilter, byContract := a.byFilter(root, text), a.byContract(t, root, text)
	if byFilter == nil && byContract != nil {
		t.Fatalf("%s: filter.Schema accepts, the contract rejects: %s\n%v", root, text, byContract)
	}
	if byFilter == nil || byContract != nil {
		return
	}
	refusal, ok := errors.AsType[*fault.Error](byFilter)
	if !ok {
		t.Fatalf("%s: got %v, want a fault: %s", root, byFilter, text)
	}
	for _, f := range refusal.Fields {
		if !explained(text, f) {
			t.Fatalf("%s: filter.Schema rejects, the contract accepts: %s\n%+v", root, text, f)
		}
	}
}

// plainOrder converts an order to the form of the contract's schema. The language also accepts other white space than spaces, and
// ignores blank strings in the list.
func plainOrder(order any) any {
	switch o := order.(type) {
	case string:
		return strings.Join(strings.Fields(o), " ")
	case []any:
		keys := []any{}
		for _, key := range o {
			if key = plainOrder(key); key != "" {
				keys = append(keys, key)
			}
		}
		return keys
	}
	return order
}

func explained(text string, f fault.Field) bool {
	for _, reason := range reasons {
		if reason.is(text, f) {
			return true
		}
	}
	return false
}

func (a agreement) byFilter(root, text string) (err error) {
	switch root {
	case "NoteFilter":
		_, err = a.schema.Query([]byte(text))
	case "NoteWhere":
		_, err = a.schema.Where([]byte(text))
	default:
		_, err = a.schema.Fields([]byte(text))
	}
	return err
}

func (a agreement) byContract(t testingT, root, text string) error {
	t.Helper()
	value, err := decode([]byte(text))
	if err != nil {
		return err
	}
	if object, ok := value.(map[string]any); ok && object["order"] != nil {
		object["order"] = plainOrder(object["order"])
	}
	return a.contract.doc.Components.Schemas[root].Value.VisitJSON(value, schemaOptions...)
}

// Both validations must accept and reject at the limits of each rule; otherwise their agreement means nothing.
func TestFilterAgreementAtLimits(t *testing.T) {
	t.Parallel()
	a := newAgreement(t)
	where := func(condition string) string { return `{"where":` + condition + `}` }
	long := strings.Repeat("😀", 256)
	for text, want := range map[string]bool{
		`{}`: true, `[]`: false, `1`: false, `""`: false, where(`{}`): true, where(`null`): false, where(`[]`): false,
		`{"include":[]}`: false,
		`{"limit":1}`:    true, `{"limit":0}`: false, `{"limit":1000}`: true, `{"limit":1001}`: false, `{"limit":2.5}`: false,
		`{"limit":1e2}`: true, `{"limit":null}`: false,
		`{"skip":0}`: true, `{"skip":-1}`: false, `{"offset":10000}`: true, `{"offset":10001}`: false, `{"skip":"5"}`: false,
		`{"order":"title DESC, id"}`: true, `{"order":"title DOWN"}`: false, `{"order":"title,"}`: false, `{"order":""}`: true,
		`{"order":["id aSc"]}`: true,
		`{"order":[1]}`:        false, `{"order":null}`: false, `{"order":"password"}`: false, `{"order":"title DESC DESC"}`: false,
		`{"fields":["title"]}`: true, `{"fields":["title","title"]}`: false, `{"fields":["x"]}`: false, `{"fields":[]}`: true,
		`{"fields":{"id":true,"text":false}}`: true,
		`{"fields":{"id":1}}`:                 false, `{"fields":{"x":true}}`: false, `{"fields":"title"}`: false, `{"fields":null}`: false,
		where(`{"password":"x"}`): false, where(`{"title":null}`): true, where(`{"title":1}`): false, where(`{"title":[]}`): false,
		where(`{"title":{}}`):                             false,
		where(`{"title":{"eq":null,"neq":null,"gt":""}}`): true, where(`{"title":{"gt":null}}`): false,
		where(`{"title":{"eQ":"x"}}`):            false,
		where(`{"title":{"between":["a","b"]}}`): true, where(`{"title":{"between":["a",null]}}`): false,
		where(`{"title":{"between":["a"]}}`):         false,
		where(`{"title":{"between":["a","b","c"]}}`): false, where(`{"title":{"inq":[]}}`): true,
		where(`{"title":{"nin":["a",null]}}`): true,
		where(`{"title":{"inq":"a"}}`):        false, where(`{"title":{"inq":[` + strings.Repeat("null,", 999) + `null]}}`): true,
		where(`{"title":{"inq":[` + strings.Repeat("null,", 1000) + `null]}}`): false,
		where(`{"title":{"like":"` + long + `"}}`):                             true, where(`{"title":{"like":"` + long + `x"}}`): false,
		where(`{"title":{"nilike":"a\\\\"}}`): true, where(`{"title":{"nilike":"a\\"}}`): false, where(`{"title":{"like":null}}`): false,
		where(`{"title":{"regexp":"/a/i"}}`): true, where(`{"title":{"regexp":"` + long + `x"}}`): false,
		where(`{"title":{"exists":1}}`):                  false,
		where(`{"date_created":"2020-01-01T00:00:00Z"}`): true, where(`{"date_created":"2020-02-30T00:00:00Z"}`): false,
		where(`{"date_created":{"like":"2%"}}`):        false,
		where(`{"date_created":{"gte":"2020-01-01"}}`): false, where(`{"date_created":{"exists":false}}`): true,
		where(`{"and":[],"or":[{"nor":[{}]}]}`): true, where(`{"and":{}}`): false, where(`{"or":[null]}`): false,
		where(`{"not":{}}`): false,
	} {
		byFilter, byKin := a.byFilter("NoteFilter", text), a.byContract(t, "NoteFilter", text)
		if byFilter == nil != want || byKin == nil != want {
			t.Errorf("%.99s: filter.Schema accepts: %v, the contract accepts: %v; want %v", text, byFilter, byKin, want)
		}
	}
}
