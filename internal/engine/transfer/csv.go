package transfer

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/strictjson"
)

// kinds returns the types of the properties that are scalars. All others are JSON in a cell.
func kinds(m *store.Model) map[string]filter.Type {
	found := map[string]filter.Type{}
	for _, p := range m.Named() {
		if len(p.Path) == 1 && !p.Array {
			found[p.Name] = p.Type
		}
	}
	return found
}

func isText(kinds map[string]filter.Type, name string) bool {
	kind, scalar := kinds[name]
	return scalar && (kind == filter.String || kind == filter.Date)
}

// special are the first characters for which a spreadsheet takes a text as a formula (OWASP, CSV injection), and the apostrophe.
const special = "=+-@\t\r\n'＝＋－＠"

// cell returns the text of a string in a cell. A text that a spreadsheet could take as a formula gets an apostrophe in front, which
// spreadsheets do not show; so do an empty string, because an empty cell is an absent value, and a text that begins with an apostrophe.
func cell(text string) string {
	if text == "" || strings.ContainsRune(special, []rune(text)[0]) {
		return "'" + text
	}
	return text
}

// newCSVWriter writes the names of the properties, and returns a function that writes one document.
func newCSVWriter(m *store.Model, w io.Writer) (func(json.RawMessage) error, error) {
	out, kinds := csv.NewWriter(w), kinds(m)
	row := make([]string, len(m.Properties))
	for i, p := range m.Properties {
		row[i] = p.Name
	}
	if err := out.Write(row); err != nil {
		return nil, err
	}
	out.Flush()
	return func(document json.RawMessage) error {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(document, &members); err != nil {
			return err
		}
		for i, p := range m.Properties {
			value := members[p.Name]
			if row[i] = string(value); row[i] == "null" {
				row[i] = ""
			}
			var text string
			if len(value) > 0 && value[0] == '"' && isText(kinds, p.Name) && json.Unmarshal(value, &text) == nil {
				row[i] = cell(text)
			}
		}
		if err := out.Write(row); err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	}, nil
}

// csvReader reads documents from a CSV with a header row.
type csvReader struct {
	in      *csv.Reader
	limit   *limited
	m       *store.Model
	kinds   map[string]filter.Type
	columns []string
}

func newCSVReader(m *store.Model, r io.Reader) (*csvReader, error) {
	limit := &limited{r: r, left: maxLine}
	text, err := withoutMark(limit)
	if err != nil {
		return nil, err
	}
	c := &csvReader{in: csv.NewReader(text), limit: limit, m: m, kinds: kinds(m)}
	c.in.FieldsPerRecord = -1
	header, err := c.in.Read()
	if err == io.EOF {
		return nil, errors.New("the CSV is empty; its first row must contain the names of the properties")
	}
	if err != nil {
		return nil, fmt.Errorf("the header of the CSV: %w", err)
	}
	for i, name := range header {
		at := slices.IndexFunc(m.Properties, func(p store.Property) bool { return name != "" && (p.Name == name || p.Was == name) })
		if at >= 0 {
			header[i] = m.Properties[at].Name
		}
		if at < 0 || slices.Contains(header[:i], header[i]) {
			var names []string
			for _, p := range m.Properties {
				names = append(names, p.Name)
			}
			return nil, fmt.Errorf("the header of the CSV: %q is unknown or a duplicate; the properties of %s are: %s", name,
				m.Schema.Name(), strings.Join(names, ", "))
		}
	}
	c.columns = header
	return c, nil
}

// next implements source.
func (c *csvReader) next() (item, error) {
	c.limit.left = maxLine
	row, err := c.in.Read()
	var syntax *csv.ParseError
	switch {
	case err == io.EOF:
		return item{}, io.EOF
	case errors.As(err, &syntax):
		return item{line: syntax.StartLine, problems: []Problem{{"", syntax.Err.Error()}}}, nil
	case err != nil:
		return item{}, err
	}
	line, _ := c.in.FieldPos(0)
	i := item{line: line, model: c.m, size: int64(len(strings.Join(row, "")))}
	if len(row) != len(c.columns) {
		i.problems = []Problem{{"", fmt.Sprintf("the row has %d cells, but the header has %d", len(row), len(c.columns))}}
		return i, nil
	}
	i.members = map[string]any{}
	for at, name := range c.columns {
		if err := c.put(i.members, name, row[at]); err != nil {
			i.problems = append(i.problems, Problem{"/" + name, err.Error()})
		}
	}
	return i, nil
}

// put sets a member to the value of a cell, unless the cell is empty.
func (c *csvReader) put(members map[string]any, name, text string) error {
	if text == "" {
		return nil
	}
	if isText(c.kinds, name) {
		if rest, marked := strings.CutPrefix(text, "'"); marked && cell(rest) == text {
			text = rest
		}
		members[name] = text
		return nil
	}
	if kind, scalar := c.kinds[name]; scalar && kind == filter.Boolean {
		text = strings.ToLower(text) // spreadsheets write TRUE
	}
	value, wrong := strictjson.Decode([]byte(text), maxDepth)
	if wrong != nil {
		return errors.New("must be a number, true, false, or JSON")
	}
	members[name] = value
	return nil
}

// limited is a reader that fails when a record is too long: an unpaired quotation mark would make the rest of the text one record.
type limited struct {
	r    io.Reader
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("a record is longer than %d MiB; a quotation mark may be missing", maxLine>>20)
	}
	n, err := l.r.Read(p)
	l.left -= n
	return n, err
}

// withoutMark returns a reader without the byte order mark of UTF-8 at the start of r. It returns an error for that of UTF-16.
func withoutMark(r io.Reader) (io.Reader, error) {
	mark := make([]byte, 3)
	n, _ := io.ReadFull(r, mark) // a reader repeats its error
	switch start := string(mark[:n]); {
	case start == "\xEF\xBB\xBF":
		return r, nil
	case strings.HasPrefix(start, "\xFF\xFE"), strings.HasPrefix(start, "\xFE\xFF"):
		return nil, errors.New("the text is UTF-16; convert it to UTF-8 first, for example with iconv -f UTF-16 -t UTF-8")
	}
	return io.MultiReader(bytes.NewReader(mark[:n]), r), nil
}
