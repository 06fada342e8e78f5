package loopback

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// difference says in what our answer is not the same as LoopBack's; "" is the same. Of a success, ours must have every
// member with the same value, and besides only those that Newsdesk adds, or none when exact. Of an error, the status, the name, the code,
// the texts that are fixed, and all violations that it reports must be the same.
func difference(theirs, ours answer, exact bool) string {
	var a, b any
	if err := unmarshal(theirs.Body, &a); err != nil {
		return "LoopBack's body: " + err.Error()
	}
	if err := unmarshal(ours.Body, &b); err != nil {
		return "our body: " + err.Error()
	}
	switch {
	case theirs.Status != ours.Status:
		return fmt.Sprintf("status %d, not %d", ours.Status, theirs.Status)
	case theirs.Type != ours.Type:
		return fmt.Sprintf("media type %q, not %q (none is JSON)", ours.Type, theirs.Type)
	case !slices.Equal(theirs.Rows, ours.Rows):
		return fmt.Sprintf("rows %v, not %v", ours.Rows, theirs.Rows)
	case theirs.Status >= 400:
		return differentError(theirs.Body, ours.Body)
	case exact:
		return lacks(a, b, theirs.Cut, []string{})
	}
	return lacks(a, b, theirs.Cut, []string{"author", "date_created", "roles", "token_type", "expires_in", "refresh_token", "user_id"})
}

func unmarshal(text []byte, value *any) error {
	if len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, value)
}

func differentError(theirs, ours []byte) string {
	var a, b envelope
	if json.Unmarshal(theirs, &a) != nil || a.Error == nil || json.Unmarshal(ours, &b) != nil || b.Error == nil {
		if string(theirs) != string(ours) {
			return "not an error's envelope"
		}
		return ""
	}
	message := strings.ReplaceAll(a.Error.Message, "NewsModel", "News")
	switch {
	case b.Error.StatusCode != a.Error.StatusCode:
		return fmt.Sprintf("statusCode %d, not %d", b.Error.StatusCode, a.Error.StatusCode)
	case b.Error.Name != a.Error.Name:
		return fmt.Sprintf("name %s, not %s", b.Error.Name, a.Error.Name)
	case a.Error.Code != "" && b.Error.Code != a.Error.Code:
		return fmt.Sprintf("code %s, not %s", b.Error.Code, a.Error.Code)
	case !quoting(a) && b.Error.Message != message:
		return fmt.Sprintf("message %q, not %q", b.Error.Message, message)
	}
	return missingDetail(a.Error.Details, b.Error.Details)
}

// quoting reports whether LoopBack's text is not fixed: it comes from the JSON parser, repeats the value, or gets a limit added here.
func quoting(e envelope) bool {
	return e.Error.Name == "SyntaxError" || e.Error.Name == "PayloadTooLargeError" || e.Error.Code == "INVALID_PARAMETER_VALUE"
}

// missingDetail compares two lists of details as sets: each of LoopBack's must be among ours.
func missingDetail(theirs, ours any) string {
	if theirs == nil {
		return ""
	}
	want, ok := theirs.([]any)
	have, ours2 := ours.([]any)
	if !ok || !ours2 {
		return "details of another shape"
	}
	for _, detail := range want {
		if !slices.ContainsFunc(have, func(d any) bool { return lacks(detail, d, false, nil) == "" }) {
			return fmt.Sprintf("details lack %v", detail)
		}
	}
	return ""
}

// lacks says what a value lacks to hold another one: every member, and arrays element by element. A cut array may go on. more
// names the members that may be there besides; nil is any.
func lacks(want, have any, cut bool, more []string) string {
	switch w := want.(type) {
	case map[string]any:
		h, ok := have.(map[string]any)
		if !ok {
			return fmt.Sprintf("%v is not an object", have)
		}
		for name := range h {
			if _, known := w[name]; !known && !cut && more != nil && !slices.Contains(more, name) {
				return "one member too many: " + name
			}
		}
		for name, value := range w {
			if _, sent := h[name]; !sent {
				return "no member " + name
			}
			if text := lacks(value, h[name], cut, more); text != "" {
				return name + ": " + text
			}
		}
		return ""
	case []any:
		h, ok := have.([]any)
		if !ok || len(h) < len(w) || len(h) > len(w) && !cut {
			return fmt.Sprintf("%v is not an array of %d", have, len(w))
		}
		for i := range w {
			if text := lacks(w[i], h[i], cut, more); text != "" {
				return fmt.Sprintf("%d: %s", i, text)
			}
		}
		return ""
	}
	if !reflect.DeepEqual(want, have) {
		return fmt.Sprintf("%v, not %v", have, want)
	}
	return ""
}

