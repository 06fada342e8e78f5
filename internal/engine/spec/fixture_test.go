package spec

import (
	"fmt"
	"strings"
	"testing"
)

// small loads a contract of one operation, POST /things. Its members are lines of YAML.
func small(t testing.TB, members ...string) *Contract {
	t.Helper()
	return loaded(t, document(members...)+`
components:
  securitySchemes:
    bearerAuth: {type: http, scheme: bearer}
    keyAuth: {type: apiKey, in: header, name: keyAuth}
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
