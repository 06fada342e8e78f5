package filter_test

import (
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

func TestAppendProject(t *testing.T) {
	t.Parallel()
	const doc = `{"id":"1","title":"a \"}],{\\","n":{"title":[1,{"id":2}]},"v":-1.5e3,"t":true,"z":null}`
	names := func(names ...string) map[string]bool {
		set := map[string]bool{}
		for _, name := range names {
			set[name] = true
		}
		return set
	}
	for _, tt := range []struct {
		doc    string
		fields *filter.Fields
		want   string
	}{
		{doc, nil, doc},
		{doc, &filter.Fields{Exclude: true}, doc},
		{doc, &filter.Fields{}, `{}`},
		{doc, &filter.Fields{Names: names("z", "title")}, `{"title":"a \"}],{\\","z":null}`},
		{doc, &filter.Fields{Names: names("n", "v", "nosuch")}, `{"n":{"title":[1,{"id":2}]},"v":-1.5e3}`},
		{doc, &filter.Fields{Names: names("n", "title", "id", "z"), Exclude: true}, `{"v":-1.5e3,"t":true}`},
		{`{"\u0069d":"1","x":""}`, &filter.Fields{Names: names("id")}, `{"\u0069d":"1"}`},
		{`{}`, &filter.Fields{Names: names("id")}, `{}`},
	} {
		if got := string(tt.fields.AppendProject([]byte("x"), []byte(tt.doc))); got != "x"+tt.want {
			t.Errorf("%+v: got %s, want %s", tt.fields, got, tt.want)
		}
	}
}
