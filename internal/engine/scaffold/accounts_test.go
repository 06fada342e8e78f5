package scaffold

import (
	"strings"
	"testing"
)

const twoParts = `openapi: 3.0.3
info:
  title: Gazette
  version: 1.2.3
tags:
  - name: users
  # ---- poems ----
  - name: poems
    description: Verses
  # ---- end of poems ----
# Who may what.
x-roles:
  poet: {scopes: [poems:write, users:read], default: true}
  admin: [poems:admin, users:read, poems:read]
paths:
  # ---- users ----
  /users:
    get:
      operationId: findUsers
      tags: [users]
      x-required-scopes: [users:read]
      responses:
        '200': {$ref: '#/components/responses/Users'}
    # Everybody may write a poem.
    post:
      operationId: createPoem
# Out of line.
      tags: [poems]
      x-required-scopes: [poems:write]
      responses:
        '200': {$ref: '#/components/responses/Poems'}

  # ---- poems ----
  # Poems are read.
  /poems/{id}:
    parameters:
      - {$ref: '#/components/parameters/ID'}
    get:
      operationId: findPoems
      tags: [poems]
      responses:
        '200': {$ref: '#/components/responses/Poems'}
  # ---- end of poems ----

  # ---- audit ----
  /audit:
    get: {operationId: findAudit, tags: [audit], responses: {'200': {$ref: '#/components/responses/Users'}}}
components:
  parameters:
    ID: {name: id, in: path, required: true, schema: {type: string}}
  responses:
    Users:
      description: |
        Users

        # with a heading
      content: {application/json: {schema: {$ref: '#/components/schemas/User'}}}
    Poems:
      description: Poems
      content: {application/json: {schema: {$ref: '#/components/schemas/PartialPoem'}}}
  schemas:
    User: {type: object, properties: {role: {$ref: '#/components/schemas/Role'}}}
    Role: {type: string}
    # ---- poems ----
    # A poem.
    Poem:
      type: object
      x-collection: {name: poems, admin: poems:admin}
      properties: {role: {$ref: '#/components/schemas/Role'}, metre: {$ref: '#/components/schemas/Metre'}}
    Metre: {type: string}
    # ---- end of poems ----

    # ---- audit ----
    AuditEvent: {type: object, x-collection: {name: audit}}
`

const accountsPart = `openapi: 3.0.3
info:
  title: Gazette
  version: 1.2.3
tags:
  - name: users
# Who may what.
x-roles:
  poet: {scopes: [users:read], default: true}
  admin: [users:read, poems:read]
paths:
  # ---- users ----
  /users:
    get:
      operationId: findUsers
      tags: [users]
      x-required-scopes: [users:read]
      responses:
        '200': {$ref: '#/components/responses/Users'}

  # ---- audit ----
  /audit:
    get: {operationId: findAudit, tags: [audit], responses: {'200': {$ref: '#/components/responses/Users'}}}
components:
  responses:
    Users:
      description: |
        Users

        # with a heading
      content: {application/json: {schema: {$ref: '#/components/schemas/User'}}}
  schemas:
    User: {type: object, properties: {role: {$ref: '#/components/schemas/Role'}}}
    Role: {type: string}

    # ---- audit ----
    AuditEvent: {type: object, x-collection: {name: audit}}
`

// A scope that no operation and no collection names stays in its roles: nobody can tell whose it is.
func TestAccounts(t *testing.T) {
	t.Parallel()
	for _, eol := range []string{"\n", "\r\n"} {
		got, err := accounts([]byte(strings.ReplaceAll(twoParts, "\n", eol)))
		if want := strings.ReplaceAll(accountsPart, "\n", eol); err != nil || string(got) != want {
			t.Errorf("%v\n%s", err, got)
		}
		again, err := accounts(got)
		if err != nil || string(again) != string(got) {
			t.Errorf("accounts of accounts: %v\n%s", err, again)
		}
	}
}

func TestAccountsRejects(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]string{
		"no YAML": "a: [",
		"nothing": "",
	} {
		if got, err := accounts([]byte(document)); err == nil {
			t.Errorf("%s: no error, but\n%s", name, got)
		}
	}
}
