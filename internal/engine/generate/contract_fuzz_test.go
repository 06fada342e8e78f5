package generate

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// fragments are what people write into contracts, also in wrong places.
var fragments = []string{
	`{type: string}`, `{type: integer, format: int64}`, `{type: number}`, `{type: boolean, default: true}`,
	`{type: string, format: date}`, `{type: string, format: date-time}`, `{type: string, format: binary}`,
	`{type: string, format: byte}`, `{type: string, enum: [a, b, a-b]}`, `{type: array, items: {type: string}}`,
	`{type: array, items: {type: array, items: {type: integer}}}`, `{type: object}`, `{type: object, additionalProperties: true}`,
	`{type: object, additionalProperties: {type: integer}}`, `{type: object, properties: {a: {type: string}, A: {type: string}}}`,
	`{type: object, properties: {type: {type: string}, error: {type: string}}}`, `{oneOf: [{type: string}, {type: integer}]}`,
	`{anyOf: [{type: object, properties: {a: {type: string}}}, {type: string}]}`,
	`{allOf: [{type: object, properties: {a: {type: string}}}, {type: object, properties: {b: {type: integer}}}]}`,
	`{not: {type: string}}`, `{}`, `{$ref: '#/components/schemas/Pet'}`, `{$ref: '#/components/schemas/type'}`,
	`{$ref: '#/components/schemas/Missing'}`, `{$ref: './other.yaml#/A'}`, `{type: string, nullable: true, readOnly: true}`,
	`{type: string, x-go-type: time.Time}`, `{type: object, x-go-name: Renamed, properties: {a: {type: string, x-go-name: B}}}`,
	`{enum: [1, 2]}`, `{type: [string, 'null']}`, `application/json`, `text/plain`, `application/vnd.a+json`, `multipart/form-data`,
	`application/x-www-form-urlencoded`, `image/png`, `'*/*'`, `'200'`, `'204'`, `'4XX'`, `default`, `'302'`, `'404'`, `'600'`, `get`,
	`put`, `post`, `patch`, `delete`, `head`, `trace`, `path`, `query`, `header`, `cookie`, `form`, `simple`, `deepObject`,
	`spaceDelimited`, `pipeDelimited`, `matrix`, `label`, `getThing`, `GetThing`, `get-thing`, `get_thing`, `GET`, `2nd`, `type`,
	`Client`, `GetThingParams`, `ID`, `id`, `iD`, `Error`, `store`, `main`, `api`, `/a`, `/a/{id}`, `/a/{id}/b/{id}`, `/a/{id}.json`,
	`/a/{id}:go`, `/a/`, `/`, `/explorer`, `/openapi.json`, `/{x}`, `a`, `true`, `false`, `null`, `0`, `-1`, `1e3`,
	`9223372036854775808`, `''`, `[]`, `[a, b]`, `[{bearerAuth: []}]`, `[{}]`, `[{key: []}, {}]`,
	`{name: filter, in: query, schema: {type: string}}`, `{name: q, in: query, content: {application/json: {schema: {type: object}}}}`,
}

// mutated returns a contract after some changes at random: a value becomes a fragment or a copy of another one, or a member is removed,
// renamed or written twice.
func mutated(document []byte, r *rand.Rand) []byte {
	var root yaml.Node
	if yaml.Unmarshal(document, &root) != nil {
		return nil
	}
	for range 1 + r.IntN(3) {
		var containers []*yaml.Node
		var collect func(*yaml.Node)
		collect = func(n *yaml.Node) {
			if n.Kind != yaml.ScalarNode && len(n.Content) > 0 {
				containers = append(containers, n)
			}
			for _, child := range n.Content {
				collect(child)
			}
		}
		collect(&root)
		from, to := containers[r.IntN(len(containers))], containers[r.IntN(len(containers))]
		i, j := r.IntN(len(from.Content)), r.IntN(len(to.Content))
		switch r.IntN(6) {
		case 0:
			to.Content[j] = copied(from.Content[i])
		case 1:
			if to.Kind == yaml.MappingNode {
				to.Content = append(to.Content[:j/2*2], to.Content[j/2*2+2:]...)
			}
		case 2:
			to.Content = append(to.Content, copied(to.Content[j/2*2]))
			if to.Kind == yaml.MappingNode {
				to.Content = append(to.Content, copied(to.Content[j/2*2+1]))
			}
		default:
			var fragment yaml.Node
			if err := yaml.Unmarshal([]byte(fragments[r.IntN(len(fragments))]), &fragment); err != nil {
				panic(err)
			}
			to.Content[j] = fragment.Content[0]
		}
	}
	text, err := yaml.Marshal(&root)
	if err != nil {
		return nil
	}
	return text
}

func copied(n *yaml.Node) *yaml.Node {
	made := *n
	made.Content = nil
	for _, child := range n.Content {
		made.Content = append(made.Content, copied(child))
	}
	return &made
}

// FuzzContract changes contracts of testdata/contracts at random. Each of them is refused with an error for its author, the same one every
// time, or its code type-checks, and the server starts and accepts exactly the valid ones of the requests that follow from it (started).
func FuzzContract(f *testing.F) {
	files, err := filepath.Glob("testdata/contracts/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatal("no contracts: ", err)
	}
	var documents [][]byte
	for i, file := range files {
		document, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		documents = append(documents, document)
		if i%8 == 0 {
			f.Add(uint(i), uint64(i))
		}
	}
	folder := f.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "gen"), 0o755); err != nil {
		f.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(engine, "testapp", serverPackage.config))
	if err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, serverPackage.config), config, 0o644); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, i uint, seed uint64) {
		document := mutated(documents[i%uint(len(documents))], rand.New(rand.NewPCG(seed, 0)))
		err := accepted(document, folder)
		if errors.Is(err, errStart) {
			t.Errorf("%v\n%s", err, document)
			return
		}
		if errors.Is(err, errCollisions) && !placed.MatchString(err.Error()) {
			t.Errorf("an error without a place: %v\n%s", err, document)
		}
		if again := accepted(document, folder); (err == nil) != (again == nil) || err != nil && err.Error() != again.Error() {
			t.Errorf("not the same error: %v, %v\n%s", err, again, document)
		}
	})
}

var placed = regexp.MustCompile(`line \d+: /`)

var errCollisions = errors.New("collisions")

// accepted returns the error for a contract.
func accepted(document []byte, folder string) error {
	completed, err := Complete(document)
	if err != nil {
		return err
	}
	if again, err := Complete(completed); err != nil || !bytes.Equal(again, completed) {
		return errors.New("completing it again changes it")
	}
	contract, err := spec.Load(completed)
	if err != nil {
		return err
	}
	if err := checkNames(completed); err != nil {
		return err
	}
	files, collisions, err := texts(contract, folder, document, completed)
	if err != nil {
		return err
	}
	if collisions != nil {
		return fmt.Errorf("%w: %w", errCollisions, collisions)
	}
	if err := started(completed, files[serverPackage.file]); err != nil {
		return fmt.Errorf("%w: %w", errStart, err)
	}
	return nil
}
