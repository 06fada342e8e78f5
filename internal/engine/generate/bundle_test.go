package generate

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// parts is a contract of several files, which refer to each other, to the document and to components that Complete adds.
var parts = map[string]string{
	"openapi.yaml": `
openapi: 3.0.3
info: {title: Parts, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /pets: {$ref: ./paths.yaml#/pets}
  /owners/{id}:
    get:
      operationId: getOwner
      tags: [pets]
      security: []
      parameters: [{$ref: 'parameters.yaml#/Id'}]
      responses:
        '200': {description: An owner, content: {application/json: {schema: {$ref: ./schemas/Owner.yaml}, example: {$ref: ./none.yaml}}}}
components:
  schemas:
    Pet: {$ref: ./schemas/pet.yaml} # its name here
    Any:
      oneOf: [{$ref: ./schemas/pet.yaml}, {$ref: ./schemas/Owner.yaml}]
      discriminator: {propertyName: name, mapping: {a: ./schemas/pet.yaml, b: ./schemas/Owner.yaml}}
`,
	"paths.yaml": `
loop: {$ref: schemas/pet.yaml}
pets:
  get:
    operationId: listPets
    tags: [pets]
    security: []
    responses:
      '200': {description: Pets, content: {application/json: {schema: {type: array, items: {$ref: './schemas/pet.yaml'}}}}}
      '404': {$ref: './openapi.yaml#/components/responses/NotFound'}
  post:
    operationId: addPet
    tags: [pets]
    security: []
    requestBody: {content: {application/json: {schema: {$ref: 'openapi.yaml#/components/schemas/Any'}}}}
    responses: {'204': {description: Done}}
`,
	"parameters.yaml": `
Id: {name: id, in: path, required: true, schema: {type: string}}
`,
	"schemas/pet.yaml": `
# A pet
type: object
properties:
  name: {type: string, enum: [a]}
  parameters: {type: array, items: {$ref: Owner.yaml}}
  parent: {$ref: '#'}
`,
	"schemas/Owner.yaml": `
type: object
properties:
  name: &name {type: string, enum: [b]}
  pets: {type: array, items: {$ref: ../schemas/pet.yaml}}
  copy: {type: object, properties: {name: *name}}
`,
}

// A contract of several files becomes one that is generated from; the files stay as they are, and doing it twice is doing it once.
func TestBundle(t *testing.T) {
	module(t, "")
	inParts(t, parts)
	if err := Run(".", io.Discard); err != nil {
		t.Fatal(err)
	}
	once := read(t, "openapi.yaml")
	for _, part := range []string{
		bundledMark, "\n        Pet:\n            # A pet\n            type: object\n", "items: {$ref: '#/components/schemas/Owner'}",
		"parent: {$ref: '#/components/schemas/Pet'}",
		"a: '#/components/schemas/Pet'\n", "b: '#/components/schemas/Owner'\n", "example: {$ref: ./none.yaml}",
		"parameters: [{$ref: '#/components/parameters/Id'}]", "operationId: addPet",
		"'422': {$ref: '#/components/responses/UnprocessableEntity'}" + madeMark,
		"'404': {$ref: '#/components/responses/NotFound'}", "        Id:\n            name: id\n",
	} {
		if !strings.Contains(once, part) {
			t.Errorf("the document lacks %q:\n%s", part, once)
		}
	}
	if err := Run(".", io.Discard); err != nil || read(t, "openapi.yaml") != once {
		t.Errorf("the second time: %v\n%s", err, read(t, "openapi.yaml"))
	}
	for name, text := range parts {
		if read(t, filepath.Join(partsFolder, name)) != text {
			t.Errorf("%s has changed", name)
		}
	}
}

