package spec

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

const thing = `requestBody: {required: true, content: {application/json: {schema: ` +
	`{type: object, additionalProperties: false, properties: {text: {type: string}, whole: {type: integer}, part: {type: number}, ` +
	`small: {type: integer, minimum: 1, maximum: 9, default: 5}, ` +
	`at: {type: string, format: date-time, x-default: now}}}}}}`

func TestBodyMediaType(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ contentType, encoding, want string }{ // want: in the error; empty: valid
		{"application/json", "", ""},
		{"application/json", "identity", ""},
		{"Application/JSON; Charset=UTF-8", "", ""},
		{"application/json;charset=\"utf-8\"", "", ""},
		{"", "", "Content-type  does not match [application/json]."},
		{"text/plain", "", "Content-type text/plain does not match [application/json]."},
		{"application/merge-patch+json", "", "does not match [application/json]."},
		{"application/json, text/plain", "", "does not match [application/json]."},
		{"application/json; charset=iso-8859-1", "", `unsupported charset "ISO-8859-1"`},
		{"application/json; charset=utf-16", "", `unsupported charset "UTF-16"`},
		{"application/json", "gzip", "Content-encoding gzip is not supported"},
		{"application/json", "gzip, identity", "is not supported"},
		{"multipart/form-data; boundary=x", "", "does not match [application/json]."},
		{strings.Repeat("x", 5000), "", "does not match"},
	} {
		e := bodyFault(t, thing, `{}`, "Content-Type", tt.contentType, "Content-Encoding", tt.encoding)
		if tt.want == "" {
			if e != nil {
				t.Errorf("%q %q: %v", tt.contentType, tt.encoding, e)
			}
			continue
		}
		if e == nil || e.Kind != fault.Unsupported || !strings.Contains(e.Detail, tt.want) || len(e.Detail) > 300 {
			t.Errorf("%q %q: %v, want %q", tt.contentType, tt.encoding, e, tt.want)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	text := func(size int) string { return `{"text":"` + strings.Repeat("x", size-len(`{"text":""}`)) + `"}` }
	check := only(t, small(t, "security: []", thing))
	for _, tt := range []struct {
		name string
		size int
		says int64 // Content-Length; -1: in chunks
		kind fault.Kind
	}{
		{"the maximum size", 1024, 1024, 0},
		{"the maximum size, in chunks", 1024, -1, 0},
		{"one byte more", 1025, 1025, fault.TooLarge},
		{"one byte more, in chunks", 1025, -1, fault.TooLarge},
		{"much more", 10, 1 << 20, fault.TooLarge},
	} {
		r := httptest.NewRequest("POST", "/things", io.NopCloser(strings.NewReader(text(max(tt.size, 11)))))
		r.Header.Set("Content-Type", "application/json")
		r.ContentLength = tt.says
		if _, err := check.ValidateRequest(t.Context(), r, nil, nil, nil); fault.KindOf(err) != tt.kind {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestTruncatedBody(t *testing.T) {
	t.Parallel()
	check := only(t, small(t, "security: []", thing))
	r := httptest.NewRequest("POST", "/things", iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(`{"text":"x"}`))))
	r.Header.Set("Content-Type", "application/json")
	if _, err := check.ValidateRequest(t.Context(), r, nil, nil, nil); fault.KindOf(err) != fault.BadRequest {
		t.Error(err)
	}
}

func TestBodyRequired(t *testing.T) {
	t.Parallel()
	if e := bodyFault(t, thing, ""); e == nil || e.Kind != fault.BadRequest || e.Code != "MISSING_REQUIRED_PARAMETER" ||
		e.Detail != "Request body is required" {
		t.Errorf("%+v", e)
	}
	if e := bodyFault(t, strings.Replace(thing, "required: true", "required: false", 1), ""); e != nil {
		t.Error(e)
	}
}

func TestBodyNumbers(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{ // path and code of the error; empty: valid
		`{"whole":3.0}`:                 "",
		`{"whole":1e2}`:                 "",
		`{"whole":-0}`:                  "",
		`{"whole":9223372036854775807}`: "",
		`{"whole":3.5}`:                 "/whole type",
		`{"whole":1e400}`:               "/whole type",
		`{"part":1e400}`:                "/part type",
		`{"part":-1e-400}`:              "",
		`{"part":"1"}`:                  "/part type",
		`{"text":1}`:                    "/text type",
		`{"small":0}`:                   "/small minimum",
		`{"small":10}`:                  "/small maximum",
		`{"small":null}`:                "/small type", // null is not missing
	} {
		e := bodyFault(t, thing, body)
		got := ""
		if e != nil {
			got = e.Fields[0].Path + " " + e.Fields[0].Code
		}
		if got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// The handler gets the validated value with its defaults.
func TestBodyDefaults(t *testing.T) {
	t.Parallel()
	const at = `"2020-01-01T00:00:00Z"`
	for body, want := range map[string]string{
		`{}`: `{"at":"2026-01-31T08:00:00.000Z","small":5}`,
		`{"small":3,"at":` + at + `,"whole":9007199254740993}`: `{"at":` + at + `,"small":3,"whole":9007199254740993}`,
	} {
		checks := small(t, "security: []", thing).Checks(nil,
			func() time.Time { return time.Date(2026, 1, 31, 9, 0, 0, 999, time.FixedZone("", 3600)) })
		r := httptest.NewRequest("POST", "/things", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r, err := checks["makeThing"].ValidateRequest(t.Context(), r, nil, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		checked, ok := r.Body.(interface{ ValidatedValue() any })
		if !ok {
			t.Fatal("the body is not the validated one")
		}
		if got, err := json.Marshal(checked.ValidatedValue()); err != nil || string(got) != want {
			t.Errorf("%s became %s (%v), want %s", body, got, err, want)
		}
		if got, err := io.ReadAll(r.Body); err != nil || string(got) != want {
			t.Errorf("%s is read as %s (%v), want %s", body, got, err, want)
		}
	}
}

// bodyFault sends a body to the small contract's operation, with headers as pairs, and returns the error or nil.
func bodyFault(t *testing.T, member, body string, headers ...string) *fault.Error {
	t.Helper()
	r := httptest.NewRequest("POST", "/things", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	_, err := only(t, small(t, "security: []", member)).ValidateRequest(t.Context(), r, nil, nil, nil)
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		t.Fatal(err)
	}
	return e
}

// TestLargeBodiesWait validates bodies while the capacity for large bodies is in use.
func TestLargeBodiesWait(t *testing.T) {
	t.Parallel()
	check := only(t, small(t, "security: []", "x-limits: {body: 1MiB}", thing))
	ctx, cancel := context.WithCancel(t.Context())
	var caller identity.Client
	send := func(size int) error {
		r := httptest.NewRequest("POST", "/things", strings.NewReader(`{"text":"`+strings.Repeat("x", size)+`"}`))
		r.Header.Set("Content-Type", "application/json")
		_, err := check.ValidateRequest(identity.NewClientContext(ctx, caller), r, nil, nil, nil)
		return err
	}
	for range 2 * maxBodies / largeBody { // each body releases its share
		if err := send(largeBody); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := check.bodies.Acquire(ctx, "", maxBodies); err != nil {
		t.Fatal(err)
	}
	if err := send(largeBody / 2); err != nil {
		t.Errorf("a small body has to wait: %v", err)
	}
	caller.Address = "192.0.2.7"
	if err := send(largeBody); err != nil {
		t.Errorf("a large body has to wait for those of another caller: %v", err)
	}
	caller.Address = ""
	cancel()
	if err := send(largeBody); !errors.Is(err, context.Canceled) {
		t.Errorf("a large body did not wait for its turn: %v", err)
	}
}
