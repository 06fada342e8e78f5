package mongo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// TestMemberNames checks that names that the server would treat as operators or paths are rejected everywhere, and so are numbers out of
// the range of a double.
func TestMemberNames(t *testing.T) {
	t.Parallel()
	s := shapeOf(t)
	for _, body := range []string{`{"$where":"1"}`, `{"a":{"$gt":""}}`, `[{"a.b":1}]`, `{"a\u0000b":1}`, `1e400`, `{"a":[-1e400]}`} {
		if _, err := s.encode(document(t, `{"id":"a","body":`+body+`}`), 1); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %v, want Invalid", body, err)
		}
	}
	if _, err := s.encode(document(t, `{"id":"a","body":{"":1,"a$":2,"é":3}}`), 1); err != nil {
		t.Error(err)
	}
}

// FuzzDocument checks that a document does not change any more after it was stored once.
func FuzzDocument(f *testing.F) {
	for _, body := range []string{`null`, `"x\u2028<"`, `[1,-0,1e21,0.1,9007199254740993,1e-7]`, `{"a":{"b":[{}]}}`,
		`"2021-01-01T00:00:00.000Z"`, `{"$a":1}`, `1e999`, `[`} {
		f.Add([]byte(body))
	}
	s := shapeOf(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		text := append(append([]byte(`{"id":"a","date":`), body...), `}`...)
		raw, err := s.encode(store.Document{ID: "a", JSON: text}, 1)
		if err != nil {
			if _, ok := err.(*fault.Error); !ok {
				t.Fatalf("%s: %T %v, want a fault", body, err, err)
			}
			return
		}
		d := decode(nil, raw)
		if d.Unreadable != nil {
			t.Fatalf("%s: %v", body, d.Unreadable)
		}
		if !json.Valid(d.JSON) {
			t.Fatalf("%s became what is no JSON: %s", body, d.JSON)
		}
		again, err := s.encode(d, 1)
		if err != nil {
			t.Fatalf("%s became %s: %v", body, d.JSON, err)
		}
		if twice := decode(nil, again); !bytes.Equal(twice.JSON, d.JSON) {
			t.Fatalf("%s became %s, then %s: %v", body, d.JSON, twice.JSON, twice.Unreadable)
		}
	})
}

// TestString checks that strings are written as encoding/json does, byte for byte.
func TestString(t *testing.T) {
	t.Parallel()
	list := []string{"", "\xff", "a\xe2", "\U0001F98A", "\uFFFD"}
	for r := range rune(0x2100) {
		list = append(list, "a"+string(r)+"z")
	}
	for _, s := range list {
		want, err := json.Marshal(s)
		if got := appendString(nil, []byte(s)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q became %s, want %s", s, got, want)
		}
	}
}

// FuzzDecode checks that a server's response can at most cause an error.
func FuzzDecode(f *testing.F) {
	s := shapeOf(f)
	raw, err := s.encode(document(f, `{"id":"a","title":"x","tags":["a"],"date":"2021-01-01T00:00:00.000Z","body":{"n":[null,true,1,`+
		`0.5]}}`), 1)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(raw))
	f.Add([]byte{5, 0, 0, 0, 0})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		d := decode(nil, raw)
		if d.Unreadable == nil && !json.Valid(d.JSON) {
			t.Fatalf("not JSON: %s", d.JSON)
		}
		s.inspect(raw, newSurvey(s))
	})
}

// FuzzPattern checks that the expression that is sent to a server matches the same values as the filter's own.
func FuzzPattern(f *testing.F) {
	for _, row := range [][2]string{{`/^a|b$/im`, "x\na\n"}, {`[^\pL]\d{2,}?`, "!12"}, {`(?i)k+ß`, "KKẞ"}, {`\x{D800}|\pC`, "\x00"},
		{`(?:a*)*\b.\B`, "aa"}, {`^$`, "a\n"}, {`/^$/m`, "a\n"}, {"a_%b", "axxb"}, {"a", "ab"}, {`\%`, "%"}} {
		f.Add(row[0], row[1])
	}
	m := articles(f)
	f.Fuzz(func(t *testing.T, source, value string) {
		for _, op := range []string{"regexp", "like", "ilike"} {
			operand, err := json.Marshal(source)
			if err != nil {
				return
			}
			w, err := m.Schema.Where(fmt.Appendf(nil, `{"title":{%q:%s}}`, op, operand))
			if err != nil {
				continue
			}
			c := w.(*filter.Comparison)
			var sent string
			var want bool
			value := strings.ToValidUTF8(value, "\uFFFD")
			switch v := c.Value.(type) {
			case *filter.Pattern:
				if sent, err = regexSource(v, true); err != nil {
					t.Fatal(err)
				}
				want = v.MatchString(value)
			case string:
				sent = likeSource(v, op == "ilike")
				if want, err = filter.MatchLike(t.Context(), v, value, op == "ilike"); err != nil {
					t.Fatal(err)
				}
			}
			if strings.Contains(sent, "\x00") {
				t.Fatalf("%q has a NUL", sent)
			}
			re, err := regexp.Compile("(?s:" + sent + ")")
			if err != nil {
				t.Fatalf("%s %q became %q: %v", op, source, sent, err)
			}
			if got := re.MatchString(value); got != want {
				t.Fatalf("%s %q became %q, which matches %q: %v, want %v", op, source, sent, value, got, want)
			}
		}
	})
}

// BenchmarkDecode decodes a document of about 830 bytes to JSON; BenchmarkExtendedJSON does it with the driver.
func BenchmarkDecode(b *testing.B) {
	_, raw := stored(b)
	var text []byte
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		d := decode(text[:0], raw)
		if d.Unreadable != nil {
			b.Fatal(d.Unreadable)
		}
		text = d.JSON
	}
}

func BenchmarkExtendedJSON(b *testing.B) {
	_, raw := stored(b)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		var d bson.D
		if err := bson.Unmarshal(raw, &d); err != nil {
			b.Fatal(err)
		}
		if _, err := bson.MarshalExtJSON(d, false, true); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	s, raw := stored(b)
	d := decode(nil, raw)
	b.SetBytes(int64(len(d.JSON)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.encode(d, 1); err != nil {
			b.Fatal(err)
		}
	}
}

func stored(b *testing.B) (*shape, bson.Raw) {
	s := shapeOf(b)
	raw, err := s.encode(document(b, fmt.Sprintf(`{"id":"018f0000-0000-7000-8000-000000000000","category":"c7",`+
		`"date":"2026-01-02T03:04:05.678Z","rating":4.5,"views":12345,`+
		`"tags":["a","b","c"],"title":"%s","address":{"city":"Rome"},"body":"%s"}`, strings.Repeat("t", 60), strings.Repeat("b", 600))), 1)
	if err != nil {
		b.Fatal(err)
	}
	return s, raw
}
