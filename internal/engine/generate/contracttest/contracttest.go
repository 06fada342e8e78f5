// Package contracttest sends the requests that a contract lists as x-tests, and answers them with the contract's examples. Only
// TestContracts uses it.
package contracttest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// operation is what the tests need of an operation.
type operation struct {
	ID        string              `yaml:"operationId"`
	Responses map[string]response `yaml:"responses"`
	Tests     []test              `yaml:"x-tests"`
}

type response struct {
	Ref     string `yaml:"$ref"`
	Headers map[string]struct {
		Example any `yaml:"example"`
	} `yaml:"headers"`
	Content map[string]struct {
		Example any `yaml:"example"`
	} `yaml:"content"`
}

// test is a request and what must come of it.
type test struct {
	Send     string            `yaml:"send"` // METHOD PATH
	Headers  map[string]string `yaml:"headers"`
	Body     string            `yaml:"body"`
	Status   int               `yaml:"status"`   // 0: that of the example
	Received any               `yaml:"received"` // by the handler; nil: anything
	Contains string            `yaml:"contains"` // in the body of the response
}

// contract is what the tests need of a document.
type contract struct {
	Paths      map[string]map[string]yaml.Node `yaml:"paths"`
	Components struct {
		Responses map[string]response `yaml:"responses"`
		Schemes   map[string]any      `yaml:"securitySchemes"`
	} `yaml:"components"`
}

// operations returns the operations of a document, with its shared responses in place.
func operations(document []byte) (found []operation, err error) {
	var contract contract
	if err := yaml.Unmarshal(document, &contract); err != nil {
		return nil, err
	}
	for _, path := range slices.Sorted(maps.Keys(contract.Paths)) {
		for _, node := range contract.Paths[path] {
			var op operation
			if node.Kind != yaml.MappingNode || node.Decode(&op) != nil || op.ID == "" {
				continue
			}
			for status, r := range op.Responses {
				if name, shared := strings.CutPrefix(r.Ref, "#/components/responses/"); shared {
					op.Responses[status] = contract.Components.Responses[name]
				}
			}
			found = append(found, op)
		}
	}
	return found, nil
}

// Verifiers accept the secret "secret" of any scheme.
func Verifiers(document []byte) map[string]identity.Verifier {
	var contract contract
	if err := yaml.Unmarshal(document, &contract); err != nil {
		panic(err)
	}
	all := map[string]identity.Verifier{}
	for name := range contract.Components.Schemes {
		all[name] = func(_ context.Context, c identity.Credentials) (identity.Principal, error) {
			if c.Secret != "secret" {
				return identity.Principal{}, fault.New(fault.Unauthenticated, "", "The credentials are not valid.")
			}
			return identity.Principal{ID: cmp.Or(c.User, "somebody"), Scopes: []string{"read"}}, nil
		}
	}
	return all
}

// Answer is the response with the lowest status that has no error, with its example.
type Answer struct {
	received  []byte
	status    int
	header    http.Header
	mediaType string
	body      []byte
}

// NewAnswer returns the answer of an operation to the request object of its handler.
func NewAnswer(document []byte, id string, request any) (a Answer, err error) {
	all, err := operations(document)
	if err != nil {
		return a, err
	}
	i := slices.IndexFunc(all, func(op operation) bool { return op.ID == id })
	if i < 0 {
		return a, fmt.Errorf("no operation %s", id)
	}
	if a.received, err = json.Marshal(received(reflect.ValueOf(request))); err != nil {
		return a, err
	}
	code := slices.Sorted(maps.Keys(all[i].Responses))[0]
	a.status, err = strconv.Atoi(strings.NewReplacer("XX", "00", "default", "200").Replace(code))
	if err != nil {
		return a, err
	}
	a.header = http.Header{}
	for name, header := range all[i].Responses[code].Headers {
		a.header.Set(name, strings.Trim(fmt.Sprint(header.Example), "[]")) // a list has one item
	}
	for mediaType, content := range all[i].Responses[code].Content {
		a.mediaType = mediaType
		if text, ok := content.Example.(string); ok && !strings.Contains(mediaType, "json") {
			a.body = []byte(text)
		} else if a.body, err = json.Marshal(content.Example); err != nil {
			return a, err
		}
	}
	return a, nil
}

// Write sends the answer.
func (a Answer) Write(w http.ResponseWriter) error {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("X-Received", string(a.received))
	if a.mediaType != "" {
		w.Header().Set("Content-Type", a.mediaType)
	}
	w.WriteHeader(a.status)
	_, err := w.Write(a.body)
	return err
}

// received returns the members of a handler's request object, or of its Params, that are not nil: the JSON, or what is streamed.
func received(v reflect.Value) map[string]any {
	members := map[string]any{}
	for i := range v.NumField() {
		name, member := v.Type().Field(i).Name, v.Field(i)
		nilable := []reflect.Kind{reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice}
		if slices.Contains(nilable, member.Kind()) && member.IsNil() {
			continue
		}
		switch value := member.Interface().(type) {
		case *multipart.Reader:
			members[name] = parts(value)
		case io.Reader:
			members[name] = all(value)
		default:
			members[name] = value
			if name == "Params" {
				members[name] = received(member)
			}
		}
	}
	return members
}

// parts returns the contents of the parts by their names.
func parts(r *multipart.Reader) any {
	found := map[string]any{}
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			return err.Error()
		}
		found[part.FormName()] = all(part)
	}
}

// all returns what can be read, or the error.
func all(r io.Reader) string {
	text, err := io.ReadAll(r)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Run starts an application and sends the requests of its contract.
func Run(t *testing.T, app server.App) {
	t.Helper()
	all, err := operations(app.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	api := testkit.New(t, app)
	sent := 0
	for _, op := range all {
		for _, tt := range op.Tests {
			method, path, _ := strings.Cut(tt.Send, " ")
			var headers []string
			for name, value := range tt.Headers {
				headers = append(headers, name, value)
			}
			got := api.Do(method, path, "", tt.Body, headers...)
			body := testkit.Body(got)
			status := cmp.Or(tt.Status, got.StatusCode)
			if got.StatusCode != status || tt.Status == 0 && status >= 400 || !strings.Contains(body, tt.Contains) {
				t.Errorf("%s %s: %d %s, want %d with %q", op.ID, tt.Send, got.StatusCode, body, tt.Status, tt.Contains)
				continue
			}
			var was any
			if text := got.Header.Get("X-Received"); text != "" {
				if err := json.Unmarshal([]byte(text), &was); err != nil {
					t.Fatal(err)
				}
			}
			if want := plain(t, tt.Received); want != nil && !reflect.DeepEqual(was, want) {
				t.Errorf("%s %s: the handler received %v, want %v", op.ID, tt.Send, was, want)
			}
			sent++
		}
	}
	if sent == 0 {
		t.Error("no x-tests")
	}
}

// plain returns a value as JSON reads it.
func plain(t *testing.T, value any) (made any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &made); err != nil {
		t.Fatal(err)
	}
	return made
}
