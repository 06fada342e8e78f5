package transfer_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/mongo"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
	"github.com/newsdesk-api/newsdesk/internal/engine/transfer"
)

const contract = `
openapi: 3.0.3
info: {title: Items, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths: {}
components:
  schemas:
    Item:
      type: object
      x-collection: {name: items, owner: owner, quota: {documents: 5}, indexes: [{fields: [mail], unique: true}]}
      additionalProperties: false
      required: [id, title, kind]
      properties:
        id: {type: string}
        owner: {type: string}
        title: {type: string, maxLength: 40}
        kind: {type: string, enum: [a, b], default: a}
        mail: {type: string, format: email}
        count: {type: integer}
        label: {type: string, x-was: caption}
        score: {type: number}
        done: {type: boolean}
        day: {type: string, format: date-time, nullable: true}
        tags: {type: array, items: {type: string}}
        place: {type: object, additionalProperties: false, properties: {city: {type: string}, since: {type: string, format: date-time}}}
    Other:
      type: object
      x-collection: {name: others}
      additionalProperties: false
      required: [id]
      properties: {id: {type: string}}
`

// fixture is a store with the collections items and others.
type fixture struct {
	*testing.T
	backend store.Backend
	models  []*store.Model
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	c, err := spec.Load([]byte(contract))
	if err != nil {
		t.Fatal(err)
	}
	backend := opened(t)
	t.Cleanup(func() { _ = backend.Close(context.Background()) })
	if err := backend.Migrate(t.Context(), c.Models()); err != nil {
		t.Fatal(err)
	}
	return fixture{t, backend, c.Models()}
}

