//go:build contracts

package generate

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// TestContracts generates the code of each contract in testdata/contracts, vets and builds it with handlers that answer with the examples
// of the contract, and starts it. Then it sends the requests in the x-tests of the operations. The Go client of each contract is
// type-checked, and those in clientCalls call their servers.
func TestContracts(t *testing.T) {
	contracts, err := filepath.Glob("testdata/contracts/*.yaml")
	if err != nil || len(contracts) == 0 {
		t.Fatal("no contracts: ", err)
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	work, err := os.MkdirTemp(".", "contracts-") // in the engine, which is internal
	if err != nil {
		t.Fatal(err)
	}
	remove := filepath.Join(root, "internal/engine/generate", work)
	t.Cleanup(func() {
		if err := os.RemoveAll(remove); err != nil {
			t.Error(err)
		}
	})
	var names []string
	for _, file := range contracts {
		name := "of" + strings.TrimSuffix(filepath.Base(file), ".yaml") // never a keyword
		folder := filepath.Join(work, name)
		document := read(t, file)
		for path, text := range map[string]string{
			"openapi.yaml": document, "gen/api.yaml": read(t, "../testapp/gen/api.yaml"), "gen/api/doc.go": "package api\n",
		} {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, path)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, path), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		t.Chdir(root)
		folder = filepath.Join("internal/engine/generate", folder)
		if err := Run(folder, io.Discard); err != nil {
			t.Errorf("%s: %v", file, err)
			t.Chdir("internal/engine/generate")
			continue
		}
		names = append(names, name)
		contract, err := spec.Load([]byte(read(t, filepath.Join(folder, "openapi.yaml"))))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, "app.go"), answers,
			map[string]any{"Package": name, "API": importPath(folder, "gen/api"), "Contract": contract})
		completed := []byte(read(t, filepath.Join(folder, "openapi.yaml")))
		files, collisions, err := texts(contract, ".", completed, completed)
		if err = errors.Join(err, collisions); err != nil {
			t.Errorf("%s: the Go client: %v", file, err)
		} else if clientCalls[name] != "" {
			writeClient(t, folder, files)
			write(t, filepath.Join(folder, "client/calls_test.go"), clientCalls[name], importPath(folder, ""))
		}
		t.Chdir("internal/engine/generate")
	}
	t.Chdir(root)
	work = filepath.Join("internal/engine/generate", work)
	write(t, filepath.Join(work, "contracts_test.go"), requests, map[string]any{"Names": names, "Folder": importPath(work, "")})
	for _, command := range [][]string{{"vet", "./" + work + "/..."}, {"test", "./" + work + "/..."}} {
		if out, err := exec.Command("go", command...).CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(command, " "), err, out)
		}
	}
	fmt.Printf("%d contracts generate, build, start and answer\n", len(names))
}

