package generate

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// testapp is the contract of the engine's own tests.
var testapp = filepath.Join(engine, "testapp", "openapi.yaml")

// TestFolder generates the code of testapp, which must be that of the committed files, and nothing else.
func TestFolder(t *testing.T) {
	engines := map[string]string{"openapi.yaml": read(t, testapp)}
	for _, o := range append(outputs("testapp"), output{file: serverPackage.file}) {
		engines[o.file] = read(t, filepath.Join(filepath.Dir(testapp), o.file))
	}
	module(t, engines["openapi.yaml"])
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := Run(folder, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, o := range append(outputs("testapp"), output{file: serverPackage.file}) {
		if read(t, filepath.Join(folder, o.file)) != engines[o.file] {
			t.Errorf("%s of testapp is stale: run go generate ./... and commit the result", o.file)
		}
	}
	for _, o := range append(outputs(".")[len(outputs("testapp")):], output{file: clientPackage.file}) {
		if _, err := os.Stat(filepath.Join(folder, o.file)); err == nil {
			t.Errorf("%s was written for a contract other than the root's", o.file)
		}
	}
}

func TestInvalidContractWritesNothing(t *testing.T) {
	contract := read(t, testapp)
	for _, tt := range []struct {
		name, old, new string
		want           []string // in the error
	}{
		{"an operation without security", "      security: []\n", "", []string{"GET /ping", "has no security", "security: []"}},
		{"an operation without a tag", "      tags: [system]\n", "", []string{"GET /ping", "0 tags"}},
		{"a condition that the client has no type for", "    Place: {", "    DateOperators: {type: object, properties: " +
			"{eq: {type: string, format: date-time}, gt: {type: string, format: date-time}}}\n    Place: {",
			[]string{"Note", "date_created", "operators"}},
		{"an invalid operationId", "operationId: ping\n", "operationId: say-hello\n",
			[]string{"GET /ping", "say-hello", "operationId"}},
		{"invalid YAML", "openapi: 3.0.3", "openapi: [", []string{"contract"}},
		{"an invalid scope", "[notes:write]", "['notes write']", []string{"/notes", "x-required-scopes"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			edited := strings.Replace(contract, tt.old, tt.new, 1)
			if edited == contract {
				t.Fatalf("%q is missing in the contract", tt.old)
			}
			module(t, edited)
			err := Run(".", io.Discard)
			if err == nil {
				t.Fatal("run returned no error")
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is missing in the error: %v", part, err)
				}
			}
			for _, o := range outputs(".") {
				if _, err := os.Stat(o.file); !os.IsNotExist(err) {
					t.Errorf("%s was written nevertheless: %v", o.file, err)
				}
			}
		})
	}
}

func TestRejectsInvalidTag(t *testing.T) {
	for _, tag := range []string{"type", "my-things", "Things"} {
		module(t, `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /things:
    get:
      operationId: findThings
      tags: [`+tag+`]
      security: []
      responses:
        '204': {description: None}
`)
		if err := Run(".", io.Discard); err == nil || !strings.Contains(err.Error(), "GET /things: invalid tag \""+tag+"\"") {
			t.Errorf("%s: %v", tag, err)
		}
	}
}