// opened returns an empty store: SQLite in memory or, if MONGODB_TEST_URI is set, a new database on that server. The time is ample: the
// server may be a slow stand-in.
func opened(t *testing.T) store.Backend {
	t.Helper()
	server := os.Getenv("MONGODB_TEST_URI")
	if server == "" {
		backend, err := sqlite.Open(t.Context(), sqlite.Memory)
		if err != nil {
			t.Fatal(err)
		}
		return backend
	}
	uri, err := url.Parse(server)
	if err != nil {
		t.Fatal("MONGODB_TEST_URI is not a URI") // err would quote it
	}
	uri.Path = "/transfer_" + strings.ReplaceAll(store.NewID(), "-", "")
	backend, err := mongo.Open(t.Context(), mongo.Config{URI: uri.String(), Wait: 10 * time.Second, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return backend
}

// load imports a text, and returns the counts and the rejections.
func (f fixture) load(format transfer.Format, text string, from int) (counts string, rejected []string) {
	f.Helper()
	result, _, err := transfer.Import(f.Context(), f.backend, f.models, false, strings.NewReader(text), transfer.ImportOptions{
		Format: format, FromLine: from, Rejected: func(r transfer.Rejection) error {
			rejected = append(rejected, r.String())
			return nil
		},
	})
	if err != nil {
		f.Fatal(err)
	}
	return fmt.Sprint(result.Inserted, result.Updated, result.Unchanged, result.Rejected), rejected
}

func (f fixture) dump(format transfer.Format) string {
	f.Helper()
	var out bytes.Buffer
	if _, err := transfer.Export(f.Context(), f.backend, f.models[0], &out, transfer.ExportOptions{Format: format}); err != nil {
		f.Fatal(err)
	}
	return out.String()
}

// Each line is imported in canonical form, or rejected with its number, the place and what is wrong, and no value.
func TestImport(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, line, want string }{
		{"plain", `{"id":"1","title":"t","kind":"b"}`, `{"id":"1","title":"t","kind":"b"}`},
		{"a default", `{"id":"1","title":"t"}`, `{"id":"1","title":"t","kind":"a"}`},
		{"canonical forms", `{"id":"1","title":"t","mail":" Ann@Example.com","day":"2026-01-02T04:04:05+01:00","count":5.0,` +
			`"place":{"since":"2026-01-02t03:04:05z"}}`,
			`{"id":"1","title":"t","kind":"a","count":5,"day":"2026-01-02T03:04:05.000Z","mail":"ann@example.com",` +
				`"place":{"since":"2026-01-02T03:04:05.000Z"}}`},
		{"mongoexport", `{"_id":{"$oid":"65a1b2c3d4e5f60718293a4b"},"_v":3,"title":"t","kind":"a","count":{"$numberLong":"7"},` +
			`"score":{"$numberDouble":"1.5"},"day":{"$date":"2026-01-02T03:04:05Z"},"tags":["x",{"$symbol":"y"}]}`,
			`{"id":"65a1b2c3d4e5f60718293a4b","title":"t","kind":"a","count":7,"day":"2026-01-02T03:04:05.000Z","score":1.5,` +
				`"tags":["x","y"]}`},
		{"mongoexport, canonical", `{"_id":"1","title":"t","kind":"a","day":{"$date":{"$numberLong":"1767323045000"}},` +
			`"score":{"$numberDecimal":"0.5"},"count":{"$numberInt":"2"},"owner":{"$undefined":true}}`,
			`{"id":"1","title":"t","kind":"a","count":2,"day":"2026-01-02T03:04:05.000Z","score":0.5}`},
		{"a UUID", `{"_id":{"$binary":{"base64":"AAECAwQFBgcICQoLDA0ODw==","subType":"04"}},"title":"t","kind":"a"}`,
			`{"id":"00010203-0405-0607-0809-0a0b0c0d0e0f","title":"t","kind":"a"}`},
		{"Windows", "{\"id\":\"1\",\"title\":\"t\",\"kind\":\"a\"}\r", `{"id":"1","title":"t","kind":"a"}`},
		{"white space", "\t \n\t{\"id\":\"1\",\"title\":\"t\"}\t", `{"id":"1","title":"t","kind":"a"}`},
		{"no id", `{"title":"t"}`, `line 2: /id must be a string that is not empty`},
		{"no JSON", `{"id":`, `line 2: is not valid JSON`},
		{"no object", `"[1]"`, `line 2: must be a JSON object`},
		{"an unknown property", `{"id":"1","title":"t","secret":1}`, `line 2: /secret is not a property of Item`},
		{"two mistakes", `{"id":"1","title":5,"kind":"c"}`, `line 2: /`},
		{"a nested mistake", `{"id":"1","title":"t","place":{"city":5}}`, `line 2: /place/city `},
		{"twice the same name", `{"id":"1","id":"2","title":"t"}`, `line 2: is not valid JSON`},
		{"not a number", `{"id":"1","title":"t","score":{"$numberDouble":"NaN"}}`, `line 2: /score is not a number that JSON can contain`},
		{"a type of MongoDB", `{"id":"1","title":"t","tags":[{"$timestamp":{"t":1,"i":1}}]}`, `line 2: /tags/0 has a type of MongoDB`},
		{"the largest integer", `{"id":"1","title":"t","kind":"a","count":9223372036854775807}`,
			`{"id":"1","title":"t","kind":"a","count":9223372036854775807}`},
		{"a larger integer", `{"id":"1","title":"t","count":9223372036854775808}`, `line 2: /count must be an integer of at most 64 bits`},
		{"a huge integer", `{"id":"1","title":"t","count":1e300}`, `line 2: /count must be an integer of at most 64 bits`},
		{"mongoexport, a larger integer", `{"id":"1","title":"t","count":{"$numberLong":"-9223372036854777856"}}`,
			`line 2: /count must be an integer of at most 64 bits`},
		{"a far date", `{"id":"1","title":"t","day":{"$date":{"$numberLong":"999999999999999"}}}`, `line 2: /day is not a date-time`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			text := "\xEF\xBB\xBF\n" + tt.line + "\n"
			counts, rejected := f.load(transfer.NDJSON, text, 1)
			if tt.want[0] == '{' {
				if got := strings.TrimSpace(f.dump(transfer.NDJSON)); got != tt.want || counts != "1 0 0 0" {
					t.Errorf("stored %s, want %s; %s %q", got, tt.want, counts, rejected)
				}
				if counts, rejected := f.load(transfer.NDJSON, text, 1); counts != "0 0 1 0" {
					t.Errorf("again: %s %q", counts, rejected)
				}
				return
			}
			if counts != "0 0 0 1" || len(rejected) != 1 || !strings.HasPrefix(rejected[0], tt.want) {
				t.Errorf("%s %q, want %q", counts, rejected, tt.want)
			}
		})
	}
}

// A document replaces the one with its id, the last of several counts, unique values and quotas hold, and earlier lines can be skipped.
func TestImportUpserts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	text := `{"id":"1","title":"one","kind":"a","mail":"a@example.com","owner":"o"}
{"id":"1","title":"two","kind":"a","count":1,"owner":"o"}
{"id":"2","title":"other","kind":"a","mail":"b@example.com","owner":"o"}
`
	if counts, rejected := f.load(transfer.NDJSON, text, 1); counts != "2 1 0 0" {
		t.Errorf("first: %s %q", counts, rejected)
	}
	if got, want := f.dump(transfer.NDJSON), `{"id":"1","title":"two","kind":"a","owner":"o","count":1}
{"id":"2","title":"other","kind":"a","mail":"b@example.com","owner":"o"}
`; got != want {
		t.Errorf("stored %s, want %s", got, want)
	}
	if counts, rejected := f.load(transfer.NDJSON, text, 2); counts != "0 0 2 0" {
		t.Errorf("from line 2: %s %q", counts, rejected)
	}
	counts, rejected := f.load(transfer.NDJSON, `{"id":"3","title":"t","kind":"a","mail":"b@example.com"}`, 1)
	if counts != "0 0 0 1" || !strings.Contains(rejected[0], "line 1: /mail must be unique") {
		t.Errorf("a duplicate: %s %q", counts, rejected)
	}
	var many strings.Builder
	for i := range 10 {
		fmt.Fprintf(&many, `{"id":"m%d","title":"t","kind":"a","owner":"o"}`+"\n", i)
	}
	if counts, rejected := f.load(transfer.NDJSON, many.String(), 1); counts != "3 0 0 7" || !strings.Contains(rejected[0], "quota") {
		t.Errorf("more than the quota: %s %q", counts, rejected)
	}
}