// writeClient writes the Go client of a contract into its folder.
func writeClient(t *testing.T, folder string, files map[string][]byte) {
	t.Helper()
	written, err := filepath.Glob("client/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range written {
		if files[name] == nil && !strings.HasSuffix(name, "_test.go") {
			files[name] = []byte(read(t, name))
		}
	}
	for name, text := range files {
		if !strings.HasSuffix(name, ".go") || !strings.Contains(name, "client/") {
			continue
		}
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte(importPath(".", "gen/client")), []byte(importPath(folder, "gen/client")))
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func write(t *testing.T, file, text string, data any) {
	t.Helper()
	var out bytes.Buffer
	functions := template.FuncMap{"goName": goName}
	if err := template.Must(template.New("").Funcs(functions).Parse(text)).Execute(&out, data); err != nil {
		t.Fatal(err)
	}
	source, err := format.Source(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, source, 0o644); err != nil {
		t.Fatal(err)
	}
}

// answers is an application whose handlers answer with what they received, in a header, and the example of the contract.
const answers = `package {{.Package}}

import (
	"context"
	_ "embed"
	"net/http"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/generate/contracttest"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	api "{{.API}}"
)

//go:embed openapi.yaml
var document []byte

var App = server.App{OpenAPI: document, Register: func(router server.Router, _ engine.Services, middleware server.Middleware) {
	router.Verify(contracttest.Verifiers(document))
	answers := api.NewStrictHandler(handlers{}, nil)
	api.RegisterHandlersWithOptions(router, answers, api.RegisterHandlersOptions{OperationMiddlewares: middleware})
}}

type handlers struct{}

type answer struct{ contracttest.Answer }
{{range .Contract.Operations}}
func (handlers) {{goName .ID}}(_ context.Context, r api.{{goName .ID}}RequestObject) (api.{{goName .ID}}ResponseObject, error) {
	a, err := contracttest.NewAnswer(document, "{{.ID}}", r)
	return answer{a}, err
}

func (a answer) Visit{{goName .ID}}Response(w http.ResponseWriter) error { return a.Write(w) }
{{end}}`

// requests is the test of all applications.
const requests = `package contracts

import (
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/generate/contracttest"
{{- range .Names}}
	"{{$.Folder}}/{{.}}"
{{- end}}
)
{{range .Names}}
func Test_{{.}}(t *testing.T) {
	t.Parallel()
	contracttest.Run(t, {{.}}.App)
}
{{end}}`

// clientCalls are the tests of Go clients.
var clientCalls = map[string]string{"ofpathstyles": pathCalls, "ofwriteonly": writeOnlyCalls}

// pathCalls is the test of the Go client of pathstyles.yaml: its server receives what the client was given.
const pathCalls = `package client

import (
	"net/http"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
	app "{{.}}"
)

func TestPathStyles(t *testing.T) {
	t.Parallel()
	received := &recorder{next: testkit.New(t, app.App).Client("").Transport}
	c, err := New("http://api.example", WithHTTPClient(&http.Client{Transport: received}))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for _, tt := range []struct {
		call func() error
		want string // "": nothing is sent
	}{
		{func() error { return c.GetSimple(ctx, []int64{1, 2}, []string{"2026-01-31"}) }, "{\"Days\":[\"2026-01-31\"],\"Ids\":[1,2]}"},
		{func() error { return c.GetSimple(ctx, []int64{1}, []string{"2026-01-31", "2026-02-01"}) },
			"{\"Days\":[\"2026-01-31\",\"2026-02-01\"],\"Ids\":[1]}"},
		{func() error { return c.GetLabel(ctx, -1.5, []int64{1, 2}, []string{"a", "b/c"}) },
			"{\"Ids\":[1,2],\"N\":-1.5,\"Names\":[\"a\",\"b/c\"]}"},
		{func() error { return c.GetMatrix(ctx, 1.5, []int64{1, 2}, []bool{true, false}) },
			"{\"Flags\":[true,false],\"Ids\":[1,2],\"N\":1.5}"},
		{func() error { return c.GetSimple(ctx, nil, []string{"2026-01-31"}) }, ""},
		{func() error { return c.GetLabel(ctx, 1, []int64{1}, []string{"a.b"}) }, ""},
	} {
		received.text = ""
		if err := tt.call(); received.text != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("the handler received %s, want %s (%v)", received.text, tt.want, err)
		}
	}
}

// recorder keeps what the handler received.
type recorder struct {
	next http.RoundTripper
	text string
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	if err == nil {
		r.text = response.Header.Get("X-Received")
	}
	return response, err
}
`

// writeOnlyCalls is the test of the Go client of writeonly.yaml: a property that responses lack is neither received nor sent back.
const writeOnlyCalls = `package client

import (
	"errors"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
	app "{{.}}"
)

func TestWriteOnly(t *testing.T) {
	t.Parallel()
	c, err := New("http://api.example", WithHTTPClient(testkit.New(t, app.App).Client("")))
	if err != nil {
		t.Fatal(err)
	}
	person, err := c.GetIt(t.Context())
	if err != nil || person.Name != "ann" || person.Secret != nil || person.Pin.IsSpecified() {
		t.Fatalf("%+v %v", person, err)
	}
	var refused *Error
	if err := c.SetIt(t.Context(), person); !errors.As(err, &refused) || refused.Status != 422 {
		t.Errorf("%v: want an error about the missing properties", err)
	}
	secret := ""
	person.Secret = &secret
	person.Pin.SetNull()
	if err := c.SetIt(t.Context(), person); err != nil {
		t.Error(err)
	}
}
`
