package store

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// fuzzed is the view of a collection with a property of each kind.
func fuzzed() *view {
	place := &Shape{Closed: true, Members: map[string]*Shape{"city": nil}}
	return newView(&Model{Properties: []Property{
		{Name: "id", Required: true},
		{Name: "place", Shape: place},
		{Name: "places", Shape: &Shape{Items: place}},
		{Name: "free", Shape: &Shape{Members: map[string]*Shape{"place": place}}},
		{Name: "any"},
		{Name: "state", Required: true, Default: json.RawMessage(`"open"`)},
	}})
}

func TestView(t *testing.T) {
	t.Parallel()
	for stored, want := range map[string]string{
		`{"id":"a","state":"done"}`: `{"id":"a","state":"done"}`,
		`{"id":"a","state":null}`:   `{"id":"a","state":null}`,
		`{}`:                        `{"state":"open"}`,
		`{"st\u0061te":1}`:          `{"st\u0061te":1}`,
		`{"new":{"state":1}}`:       `{"state":"open"}`,
		`{"new":1,"id":"a","newer":[1,{"b":"}"}],"state":"done","last":"\"{"}`: `{"id":"a","state":"done"}`,
		`{"id":"a","place":{"z":1,"city":"x"},"state":"done"}`:                 `{"id":"a","place":{"city":"x"},"state":"done"}`,
		`{"id":"a","place":{"zip":1}}`:                                         `{"id":"a","place":{},"state":"open"}`,
		`{"places":[{"zip":1},{"city":"x"},5,[]],"state":"done"}`:              `{"places":[{},{"city":"x"},5,[]],"state":"done"}`,
		`{"free":{"z":1,"place":{"z":1}},"any":{"z":1},"state":"done"}`:        `{"free":{"z":1,"place":{}},"any":{"z":1},"state":"done"}`,
	} {
		if got := fuzzed().of([]byte(stored)); string(got) != want {
			t.Errorf("%s is seen as %s, want %s", stored, got, want)
		}
	}
}

func TestViewOfFormerNames(t *testing.T) {
	t.Parallel()
	v := newView(&Model{Properties: []Property{{Name: "id"}, {Name: "body", Was: "text"}, {Name: "at", Was: "place"}}})
	for stored, want := range map[string]string{
		`{"id":"a","body":1}`:                        `{"id":"a","body":1}`,
		`{"id":"a","text":1}`:                        `{"id":"a","body":1}`,
		`{"text":2,"id":"a","body":1}`:               `{"id":"a","body":2}`,
		`{"body":1,"text":null,"id":"a","new":1}`:    `{"body":null,"id":"a"}`,
		`{"place":{"a":1},"text":[1],"id":"a"}`:      `{"id":"a","body":[1],"at":{"a":1}}`,
		`{"b\u006fdy":1,"te\u0078t":2,"id":"a"}`:     `{"b\u006fdy":2,"id":"a"}`,
		`{"text":1}`:                                 `{"body":1}`,
		`{"id":"a","place":"p","text":"t","at":"q"}`: `{"id":"a","at":"p","body":"t"}`,
	} {
		if got := v.of([]byte(stored)); string(got) != want {
			t.Errorf("%s is seen as %s, want %s", stored, got, want)
		}
	}
}

// FuzzView compares the view of a document with that of its decoded form.
func FuzzView(f *testing.F) {
	f.Add([]byte(`{"id":"a","new":1,"place":{"city":"x","zip":1},"places":[{"zip":1}],"free":{"place":{}},"state":null}`))
	f.Add([]byte(`{"st\u0061te":1,"n\u0065w":1,"pl\u0061ce":{"zip":"\\\""}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		v := fuzzed()
		v.of(bytes.Clone(text)) // must not panic
		var document map[string]any
		var compact bytes.Buffer
		if json.Unmarshal(text, &document) != nil || document == nil || json.Compact(&compact, text) != nil {
			return
		}
		seen := v.of(compact.Bytes())
		var got map[string]any
		if err := json.Unmarshal(seen, &got); err != nil {
			t.Fatalf("%s is seen as %s: %v", text, seen, err)
		}
		want := strip(v.shape, document).(map[string]any)
		if _, has := want["state"]; !has {
			want["state"] = "open"
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is seen as %s, want %v", text, seen, want)
		}
		if same := v.of(seen); !bytes.Equal(same, seen) {
			t.Errorf("%s is seen as %s", seen, same)
		}
	})
}

// strip deletes unknown members from a decoded value.
func strip(s *Shape, value any) any {
	if s == nil {
		return value
	}
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			shape, known := s.Members[name]
			if s.Closed && !known {
				delete(v, name)
			} else {
				v[name] = strip(shape, member)
			}
		}
	case []any:
		for i := range v {
			v[i] = strip(s.Items, v[i])
		}
	}
	return value
}