// The comparison itself must be able to say no.
func TestDifference(t *testing.T) {
	t.Parallel()
	const (
		news     = `{"id":"1","title":"a"}`
		notFound = `{"error":{"statusCode":404,"name":"Error","message":"Entity not found: NewsModel with id \"7\"",` +
			`"code":"ENTITY_NOT_FOUND"}}`
		invalid = `{"error":{"statusCode":400,"name":"BadRequestError","message":"x","code":"INVALID_PARAMETER_VALUE",` +
			`"details":[{"path":"/limit","code":"type","message":"m","info":{"type":"integer"}}]}}`
	)
	renamed := strings.ReplaceAll(notFound, "NewsModel", "News")
	ok := func(body string) answer { return answer{Status: 200, Body: json.RawMessage(body)} }
	bad := func(body string) answer { return answer{Status: 400, Body: json.RawMessage(body)} }
	for _, tt := range []struct {
		name         string
		theirs, ours answer
		exact        bool
		want         string
	}{
		{"equal", ok(news), ok(news), true, ""},
		{"a property added", ok(news), ok(`{"id":"1","title":"a","author":"b"}`), false, ""},
		{"a property added where properties were selected", ok(news), ok(`{"id":"1","title":"a","author":"b"}`), true, "too many: author"},
		{"another one added", ok(news), ok(`{"id":"1","title":"a","password":"b"}`), false, "too many: password"},
		{"one missing", ok(news), ok(`{"id":"1"}`), false, "no member title"},
		{"another value", ok(news), ok(`{"id":"1","title":"b"}`), false, "title: b, not a"},
		{"another type", ok(`{"count":1}`), ok(`{"count":"1"}`), false, "count: 1, not 1"},
		{"shorter", ok(`[1,2]`), ok(`[1]`), false, "not an array of 2"},
		{"longer", ok(`[1]`), ok(`[1,2]`), false, "not an array of 1"},
		{"longer than what was kept", answer{Status: 200, Body: json.RawMessage(`[1]`), Cut: true}, ok(`[1,2]`), false, ""},
		{"no body", answer{Status: 200}, ok(news), false, "not <nil>"},
		{"another status", ok(news), answer{Status: 201, Body: json.RawMessage(news)}, false, "status 201, not 200"},
		{"another media type", answer{Status: 200, Type: "text/plain", Body: json.RawMessage(`"a"`)}, ok(`"a"`), false, "media type"},
		{"another order", answer{Status: 200, Rows: []string{"1", "2"}}, answer{Status: 200, Rows: []string{"2", "1"}}, false,
			"rows [2 1]"},
		{"the schema's name", bad(notFound), bad(renamed), false, ""},
		{"another text", bad(notFound), bad(strings.ReplaceAll(renamed, "7", "8")), false, "message"},
		{"another code", bad(notFound), bad(strings.ReplaceAll(renamed, "ENTITY_", "")), false, "code NOT_FOUND"},
		{"another name", bad(notFound), bad(strings.ReplaceAll(renamed, `"Error"`, `"NotFoundError"`)), false, "name NotFoundError"},
		{"another statusCode", bad(notFound), bad(strings.ReplaceAll(renamed, "404", "400")), false, "statusCode 400"},
		{"more information", bad(invalid), bad(strings.ReplaceAll(invalid, `"info":{`, `"info":{"parameter":"filter",`)), false, ""},
		{"another detail", bad(invalid), bad(strings.ReplaceAll(invalid, "/limit", "/skip")), false, "details lack"},
		{"no details", bad(invalid), bad(invalid[:strings.Index(invalid, `,"details"`)] + `}}`), false, "another shape"},
		{"no envelope", bad(notFound), bad(`"not found"`), false, "envelope"},
	} {
		if got := difference(tt.theirs, tt.ours, tt.exact); got != tt.want && (tt.want == "" || !strings.Contains(got, tt.want)) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