func TestInvalidParts(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside.yaml")
	if err := os.WriteFile(outside, []byte("type: string"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, file, old, new string
		want                 []string
	}{
		{"a file that is missing", "openapi.yaml", "./schemas/Owner.yaml}, ex", "./schemas/owner.yml}, ex",
			[]string{"contract/openapi.yaml: line 14: $ref ./schemas/owner.yml: cannot read contract/schemas/owner.yml"}},
		{"a pointer to nothing", "openapi.yaml", "parameters.yaml#/Id", "parameters.yaml#/ID",
			[]string{"contract/parameters.yaml has no /ID"}},
		{"a file outside", "schemas/pet.yaml", "Owner.yaml", "../../owner.yaml",
			[]string{"contract/schemas/pet.yaml: line 6", "only files in the folder"}},
		{"an absolute path", "schemas/pet.yaml", "Owner.yaml", outside, []string{"only files in the folder"}},
		{"a symbolic link", "schemas/pet.yaml", "Owner.yaml", "../link.yaml", []string{"cannot read contract/link.yaml"}},
		{"a URL", "schemas/pet.yaml", "Owner.yaml", "https://example.com/a.yaml", []string{"a URL is not read"}},
		{"another host", "schemas/pet.yaml", "Owner.yaml", "//example.com/a.yaml", []string{"a URL is not read"}},
		{"paths in a cycle", "paths.yaml", "\npets:\n  get:",
			"\npets: {$ref: '#/more'}\nmore: {$ref: '#/pets'}\nold:\n  get:", []string{"cycle"}},
		{"schemas in a cycle", "schemas/pet.yaml", "\n# A pet\ntype: object\nproperties:", "\n$ref: ../paths.yaml#/loop\nx-rest:",
			[]string{"openapi.yaml", "cycle"}},
		{"two of one name", "schemas/pet.yaml", "{$ref: Owner.yaml}", "{$ref: '../paths.yaml#/Owner'}",
			[]string{"/components/schemas/Owner", "rename"}},
		{"a path with other keys", "openapi.yaml", "{$ref: ./paths.yaml#/pets}", "{$ref: ./paths.yaml#/pets, x-internal: true}",
			[]string{"remove the other keys"}},
		{"no YAML", "parameters.yaml", "Id: {", "Id: }", []string{"contract/parameters.yaml: "}},
		{"a duplicate key", "paths.yaml", "    tags: [pets]\n    security: []\n    responses:\n",
			"    tags: [pets]\n    security: []\n    security: []\n    responses:\n",
			[]string{"contract/paths.yaml: ", "line ", `"security" already defined`}},
		{"an anchor that contains itself", "schemas/Owner.yaml", "properties: {name: *name}}", "example: &self {a: *self}}",
			[]string{"contract/schemas/Owner.yaml", "self"}},
		{"an invalid contract", "schemas/pet.yaml", "type: array", "type: list", []string{"line 52: /components/schemas/Pet: unsupported"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			module(t, "")
			changed := map[string]string{}
			for name, text := range parts {
				changed[name] = text
			}
			changed[tt.file] = strings.Replace(changed[tt.file], tt.old, tt.new, 1)
			if changed[tt.file] == parts[tt.file] {
				t.Fatalf("%q is missing", tt.old)
			}
			inParts(t, changed)
			if err := os.Symlink(outside, filepath.Join(partsFolder, "link.yaml")); err != nil {
				t.Fatal(err)
			}
			err := Run(".", io.Discard)
			if err == nil {
				t.Fatal("no error\n", read(t, "openapi.yaml"))
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is missing in %v", part, err)
				}
			}
		})
	}
	module(t, "openapi: 3.0.3\n")
	inParts(t, parts)
	if err := os.WriteFile("openapi.yaml", []byte("openapi: 3.0.3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Run(".", io.Discard); err == nil || read(t, "openapi.yaml") != "openapi: 3.0.3\n" {
		t.Errorf("a contract that somebody wrote was replaced: %v", err)
	}
}

// inParts writes the files of a contract, and removes openapi.yaml.
func inParts(t *testing.T, files map[string]string) {
	t.Helper()
	if err := os.RemoveAll(contractFile); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		name = filepath.Join(partsFolder, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
