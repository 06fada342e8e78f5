//go:build contracts

package generate

import (
	"bytes"
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
// of the contract, and starts it. Then it sends the requests in the x-tests of the operations.
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
		t.Chdir("internal/engine/generate")
	}
	t.Chdir(root)
	work = filepath.Join("internal/engine/generate", work)
	write(t, filepath.Join(work, "contracts_test.go"), requests, map[string]any{"Names": names, "Folder": importPath(work, "")})
	for _, command := range [][]string{{"vet", "./" + work + "/..."}, {"test", "./" + work}} {
		if out, err := exec.Command("go", command...).CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(command, " "), err, out)
		}
	}
	fmt.Printf("%d contracts generate, build, start and answer\n", len(names))
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
