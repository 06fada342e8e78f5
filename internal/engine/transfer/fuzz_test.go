package transfer

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

const fuzzContract = `
openapi: 3.0.3
info: {title: Items, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths: {}
components:
  schemas:
    Item:
      type: object
      x-collection: {name: items}
      additionalProperties: false
      required: [id]
      properties:
        id: {type: string}
        mail: {type: string, format: email}
        count: {type: integer}
        score: {type: number}
        done: {type: boolean}
        day: {type: string, format: date-time, nullable: true}
        tags: {type: array, items: {type: string}}
        free: {type: object, additionalProperties: true}
`

// FuzzRead reads any text. What becomes a document stays the same when it is written, in both formats, and read again.
func FuzzRead(f *testing.F) {
	contract, err := spec.Load([]byte(fuzzContract))
	if err != nil {
		f.Fatal(err)
	}
	m := contract.Models()[0]
	reader := func(isCSV bool, text string) source {
		var from source
		if from, err = newLineReader([]*store.Model{m}, false, strings.NewReader(text)); isCSV {
			from, err = newCSVReader(m, strings.NewReader(text))
		}
		if err != nil {
			return nil
		}
		return from
	}
	f.Fuzz(func(t *testing.T, text string, isCSV bool) {
		from := reader(isCSV, text)
		for from != nil {
			i, err := from.next()
			if err == io.EOF || err != nil && strings.Contains(err.Error(), "begins a JSON array") {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			d, problems := document(i)
			if (d.ID == "") != (len(problems) > 0) {
				t.Fatalf("the document %q has the problems %v", d.JSON, problems)
			}
			if len(problems) > 0 {
				continue
			}
			for _, format := range []Format{NDJSON, CSV} {
				var out bytes.Buffer
				write, err := writer(m, &out, ExportOptions{Format: format})
				if err == nil {
					err = write(d.JSON)
				}
				if err != nil {
					t.Fatal(err)
				}
				i, err := reader(format == CSV, out.String()).next()
				if err != nil {
					t.Fatalf("%s cannot be read again: %v", &out, err)
				}
				again, problems := document(i)
				want := d.JSON
				if format == CSV { // in which null is absent, and a line feed is the end of a line
					want = withoutNull(t, m, want)
				}
				if normal := strings.NewReplacer(`\r\n`, `\n`); len(problems) > 0 || normal.Replace(string(again.JSON)) !=
					normal.Replace(string(want)) {
					t.Fatalf("%s as %s and read again: %s, %v, want %s", d.JSON, format, again.JSON, problems, want)
				}
			}
		}
	})
}

func withoutNull(t *testing.T, m *store.Model, text json.RawMessage) json.RawMessage {
	value, err := decode(text)
	if err != nil {
		t.Fatal(err)
	}
	members := value.(map[string]any)
	maps.DeleteFunc(members, func(_ string, member any) bool { return member == nil })
	text, _ = join(m, members)
	return text
}

// FuzzPlain replaces extended JSON in any value.
func FuzzPlain(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		value, err := decode([]byte(text))
		if err != nil {
			return
		}
		if _, err := plain(value); err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Errorf("%s: an error without text", text)
		}
	})
}
