package spec

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

func TestQuery(t *testing.T) {
	t.Parallel()
	const parameters = `parameters: [{name: n, in: query, schema: {type: integer, minimum: 1}}, ` +
		`{name: s, in: query, schema: {type: string, maxLength: 3}}, ` +
		`{name: list, in: query, schema: {type: array, maxItems: 2, items: {type: integer}}}]`
	c := small(t, "security: []", parameters)
	for _, tt := range []struct{ query, want string }{ // want: in the error; empty: valid
		{"", ""},
		{"n=1&s=abc&list=1&list=2", ""},
		{"n=0", "/n minimum"},
		{"n=x", "/n type"},
		{"n=1.5", "/n type"},
		{"n=0&s=abcd", "/n minimum /s maxLength"},
		{"list=1&list=x", "/list type"},
		{"list=1&list=2&list=3", "/list maxItems"},
		{"n=1&n=2", "/n conflict"},
		{"s=&s=abc", "/s conflict"},
		{"s=a&%73=a", "/s conflict"},
		{"m=1", `Unknown query parameter "m". This operation takes list, n, s.`},
		{"N=1", "UNKNOWN_PARAMETER"},
		{"n[]=1", "UNKNOWN_PARAMETER"},
		{"=1", "UNKNOWN_PARAMETER"},
		{"__proto__[x]=1", "UNKNOWN_PARAMETER"},
		{strings.Repeat("x", 1000) + "=1", "UNKNOWN_PARAMETER"},
		{"s=%", "INVALID_QUERY"},
		{"s=%zz", "INVALID_QUERY"},
		{"%=s", "INVALID_QUERY"},
		{"s=a;n=1", "INVALID_QUERY"},
		{"n=1;", "INVALID_QUERY"},
		{"n=1&;&s=a", "INVALID_QUERY"},
		{"s=%ff", "INVALID_QUERY"},
		{"%ff=1", "INVALID_QUERY"},
		{"s=%00", ""},
		{"&&n=1&&", ""},
		{strings.Repeat("n=1&", 10_001), "INVALID_QUERY"},
	} {
		got := summary(query(t, c, tt.query))
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%.40q: %q, want %q", tt.query, got, tt.want)
		}
		if len(got) > 400 {
			t.Errorf("%.40q: an error of %d characters", tt.query, len(got))
		}
	}
}

func TestQueryDefaults(t *testing.T) {
	t.Parallel()
	check := only(t, small(t, "security: []", `parameters: [{name: n, in: query, schema: {type: integer, default: 7}}]`))
	for raw, want := range map[string]string{"": "7", "n=3": "3"} {
		r := httptest.NewRequest("POST", "/things?"+raw, nil)
		values := r.URL.Query()
		if _, err := check.ValidateRequest(t.Context(), r, nil, values, nil); err != nil || values.Get("n") != want {
			t.Errorf("%q: n is %q, %v; want %s", raw, values.Get("n"), err, want)
		}
	}
}

func TestQueryWithoutParameters(t *testing.T) {
	t.Parallel()
	if got := summary(query(t, small(t, "security: []"), "n=1")); !strings.Contains(got, "This operation takes none.") {
		t.Error(got)
	}
}

// TestDetails compares the details of errors with those in LoopBack's responses.
func TestDetails(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		operation, body string
		want            string // path code message info, sorted as LoopBack does
	}{
		{"signUp", `{}`, "required must have required property 'email' map[missingProperty:email]" +
			"|required must have required property 'password' map[missingProperty:password]"},
		{"signUp", `[]`, "type must be object map[type:object]"},
		{"signUp", `null`, "type must be object map[type:object]"},
		{"signUp", `{"email":null,"password":1}`,
			"/email type must be string map[type:string]|/password type must be string map[type:string]"},
		{"signUp", `{"email":"nope","password":"abc"}`,
			`/email format must have an @, as in ann@example.com map[format:email]` +
				`|/password minLength must NOT have fewer than 8 characters map[limit:8]`},
		{"signUp", `{"email":"a@x.io","password":"` + strings.Repeat("x", 257) + `"}`,
			"/password maxLength must NOT have more than 256 characters map[limit:256]"},
		{"signUp", `{"email":"a@x.io","password":"PassWord1"}`,
			"/password format must NOT be one of the most common passwords; choose another one map[format:new-password]"},
		{"signUp", `{"email":1,"x":1,"a":1}`, "required must have required property 'password' map[missingProperty:password]" +
			"|additionalProperties must NOT have additional properties map[additionalProperty:a]" +
			"|additionalProperties must NOT have additional properties map[additionalProperty:x]" +
			"|/email type must be string map[type:string]"},
		{"signUp", `{"email":"a@x.io","password":"long enough","__proto__":{}}`,
			"additionalProperties must NOT have additional properties map[additionalProperty:__proto__]"},
		{"createNote", `{"title":"","text":"b"}`, "/title minLength must NOT have fewer than 1 characters map[limit:1]"},
		{"createNote", `{"title":"t","text":"b","date_created":"yesterday"}`,
			`/date_created format must match format "date-time" map[format:date-time]`},
		{"createNote", `{"title":"t","text":"b","date_created":5}`, "/date_created type must be string map[type:string]"},
		{"updateNote", `{}`, "minProperties must NOT have fewer than 1 properties map[limit:1]"},
	} {
		for range 5 { // the order must not depend on that of a map
			e := refusalOf(t, tt.operation, tt.body)
			if e == nil || e.Kind != fault.Invalid || e.Code != "VALIDATION_FAILED" {
				t.Fatalf("%s %s: %+v", tt.operation, tt.body, e)
			}
			if got := details(e); got != tt.want {
				t.Fatalf("%s %s:\n%s, want\n%s", tt.operation, tt.body, got, tt.want)
			}
		}
	}
}

