package loopback

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// row is one recorded request, what LoopBack answered, and what we make of it.
type row struct {
	Section  string            `json:"section"`
	Name     string            `json:"name,omitempty"`   // none: the request speaks for itself
	Request  string            `json:"request"`          // method and target; {1} is the id of LoopBack's first news
	Header   map[string]string `json:"header,omitempty"` // {token} is a valid token
	Body     string            `json:"body,omitempty"`   // {password} is one that we take; LoopBack's was secret12
	Make     string            `json:"make,omitempty"`   // the name in bodies of a body that is too long to write, or not text
	LoopBack answer            `json:"loopback"`
	// the body that does what we refuse, so that the rows that follow meet LoopBack's state
	Instead  string `json:"instead,omitempty"`
	Exact    bool   `json:"exact,omitempty"` // the request chose properties: ours may send no others
	Verdict  string `json:"verdict"`
	Newsdesk string `json:"newsdesk,omitempty"` // our answer in short, unless it is the same
}

// answer is what a server sent. Ids of users and tokens stand as <id> and <token>, ids of news as LoopBack's numbers.
type answer struct {
	Status int             `json:"status"`
	Type   string          `json:"type,omitempty"` // its media type, when it is not application/json
	Rows   []string        `json:"rows,omitzero"`  // the ids of the news in Body, which is then left out
	Body   json.RawMessage `json:"body,omitempty"` // JSON; a string when it is another type
	Cut    bool            `json:"cut,omitempty"`  // the recorder kept the beginning only, here without what was cut in two
}

// part is one file of the table.
type part struct {
	name   string
	about  string
	stored bool // its requests need recordedNews
	rows   []row
}

func (p *part) file() string { return "testdata/" + p.name + ".jsonl" }

func readParts(t *testing.T) []*part {
	t.Helper()
	parts := []*part{
		{name: "accounts", about: "Sign-up, sign-in and the current user"},
		{name: "news", about: "The endpoints of /news: bodies, methods, paths and headers"},
		{name: "filters", about: "`filter` and `where`, on six news items", stored: true},
	}
	for _, p := range parts {
		text, err := os.ReadFile(p.file())
		if err != nil {
			t.Fatal(err)
		}
		lines := json.NewDecoder(bytes.NewReader(text))
		lines.DisallowUnknownFields()
		for {
			var r row
			err := lines.Decode(&r)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: row %d: %v", p.file(), len(p.rows)+1, err)
			}
			p.rows = append(p.rows, r)
		}
	}
	return parts
}

func (p *part) write(t *testing.T) {
	t.Helper()
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	lines.SetEscapeHTML(false)
	for _, r := range p.rows {
		if err := lines.Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(p.file(), text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (r *row) title() string {
	if r.Name != "" {
		return r.Name
	}
	return r.Request
}

// envelope is LoopBack's shape of an error.
type envelope struct {
	Error *struct {
		StatusCode int    `json:"statusCode"`
		Name       string `json:"name"`
		Message    string `json:"message"`
		Code       string `json:"code"`
		Details    any    `json:"details"`
	} `json:"error"`
}

// short describes a response in a line: the status, and the rows, or an error's code and what was wrong where, or the body.
func (a answer) short() string {
	text := fmt.Sprint(a.Status)
	if a.Rows != nil {
		return text + " [" + strings.Join(a.Rows, ",") + "]"
	}
	var e envelope
	if json.Unmarshal(a.Body, &e) == nil && e.Error != nil {
		return text + " " + e.short()
	}
	if a.Type != "" {
		text += " " + a.Type
	}
	if len(a.Body) > 4096 {
		if list, ok := ids(a.Body); ok {
			return text + " [" + strings.Join(list, ",") + "]"
		}
		return text + " " + string(a.Body[:1]) + "…" // such as the contract, which is too long
	}
	if len(a.Body) > 0 {
		text += " " + clip(string(a.Body), 160)
	}
	return text
}

func (e envelope) short() string {
	text := e.Error.Code
	if text == "" {
		text = e.Error.Name
	}
	list, _ := e.Error.Details.([]any)
	var wrong []string
	for _, element := range list {
		d, _ := element.(map[string]any)
		info, _ := d["info"].(map[string]any)
		words := []any{d["path"], d["code"], info["missingProperty"], info["additionalProperty"]}
		var said []string
		for _, word := range words {
			if s, ok := word.(string); ok && s != "" {
				said = append(said, s)
			}
		}
		wrong = append(wrong, strings.Join(said, " "))
	}
	switch {
	case len(wrong) > 0:
		return text + " (" + strings.Join(wrong, ", ") + ")"
	case text == "":
		return e.Error.Message
	}
	return text + ": " + e.Error.Message
}

func clip(text string, most int) string {
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return text
}
