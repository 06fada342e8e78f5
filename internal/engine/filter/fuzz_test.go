package filter_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

func FuzzQuery(f *testing.F) {
	f.Add([]byte(typical))
	f.Add([]byte(`{"fields":{"title":true},"skip":1,"offset":2,"limit":1e1}`))
	f.Add([]byte(`{"fields":["id"],"order":["title DESC","views"]}`))
	s := news(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		q, err := s.Query(text)
		if err != nil {
			problems(t, err)
			return
		}
		if len(text) > 0 && (!json.Valid(text) || !utf8.Valid(text)) {
			t.Fatal("text that is not JSON is taken")
		}
		if q.Limit < 1 || q.Limit > filter.MaxLimit || q.Skip < 0 || q.Skip > filter.MaxSkip || len(q.Order) > filter.MaxOrder {
			t.Fatalf("%+v", q)
		}
		if _, err := q.Apply(rows()); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzWhere(f *testing.F) {
	f.Add([]byte(`{"or":[{"title":{"regexp":"/^a[^b]\\v$/im"}},{"nor":[{"views":{"inq":[1,null,2.0]}}]}]}`))
	f.Add([]byte(`{"rating":{"between":[-1.5,9007199254740993]},"published":true,"tags":{"ilike":"%\\_\\\\é"}}`))
	f.Add([]byte(`{"date_created":{"gte":"2021-02-01t00:00:00.123456+05:00"},"address.city":null,"title":"\ud83d\ude00"}`))
	s := news(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		w, err := s.Where(text)
		if err != nil {
			problems(t, err)
			return
		}
		again, err := s.Where(text)
		if err != nil || !reflect.DeepEqual(again, w) {
			t.Fatal("the same text means two things", err)
		}
		for _, doc := range rows() {
			got, err := filter.Match(t.Context(), w, doc)
			opposite, errOpposite := filter.Match(t.Context(), filter.Nor{w}, doc)
			if err != nil || errOpposite != nil || got == opposite {
				t.Fatal(got, opposite, err, errOpposite)
			}
		}
	})
}

// FuzzFold checks that the result is JSON and covers all keys of the parameter, and that a repeated key is a list, like one with [].
func FuzzFold(f *testing.F) {
	f.Add("filter[where][title][like]=x%25&filter[limit]=2&filter[order][]=id&filter[order][]=title&x=1")
	f.Add("filter[where][or][0][views]=1&filter[where][or][1][tags][inq][]=a&filter[fields][0]=title")
	f.Add(`filter={"limit":1}`)
	f.Add("filter[where]=x&filter[where][title]=y")
	f.Add("filter[where][title][inq]=a&filter[where][title][inq]=b&filter[order]=id&filter[order]=title")
	f.Add("filter[order][7]=a&filter[order][0]=b&filter[order][0]=c")
	s := news(f)
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		text, keys, err := s.Fold(values, "filter", filter.QueryForm)
		if err != nil {
			problems(t, err)
			return
		}
		taken := 0
		for key := range values {
			if key == "filter" || strings.HasPrefix(key, "filter[") {
				taken++
			}
		}
		if len(keys) != taken {
			t.Fatalf("took %q", keys)
		}
		if taken == 0 || keys[0] == "filter" {
			return
		}
		if !json.Valid([]byte(text)) {
			t.Fatalf("%q is not JSON", text)
		}
		appended := url.Values{}
		for key, all := range values {
			if len(all) > 1 && !strings.HasSuffix(key, "[]") {
				key += "[]"
			}
			appended[key] = all
		}
		const deep = 66 // bytes: a shorter query cannot nest too deep by one more pair of brackets
		if same, _, err := s.Fold(appended, "filter", filter.QueryForm); same != text && (err == nil || len(query) < deep) {
			t.Fatalf("%q, and with [] %q, %v", text, same, err)
		}
	})
}

// FuzzProject compares the scanner with encoding/json.
func FuzzProject(f *testing.F) {
	f.Add([]byte(`{"id":"1","title":"a \"}],{\\","n":{"title":[1,{"id":2}]},"v":-1.5e3}`), false)
	f.Add([]byte(`{"\u0069d":"1","x":"","tags":[[],{}]}`), true)
	f.Add([]byte(`{"a`), true)
	f.Add([]byte(`{"\u12":[`), false)
	f.Fuzz(func(t *testing.T, doc []byte, exclude bool) {
		fields := &filter.Fields{Names: map[string]bool{"id": true, "title": true, "": true}, Exclude: exclude}
		got := fields.AppendProject(nil, doc)
		if len(got) > len(doc)+2 {
			t.Fatalf("%d bytes became %d", len(doc), len(got))
		}
		want := map[string]json.RawMessage{}
		var compact bytes.Buffer
		if json.Unmarshal(doc, &want) != nil || want == nil || json.Compact(&compact, doc) != nil {
			return
		}
		for name := range want {
			if !fields.Keeps(name) {
				delete(want, name)
			}
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(fields.AppendProject(nil, compact.Bytes()), &members); err != nil {
			t.Fatal(err)
		}
		if len(members) != len(want) {
			t.Fatalf("got %v, want %v", members, want)
		}
		for name, value := range want {
			var plain bytes.Buffer
			if json.Compact(&plain, value) != nil || !bytes.Equal(members[name], plain.Bytes()) {
				t.Fatalf("%q: got %s, want %s", name, members[name], value)
			}
		}
	})
}