// An error never quotes a value of the body, and has at most 100 details.
func TestDetailsHoldNoValues(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"hunter2hunter2", "iloveyou1"} { // the second is a common password
		for _, body := range []string{
			`{"email":"` + secret + `","password":"` + secret + `"}`, `{"email":"a@x.io","password":"` + strings.Repeat(secret, 100) + `"}`,
			`{"email":["` + secret + `"],"password":{"a":"` + secret + `"}}`, `"` + secret + `"`, `["` + secret + `"]`,
		} {
			e := refusalOf(t, "signUp", body)
			if e == nil || strings.Contains(e.Error()+details(e), secret) {
				t.Errorf("%s: %v %s", body, e, details(e))
			}
		}
	}
	many := &strings.Builder{}
	for i := range 500 {
		many.WriteString(`"x` + strconv.Itoa(i) + `":1,`)
	}
	if e := refusalOf(t, "signUp", `{`+many.String()+`"email":"a@x.io"}`); len(e.Fields) != 100 {
		t.Errorf("%d details, want 100", len(e.Fields))
	}
}

// refusalOf sends a body to an operation of testapp and returns the error.
func refusalOf(t *testing.T, operation, body string) *fault.Error {
	t.Helper()
	c := testapp(t)
	check := c.Checks(map[string]Verifier{"bearerAuth": header("Caller")}, time.Now)[operation]
	r := httptest.NewRequest(check.Method, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Caller", "ann notes:read notes:write")
	_, err := check.ValidateRequest(t.Context(), r, map[string]string{"id": "1"}, url.Values{}, nil)
	e, _ := errors.AsType[*fault.Error](err)
	return e
}

func details(e *fault.Error) string {
	var all []string
	for _, f := range e.Fields {
		all = append(all, strings.TrimSpace(f.Path+" "+f.Code+" "+f.Message+" ")+" "+fmt.Sprint(f.Info))
	}
	return strings.Join(all, "|")
}

// query sends a query to the operation of a small contract.
func query(t *testing.T, c *Contract, raw string) error {
	t.Helper()
	r := httptest.NewRequest("POST", "/things", nil)
	r.URL.RawQuery = raw
	_, err := only(t, c).ValidateRequest(t.Context(), r, nil, r.URL.Query(), nil)
	return err
}

// summary returns an error's code and detail, and the parameter and code of each field.
func summary(err error) string {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		if err != nil {
			return err.Error()
		}
		return ""
	}
	text := e.Code + " " + e.Detail
	for _, f := range e.Fields {
		text += fmt.Sprintf(" /%s %s", f.Info["parameter"], f.Code)
	}
	return text
}

// TestFilterIsParsedOnce checks that the context of the handler has the parsed filter.
func TestFilterIsParsedOnce(t *testing.T) {
	t.Parallel()
	const content = `content: {application/json: {schema: {$ref: '#/components/schemas/ThingFilter'}}}`
	c := loaded(t, document("security: []", `parameters: [{name: filter, in: query, `+content+`}]`)+`
components:
  schemas:
    Thing:
      type: object
      x-collection: {name: things}
      additionalProperties: false
      required: [id]
      properties: {id: {type: string, maxLength: 40}, name: {type: string, maxLength: 40}}
    ThingFilter: {type: object, properties: {limit: {type: integer}}}
`)
	for query, text := range map[string]string{
		`filter={"order":["name"],"limit":3}`: `{"order":["name"],"limit":3}`,
		`filter[limit]=3`:                     `{"limit":3}`,
	} {
		r := httptest.NewRequest("POST", "/things?"+url.PathEscape(query), nil)
		r, err := only(t, c).ValidateRequest(t.Context(), r, nil, r.URL.Query(), nil)
		if err != nil {
			t.Fatal(err)
		}
		schema := c.model("Thing").Schema
		first, err := schema.QueryContext(r.Context(), []byte(text))
		again, _ := schema.QueryContext(r.Context(), []byte(text))
		if err != nil || first != again || first.Limit != 3 {
			t.Errorf("%s: %p and %p, %v; want one query", query, first, again, err)
		}
	}
}