func TestAnnounce(t *testing.T) {
	document := read(t, testapp)
	t.Chdir(t.TempDir())
	contract, err := spec.Load([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range contract.Tags()[1:] {
		if err := os.MkdirAll("internal/"+tag, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if err := announce(contract, ".", &out); err != nil || strings.Count(out.String(), "\n") != 1 ||
		!strings.Contains(out.String(), "internal/"+contract.Tags()[0]) {
		t.Errorf("%v, %s", err, out.String())
	}
}

func TestOutsideModule(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := Run(".", io.Discard); err == nil || !strings.Contains(err.Error(), "openapi.yaml") {
		t.Error(err)
	}
}

// A new resource needs only a tag and its handlers.
func TestAnotherResource(t *testing.T) {
	module(t, `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /things:
    get:
      operationId: findThings
      tags: [things]
      security: []
      responses:
        '200':
          description: Things
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/PartialThing'}}}}
        '404': {description: None}
    post:
      operationId: makeThing
      tags: [things]
      security: []
      responses:
        '200': {description: A thing, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
    put:
      operationId: putThing
      tags: [things]
      security: []
      responses:
        '201': {description: A thing, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
    patch:
      operationId: countThings
      tags: [things]
      security: []
      responses:
        '200': {description: A count, content: {application/json: {schema: {$ref: '#/components/schemas/Total'}}}}
components:
  schemas:
    Total: {type: object}
    Thing: {type: object, x-collection: {name: things}, additionalProperties: false, required: [id], properties: {id: {type: string}}}
    PartialThing: {type: object}
    ThingFilter: {type: object}
`)
	if err := Run(".", io.Discard); err != nil {
		t.Fatal(err)
	}
	for name, parts := range map[string][]string{
		"gen/client-overlay.yaml": {"responses['400','404','503']"},
		"gen/overlay.yaml":        {"responses['400','404','503']", "schemas['PartialThing','ThingFilter']"},
		"gen/api/stored.gen.go":   {"func (s StoredJSON) VisitFindThingsResponse(", "func (s StoredJSON) VisitMakeThingResponse("},
		"gen/wire/wire.gen.go": {
			`thingsTag "github.com/newsdesk-api/newsdesk/internal/things"`, "thingsHandlers", "thingsTag.New(a)",
			"FindThings(context.Context, api.FindThingsRequestObject) (api.FindThingsResponseObject, error)",
		},
	} {
		text := read(t, name)
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("%s lacks %s:\n%s", name, part, text)
			}
		}
		if strings.Contains(text, "VisitPutThing") || strings.Contains(text, "VisitCountThings") {
			t.Errorf("%s sends stored JSON with another status or for another schema:\n%s", name, text)
		}
	}
}

// The Go client has the types, the properties with their operators, and the parameters of the contract.
func TestClientOfAnotherResource(t *testing.T) {
	module(t, `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /shelves/{shelf-id}/things/{type}:
    parameters:
      - {name: shelf-id, in: path, required: true, schema: {type: string}}
      - {name: type, in: path, required: true, schema: {type: string}}
    get:
      operationId: findThings
      summary: List things
      tags: [things]
      security: []
      parameters: [{name: filter, in: query, content: {application/json: {schema: {$ref: '#/components/schemas/ThingFilter'}}}}]
      responses:
        '200':
          description: Things
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/PartialThing'}}}}
    put:
      operationId: weighThing
      tags: [things]
      security: [{token: []}]
      requestBody: {content: {application/json: {schema: {type: object, properties: {weight: {type: integer}}}}}}
      responses:
        '200': {description: Its weight, content: {application/json: {schema: {type: integer}}}}
    post:
      operationId: drawThing
      tags: [things]
      security: []
      requestBody: {required: true, content: {image/png: {}, image/jpeg: {schema: {type: string, format: binary}}}}
      responses:
        '204': {description: Done}
    delete:
      operationId: deleteThings
      tags: [things]
      security: [{token: []}]
      parameters: [{name: which, in: query, required: true,
        content: {application/json: {schema: {$ref: '#/components/schemas/ThingWhere'}}}}]
      responses:
        '204': {description: Done}
components:
  securitySchemes: {token: {type: http, scheme: bearer}}
  schemas:
    Thing:
      type: object
      x-collection: {name: things}
      additionalProperties: false
      required: [id, weight]
      properties:
        id: {type: string}
        weight: {type: integer}
        page_url: {type: string, maxLength: 1024}
        secret: {type: string}
        maker: {type: object, properties: {city: {type: string, maxLength: 80}}}
        sizes: {type: array, items: {type: number}}
    PartialThing: {type: object}
    ThingFilter: {type: object}
    ThingWhere:
      type: object
      properties:
        id: {$ref: '#/components/schemas/Text'}
        weight: {$ref: '#/components/schemas/Amount'}
        page_url: {$ref: '#/components/schemas/Same'}
        maker.city: {$ref: '#/components/schemas/Text'}
        sizes: {$ref: '#/components/schemas/Amount'}
    Text: {oneOf: [{type: string},
      {type: object, properties: {eq: {}, neq: {}, gt: {}, gte: {}, lt: {}, lte: {}, between: {}, inq: {}, nin: {},
      like: {}, nlike: {}, ilike: {}, nilike: {}, regexp: {}, exists: {}}}]}
    Amount: {oneOf: [{type: number},
      {type: object, properties: {eq: {}, neq: {}, gt: {}, gte: {}, lt: {}, lte: {}, between: {}, inq: {}, nin: {}, exists: {}}}]}
    Same: {oneOf: [{type: string}, {type: object, properties: {eq: {}, neq: {}, exists: {}}}]}
`)
	if err := Run(".", io.Discard); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(read(t, "client/operations.gen.go")), " ")
	for _, part := range []string{
		"type ( Thing = api.Thing )",
		`ID: stringProperty[Thing]("id"), MakerCity: stringProperty[Thing]("maker.city"), PageURL: property[Thing, string]("page_url"), ` +
			`Sizes: orderedProperty[Thing, float64]("sizes"), Weight: orderedProperty[Thing, int64]("weight"), }`,
		`MakerCity: SortProperty[Thing]{key{name: "maker.city", nullable: true}},`,
		`Weight: SortProperty[Thing]{key{name: "weight"}}, }`,
		"// FindThings is GET /shelves/{shelf-id}/things/{type}: List things. func",
		"// WeighThing is PUT /shelves/{shelf-id}/things/{type}. func",
		"FindThings(ctx context.Context, shelfid string, typeParameter string, filter ThingFilter, editors ...RequestEditor) " +
			"iter.Seq2[Thing, error]",
		`return o.public.FindThings(ctx, shelfid, typeParameter, nil, with(editors, segment("shelf-id", shelfid), segment("type", ` +
			`typeParameter), page)...)`,
		"WeighThing(ctx context.Context, shelfid string, typeParameter string, body api.WeighThingJSONRequestBody, editors " +
			"...RequestEditor) (int64, error)",
		`return receive[int64](o.signedIn.WeighThing(ctx, shelfid, typeParameter, body, with(editors, segment("shelf-id", shelfid), ` +
			`segment("type", typeParameter))...))`,
		"DrawThing(ctx context.Context, shelfid string, typeParameter string, contentType string, body io.Reader, editors " +
			"...RequestEditor) error",
		"DeleteThings(ctx context.Context, shelfid string, typeParameter string, where Where[Thing], editors ...RequestEditor) error",
		`return done(o.signedIn.DeleteThings(ctx, shelfid, typeParameter, nil, with(editors, segment("shelf-id", shelfid), ` +
			`segment("type", typeParameter), query("which", where))...))`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("the client lacks %s:\n%s", part, text)
		}
	}
	for _, part := range []string{"Sizes: SortProperty", "Secret: stringProperty"} {
		if strings.Contains(text, part) {
			t.Errorf("the client has %s, which no filter can name", part)
		}
	}
}

// module creates a folder with the contract and makes it the working directory until the test ends.
func module(t *testing.T, contract string) {
	t.Helper()
	server := read(t, filepath.Join(engine, "testapp", serverPackage.config))
	client := strings.NewReplacer("package: api", "package: client", "echo-server", "client", "  strict-server: true\n", "",
		"  nullable-type", "  skip-prune: true\n  nullable-type").Replace(server)
	t.Chdir(t.TempDir())
	for _, folder := range []string{"gen/api", "gen/client", "gen/wire", "client"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	files := map[string]string{"openapi.yaml": contract, serverPackage.config: server, clientPackage.config: client}
	for _, name := range []string{"body.go", "client.go", "error.go", "find.go", "order.go", "retry.go", "session.go", "where.go"} {
		files["client/"+name] = read(t, filepath.Join(engine, "../../client", name))
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// engine is the folder of the engine; tests change the working directory.
var engine = func() string {
	folder, err := filepath.Abs("..")
	if err != nil {
		panic(err)
	}
	return folder
}()

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
