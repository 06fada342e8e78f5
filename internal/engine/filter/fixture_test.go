package filter_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// news is a schema with a property of each type.
func news(t testing.TB, options ...filter.Option) *filter.Schema {
	t.Helper()
	property := func(kind filter.Type, array bool, path ...string) *filter.Property {
		name := path[0]
		for _, part := range path[1:] {
			name += "." + part
		}
		return &filter.Property{Name: name, Path: path, Type: kind, Array: array, Ops: filter.AllowedOps(kind)}
	}
	sortOnly := property(filter.String, false, "rank")
	sortOnly.Ops = 0
	exact := property(filter.String, false, "author")
	exact.Ops = filter.OpsOf(filter.Inq, filter.Neq)
	s, err := filter.NewSchema("News", []*filter.Property{
		property(filter.String, false, "id"),
		property(filter.String, false, "title"),
		property(filter.String, false, "body"),
		property(filter.Date, false, "date_created"),
		property(filter.Integer, false, "views"),
		property(filter.Number, false, "rating"),
		property(filter.Boolean, false, "published"),
		property(filter.String, true, "tags"),
		property(filter.Integer, true, "scores"),
		property(filter.String, false, "address", "city"),
		sortOnly,
		exact,
	}, []string{"id", "title", "body", "date_created", "views", "rating", "published", "tags", "scores", "address", "rank", "author",
		"secretless"},
		options...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// rows returns the six documents of the recorded LoopBack responses (reference, part C).
func rows() [][]byte {
	return [][]byte{
		[]byte(`{"id":"1","title":"Alpha one","body":"first body","date_created":"2021-01-01T00:00:00.000Z"}`),
		[]byte(`{"id":"2","title":"beta Two","body":"second","date_created":"2021-02-01T00:00:00.000Z"}`),
		[]byte(`{"id":"3","title":"Gamma 100%","body":"a.b*c","date_created":"2021-03-01T00:00:00.000Z"}`),
		[]byte(`{"id":"4","title":"delta_4","body":"x(y","date_created":"2021-04-01T00:00:00.000Z"}`),
		[]byte(`{"id":"5","title":"alpha ONE","body":"first body"}`),
		[]byte(`{"id":"6","title":"10","body":"9","date_created":"2020-01-01T00:00:00.000Z"}`),
	}
}

// ids returns the ids of documents as one string, "126" for three of them.
func ids(t testing.TB, docs [][]byte) string {
	t.Helper()
	all := ""
	for _, doc := range docs {
		var d struct{ ID string }
		if err := json.Unmarshal(doc, &d); err != nil {
			t.Fatal(err)
		}
		all += d.ID
	}
	return all
}

// problems returns "path code" of each problem of a rejected text, and fails the test if the error is not a valid one.
func problems(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	refused, ok := errors.AsType[*fault.Error](err)
	if !ok || refused.Kind != fault.BadRequest || refused.Code != "INVALID_PARAMETER_VALUE" {
		t.Fatalf("error %#v", err)
	}
	var all []string
	for _, f := range refused.Fields {
		if f.Message == "" {
			t.Errorf("%s %s has no message", f.Path, f.Code)
		}
		all = append(all, f.Path+" "+f.Code)
	}
	return slices.Clip(all)
}
