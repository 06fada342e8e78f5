package spec

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
)

// testapp returns the contract of internal/engine/testapp, which imports this package.
func testapp(t testing.TB) *Contract {
	t.Helper()
	c, err := loadTestapp()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var loadTestapp = sync.OnceValues(func() (*Contract, error) {
	text, err := os.ReadFile(testappFile)
	if err != nil {
		return nil, err
	}
	return Load(text)
})

const testappFile = "../testapp/openapi.yaml"

func testappText(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(testappFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// small loads a contract of one operation, POST /things. Its members are lines of YAML.
func small(t testing.TB, members ...string) *Contract {
	t.Helper()
	return loaded(t, document(members...)+`
components:
  securitySchemes:
    bearerAuth: {type: http, scheme: bearer}
    keyAuth: {type: apiKey, in: header, name: keyAuth}
  schemas:
    cat: {type: object, properties: {kind: {type: string}, age: {type: integer}}}
`)
}

func document(members ...string) string {
	return fmt.Sprintf(`
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /things:
    post:
      operationId: makeThing
      tags: [things]
      responses: {'204': {description: Done}}
      %s
`, strings.Join(members, "\n      "))
}

func loaded(t testing.TB, text string) *Contract {
	t.Helper()
	c, err := Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// mistake is an edit of a contract, as pairs of an old and a new text, and the parts of the expected error, the location first. If no
// parts are given, the contract must load.
type mistake struct {
	name string
	want []string
	edit []string
}

// refuse loads a valid contract with one mistake at a time.
func refuse(t *testing.T, contract string, rows []mistake) {
	t.Helper()
	loaded(t, contract)
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := edited(t, contract, tt.edit...)
			if tt.want == nil {
				loaded(t, text)
				return
			}
			refused(t, text, tt.want)
		})
	}
}

// edited returns a contract with each old text, which must occur once, replaced with the new one.
func edited(t *testing.T, contract string, edit ...string) string {
	t.Helper()
	for i := 0; i+1 < len(edit); i += 2 {
		if n := strings.Count(contract, edit[i]); n != 1 {
			t.Fatalf("%q occurs %d times in the contract", edit[i], n)
		}
		contract = strings.Replace(contract, edit[i], edit[i+1], 1)
	}
	return contract
}

func refused(t *testing.T, document string, want []string) {
	t.Helper()
	_, err := Load([]byte(document))
	if err == nil {
		t.Fatal("the contract loaded without an error")
	}
	for _, line := range strings.Split(err.Error(), "\n")[1:] {
		if !strings.HasPrefix(line, "line ") {
			t.Errorf("the error has a line without a place: %v", err)
		}
	}
	for _, part := range want {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is missing in the error: %v", part, err)
		}
	}
}