// A property with a former name is stored under both, so that neither this program nor an older one sees an old value; the export of an
// older program has the former name.
func TestImportFormerNames(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i, line := range []string{`{"id":"1","title":"t","label":"new"}`, `{"id":"1","title":"t","caption":"old"}`,
		`{"id":"1","title":"t","label":"newest"}`} {
		want := []string{"new", "old", "newest"}[i]
		if counts, rejected := f.load(transfer.NDJSON, line, 1); counts != []string{"1 0 0 0", "0 1 0 0", "0 1 0 0"}[i] {
			t.Errorf("%s: %s %q", line, counts, rejected)
		}
		if counts, _ := f.load(transfer.NDJSON, line, 1); counts != "0 0 1 0" {
			t.Errorf("%s again: %s", line, counts)
		}
		if got := f.dump(transfer.NDJSON); !strings.Contains(got, `"label":"`+want+`"`) || strings.Contains(got, "caption") {
			t.Errorf("%s is exported as %s", line, got)
		}
		d, err := f.backend.Get(t.Context(), f.models[0], "1")
		if err != nil || !strings.Contains(string(d.JSON), `"caption":"`+want+`"`) {
			t.Errorf("%s is stored as %s, %v", line, d.JSON, err)
		}
	}
	if counts, rejected := f.load(transfer.NDJSON, `{"id":"2","title":"t","label":"a","caption":"b"}`, 1); counts != "0 0 0 1" ||
		!strings.HasPrefix(rejected[0], "line 1: /caption is the former name of label") {
		t.Errorf("both names: %s %q", counts, rejected)
	}
	for _, text := range []string{"id,title,caption\n1,t,'=csv\n", `{"id":"1","title":"t","label":"=csv","caption":"=csv"}`} {
		format := map[bool]transfer.Format{true: transfer.CSV, false: transfer.NDJSON}[text[0] == 'i']
		if _, rejected := f.load(format, text, 1); len(rejected) > 0 || !strings.Contains(f.dump(transfer.NDJSON), `"label":"=csv"`) {
			t.Errorf("%s: %q, %s", format, rejected, f.dump(transfer.NDJSON))
		}
	}
}

// Values survive a CSV, and no cell is a formula.
func TestCSV(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	lines := `{"id":"1","title":"=HYPERLINK(1)","kind":"a","count":-5,"done":true,"place":{"city":"Rome, \"old\""},"tags":["a","=b"]}
{"id":"2","title":"'tis","kind":"b","day":"2026-01-02T03:04:05.000Z","owner":""}
{"id":"3","title":"two\nlines","kind":"b","mail":"a@example.com","owner":"\tx","score":-0.5}
`
	if counts, rejected := f.load(transfer.NDJSON, lines, 1); counts != "3 0 0 0" {
		t.Fatalf("%s %q", counts, rejected)
	}
	text := f.dump(transfer.CSV)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+@\t\r") {
				t.Errorf("the cell %q is a formula", cell)
			}
		}
	}
	other := newFixture(t)
	if counts, rejected := other.load(transfer.CSV, "\xEF\xBB\xBF"+text, 1); counts != "3 0 0 0" {
		t.Errorf("%s %q", counts, rejected)
	}
	if got := other.dump(transfer.NDJSON); got != lines {
		t.Errorf("after a CSV: %s, want %s", got, lines)
	}
	if counts, rejected := other.load(transfer.CSV, text, 3); counts != "0 0 2 0" {
		t.Errorf("from line 3: %s %q", counts, rejected)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"a cell too many", "id,title,kind\n1,t,a,x\n", "line 2: the row has 4 cells"},
		{"no number", "id,title,kind,count\n1,t,a,many\n", "line 2: /count must be a number"},
		{"against the schema", "id,title,kind\n1,t,c\n", "line 2: /kind "},
		{"a quotation mark", "id,title,kind\n1,t\"x,a\n2,t,a\n", "line 2: bare"},
		{"after a row of two lines", "id,title,kind\n1,\"a\nb\",a\n2,t,c\n", "line 4: /kind "},
		{"Excel's booleans", "id,title,kind,done\n1,t,c,TRUE\n", "line 2: /kind "},
	} {
		_, rejected := newFixture(t).load(transfer.CSV, tt.text, 1)
		if len(rejected) != 1 || !strings.HasPrefix(rejected[0], tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, rejected, tt.want)
		}
	}
	text = "id,title,kind,owner\n1,'twas,a,''\n2,'=x,a,'\n"
	want := `{"id":"1","title":"'twas","kind":"a","owner":"'"}` + "\n" + `{"id":"2","title":"=x","kind":"a","owner":""}` + "\n"
	foreign := newFixture(t)
	if foreign.load(transfer.CSV, text, 1); foreign.dump(transfer.NDJSON) != want {
		t.Errorf("apostrophes: %s, want %s", foreign.dump(transfer.NDJSON), want)
	}
	for _, header := range []string{"", "id,id\n", "id,secret\n", "id,label,caption\n", "id,\n",
		"\"id\n" + strings.Repeat("x", 18<<20)} {
		_, _, err := transfer.Import(t.Context(), f.backend, f.models, false, strings.NewReader(header),
			transfer.ImportOptions{Format: transfer.CSV})
		if err == nil {
			t.Errorf("the header %.10q is accepted", header)
		}
	}
}

// A text of another form is one error that names the form, instead of one for each line.
func TestImportRejectsText(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for text, want := range map[string]string{
		"\n[{\"id\":\"1\",\"title\":\"t\"},\n{\"id\":\"2\"}]\n": "line 2 begins a JSON array",
		"\xFF\xFE{\x00}\x00\n\x00":                              "the text is UTF-16",
		"\xFE\xFF\x00i\x00d\x00\n":                              "the text is UTF-16",
	} {
		for _, format := range []transfer.Format{transfer.NDJSON, transfer.CSV} {
			if format == transfer.CSV && strings.Contains(want, "JSON") {
				continue
			}
			_, _, err := transfer.Import(t.Context(), f.backend, f.models, false, strings.NewReader(text),
				transfer.ImportOptions{Format: format})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s %q: %v, want %q in it", format, text, err, want)
			}
		}
	}
}

// A text with several collections contains all that another store needs.
func TestTagged(t *testing.T) {
	t.Parallel()
	f, to := newFixture(t), newFixture(t)
	f.load(transfer.NDJSON, `{"id":"1","title":"t","kind":"a"}`, 1)
	if err := f.backend.Insert(t.Context(), f.models[1], store.Document{ID: "x", JSON: []byte(`{"id":"x"}`)}); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	tagged := transfer.ExportOptions{Format: transfer.NDJSON, Tagged: true}
	for _, m := range f.models {
		if _, err := transfer.Export(t.Context(), f.backend, m, &text, tagged); err != nil {
			t.Fatal(err)
		}
	}
	text.WriteString(`{"collection":"none","document":{}}` + "\n" + `{"collection":"items","document":5}` + "\n")
	rejected := 0
	result, _, err := transfer.Import(t.Context(), to.backend, to.models, true, &text, transfer.ImportOptions{
		Rejected: func(transfer.Rejection) error { rejected++; return nil }})
	if err != nil || result.Inserted != 2 || rejected != 2 {
		t.Errorf("%+v, %v", result, err)
	}
	for i, m := range to.models {
		if n, err := to.backend.Count(t.Context(), m, nil); err != nil || n != 1 {
			t.Errorf("collection %d has %d documents, %v", i, n, err)
		}
	}
}

// An export of many pages is complete and ordered.
func TestExportPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var lines strings.Builder
	for i := range 523 {
		fmt.Fprintf(&lines, `{"id":"%05d","title":"t","kind":"a"}`+"\n", i)
	}
	if counts, _ := f.load(transfer.NDJSON, lines.String(), 1); counts != "523 0 0 0" {
		t.Fatal(counts)
	}
	if got := f.dump(transfer.NDJSON); got != lines.String() {
		t.Errorf("%d bytes, want %d", len(got), lines.Len())
	}
	if n, err := f.backend.Count(t.Context(), f.models[0], filter.Everything{}); err != nil || n != 523 {
		t.Error(n, err)
	}
}

// panicking is a store with a defect.
type panicking struct{ store.Backend }

func (panicking) Get(context.Context, *store.Model, string) (store.Document, error) {
	panic("a defect")
}

// A panic reaches the caller of Import, which can recover it: a server must not end because of it.
func TestImportPanics(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	defer func() {
		if p := fmt.Sprint(recover()); !strings.Contains(p, "a defect") {
			t.Errorf("recovered: %s", p)
		}
	}()
	_, _, err := transfer.Import(t.Context(), panicking{f.backend}, f.models, false, strings.NewReader(`{"id":"1","title":"t"}`),
		transfer.ImportOptions{})
	t.Errorf("no panic, %v", err)
}
