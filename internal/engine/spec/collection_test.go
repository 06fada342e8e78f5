package spec

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// collections is a contract with one collection without an owner and one with an owner and a quota.
const collections = `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /notes:
    post:
      operationId: createNote
      tags: [notes]
      security: [{bearerAuth: []}]
      requestBody: {content: {application/json: {schema: {type: object, properties: {title: {type: string}}}}}}
      responses: {'204': {description: Done}, '403': {description: The quota is used up}}
components:
  securitySchemes: {bearerAuth: {type: http, scheme: bearer}}
  schemas:
    User:
      type: object
      x-collection: {name: users, indexes: [{fields: [email], unique: true}]}
      additionalProperties: false
      required: [id, email]
      properties:
        id: {type: string}
        email: {type: string, maxLength: 254}
        tags: {type: array, items: {type: string}}
        by: {type: object, properties: {name: {type: string}}}
    Note:
      type: object
      x-collection: {name: notes, owner: author, admin: notes:admin, orphans: keep, quota: {documents: 1000, bytes: 1GiB}}
      additionalProperties: false
      required: [id, title, author, date]
      properties: {id: {type: string}, title: {type: string}, author: {type: string}, date: {type: string, format: date-time}}
`

// TestInvalidCollections loads contracts with one mistake each in the definition of a collection.
func TestInvalidCollections(t *testing.T) {
	t.Parallel()
	const (
		required = "required: [id, email]\n"
		id       = "        id: {type: string}\n"
		email    = "        email: {type: string, maxLength: 254}\n"
	)
	refuse(t, collections, []mistake{
		{"an unknown member", []string{"schema User", "x-collection", `"nmae"`}, []string{"{name: users,", "{name: users, nmae: users,"}},
		{"another name in the store", []string{"schema User", "x-collection: x-was", "write name: people"},
			[]string{"{name: users,", "{name: users, x-was: people,"}},
		{"an unknown member of an index", []string{"schema User", "x-collection", `"uniqe"`}, []string{"unique: true", "uniqe: true"}},
		{"a former name that is a property", []string{"line 23", "/components/schemas/User/properties/email/x-was", `"tags" is a property`},
			[]string{email, "        email: {type: string, maxLength: 254, x-was: tags}\n"}},
		{"a former name twice", []string{"/properties/tags/x-was", `"mail" is the former name of "email"`}, []string{email,
			"        email: {type: string, maxLength: 254, x-was: mail}\n", "tags: {type: array,", "tags: {x-was: mail, type: array,"}},
		{"a former name with SQL in it", []string{"email/x-was", "invalid name"},
			[]string{"maxLength: 254}", "maxLength: 254, x-was: 'a;b'}"}},
		{"a former name of another type", []string{"email/x-was", "want a string"},
			[]string{"maxLength: 254}", "maxLength: 254, x-was: [a]}"}},
		{"a former name of the id", []string{"/id/x-was", "id cannot"}, []string{id, "        id: {type: string, x-was: key}\n"}},
		{"a former name of the owner", []string{"/author/x-was", "owner"}, []string{"author: {type: string}",
			"author: {type: string, x-was: by}"}},
		{"a former name outside of a collection", []string{"/components/schemas/Other/properties/a/x-was", "x-collection"},
			[]string{"    User:\n", "    Other: {type: object, properties: {a: {type: string, x-was: b}}}\n    User:\n"}},
		{"a former name inside of a property", []string{"name", "x-was"},
			[]string{"{name: {type: string}}", "{name: {type: string, x-was: b}}"}},
		{"a former name, misspelt", []string{"x-wos", "x-was"}, []string{"maxLength: 254}", "maxLength: 254, x-wos: mail}"}},
		{"a removed property that is there", []string{"line 17", "User/x-removed/email", "is a property"},
			[]string{"    User:\n", "    User:\n      x-removed: {email: delete}\n"}},
		{"a removed property that is a former name", []string{"User/x-removed/mail", "former name"},
			[]string{"    User:\n", "    User:\n      x-removed: {mail: delete}\n", "maxLength: 254}", "maxLength: 254, x-was: mail}"}},
		{"a removed property with another fate", []string{"User/x-removed/mail", `"drop"`, "keep or delete"},
			[]string{"    User:\n", "    User:\n      x-removed: {mail: drop}\n"}},
		{"a removed property, misspelt", []string{"x-remove", "x-removed"},
			[]string{"    User:\n", "    User:\n      x-remove: {mail: drop}\n"}},
		{"a property that is never sent", []string{"schema User", "/properties/email: ", "writeOnly", "request body"},
			[]string{email, "        email: {type: string, maxLength: 254, writeOnly: true}\n"}},
		{"a nested property that is never sent", []string{"schema User", "/properties/by/properties/name: ", "writeOnly"},
			[]string{"{name: {type: string}}", "{name: {type: string, writeOnly: true}}"}},
		{"a missing name", []string{"schema User", "name"}, []string{"{name: users, ", "{"}},
		{"a name with SQL in it", []string{"schema User", "DROP"}, []string{"{name: users", "{name: 'users; DROP TABLE notes'"}},
		{"a quote in the name", []string{"schema User", "name"}, []string{"{name: users", `{name: 'users"'`}},
		{"a duplicate name in upper case", []string{"schema User", "name NOTES", "schema Note"},
			[]string{"{name: users", "{name: NOTES"}},
		{"a property with SQL in its name", []string{"schema User", "DROP"},
			[]string{email, email + "        'a; DROP': {type: string}\n"}},
		{"an unknown owner", []string{"schema Note", "owner nobody"}, []string{"owner: author", "owner: nobody"}},
		{"an owner that is a date", []string{"schema Note", "owner date"}, []string{"owner: author", "owner: date"}},
		{"id as owner", []string{"schema Note", "owner id"}, []string{"owner: author", "owner: id"}},
		{"an owner in a nested object", []string{"schema User", "owner by.name"},
			[]string{"{name: users,", "{name: users, owner: by.name,"}},
		{"an array as owner", []string{"schema User", "owner tags"}, []string{"{name: users,", "{name: users, owner: tags,"}},
		{"admin without an owner", []string{"schema User", "admin", "owner"}, []string{"{name: users,", "{name: users, admin: a,"}},
		{"orphans without an owner", []string{"schema User", "orphans", "owner"},
			[]string{"{name: users,", "{name: users, orphans: delete,"}},
		{"an invalid admin scope", []string{"schema Note", "admin", "RFC 6749"}, []string{"admin: notes:admin", "admin: notes admin"}},
		{"a quota without an owner", []string{"schema User", "quota", "owner"},
			[]string{"{name: users,", "{name: users, quota: {documents: 1},"}},
		{"an empty quota", []string{"schema Note", "quota", "documents, bytes"},
			[]string{"quota: {documents: 1000, bytes: 1GiB}", "quota: {}"}},
		{"a quota of zero documents", []string{"schema Note", "quota", "documents: 0"}, []string{"documents: 1000", "documents: 0"}},
		{"an invalid size of a quota", []string{"schema Note", "quota", "1GB", "1GiB"}, []string{"bytes: 1GiB", "bytes: 1GB"}},
		{"an unknown member of a quota", []string{"schema Note", "files"}, []string{"documents: 1000", "files: 1"}},
		{"a rule about several properties", []string{"schema User", "minProperties"},
			[]string{required, "minProperties: 3\n      " + required}},
		{"an unknown value of orphans", []string{"schema Note", "orphans", "sell"}, []string{"orphans: keep", "orphans: sell"}},
		{"private without an owner", []string{"schema User", "private", "owner"},
			[]string{"{name: users,", "{name: users, private: true,"}},
		{"an index without fields", []string{"schema User", "index"}, []string{"fields: [email]", "fields: []"}},
		{"an index on an unknown property", []string{"schema User", "index", "nothing"}, []string{"fields: [email]", "fields: [nothing]"}},
		{"an index on an array", []string{"schema User", "index", "tags"}, []string{"fields: [email]", "fields: [tags]"}},
		{"an optional id", []string{"schema User", "id"}, []string{required, "required: [email]\n"}},
		{"a missing id", []string{"schema User", "id"}, []string{id, "", required, "required: [email]\n"}},
		{"additional properties", []string{"schema User", "additionalProperties"},
			[]string{"      additionalProperties: false\n      required: [id, email]", "      required: [id, email]"}},
	})
}

// filtered is a contract of a collection with filter schemas that use every feature.
const filtered = `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /notes/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getNote
      tags: [notes]
      security: []
      parameters: [{name: filter, in: query, content: {application/json: {schema: {$ref: '#/components/schemas/NoteFilter'}}}}]
      responses: {'204': {description: Done}}
components:
  schemas:
    Note:
      type: object
      x-collection: {name: notes}
      additionalProperties: false
      required: [id, title, due]
      properties:
        id: {type: string}
        title: {type: string, maxLength: 500}
        text: {type: string}
        due: {type: string, format: date-time}
        place: {type: object, properties: {city: {type: string, maxLength: 99}}}
    PartialNote: {type: object, additionalProperties: false, properties: {id: {}, title: {}, text: {}, place: {}, due: {}}}
    NoteFilter:
      type: object
      properties:
        where: {$ref: '#/components/schemas/NoteWhere'}
        fields:
          oneOf:
            - {type: array, items: {enum: [id, title, text, due, place]}}
            - {type: object, additionalProperties: false, properties: {id: {}, title: {}, text: {}, due: {}, place: {}}}
        order: {type: string, pattern: '^(id|title|due|place\.city)$'}
        limit: {type: integer, maximum: 1000}
        skip: {type: integer, maximum: 10000}
    NoteWhere: {type: object, properties: {title: {$ref: '#/components/schemas/Text'}, due: {$ref: '#/components/schemas/Date'}}}
    Text: {oneOf: [{type: string}, {type: object, properties: {eq: {type: string}, regexp: {type: string}}}]}
    Date: {oneOf: [{type: string, format: date-time}, {type: object, properties: {gt: {type: string, format: date-time}}}]}
`

// TestInvalidFilterSchemas loads contracts with one mistake each in a filter schema.
func TestInvalidFilterSchemas(t *testing.T) {
	t.Parallel()
	const operators = "{type: object, properties: {gt: "
	refuse(t, filtered, []mistake{
		{"an unknown operator", []string{"schema Note", "Where", "exsits"},
			[]string{operators, "{type: object, properties: {exsits: {type: boolean}, gt: "}},
		{"an operator of another type", []string{"schema Note", "date", "like"},
			[]string{operators, "{type: object, properties: {like: {type: string}, gt: "}},
		{"a condition on an unknown property", []string{"schema Note", "Where", "editor"},
			[]string{"{title: {$ref: '#/components/schemas/Text'}", "{editor: {$ref: '#/components/schemas/Text'}"}},
		{"a condition without operators", []string{"schema Note", "Where", "title"},
			[]string{"{title: {$ref: '#/components/schemas/Text'}", "{title: {type: string}"}},
		{"a condition on a value of another type", []string{"schema NoteWhere", "due", "string", "date-time"},
			[]string{"due: {$ref: '#/components/schemas/Date'}", "due: {$ref: '#/components/schemas/Text'}"}},
		{"a limit above the maximum", []string{"schema Note", "1000000"}, []string{"maximum: 1000}", "maximum: 1000000}"}},
		{"a skip above the maximum", []string{"schema Note", "20000"}, []string{"maximum: 10000}", "maximum: 20000}"}},
		{"a content parameter that is not a filter", []string{"/notes/{id}", "parameter filter", "Text"},
			[]string{"schemas/NoteFilter'", "schemas/Text'"}},
		{"a filter in a header", []string{"/notes/{id}", "parameter filter", "query"}, []string{"in: query", "in: header"}},
	})
}

func TestCollection(t *testing.T) {
	t.Parallel()
	c := testapp(t)
	m := c.model("Note")
	if m.Collection != "notes" || m.Owner == nil || m.Owner.Name != "owner" || !m.Private || len(m.Indexes) != 3 {
		t.Errorf("%+v", m)
	}
	var names []string
	for _, p := range m.Properties {
		names = append(names, p.Name)
	}
	want := []string{"id", "title", "text", "state", "date_created", "owner", "due", "place", "priority", "score", "tags"}
	if !slices.Equal(names, want) {
		t.Errorf("properties %q, want %q", names, want)
	}
	for name, want := range map[string]filter.Ops{
		"title": filter.AllowedOps(filter.String), "date_created": filter.AllowedOps(filter.Date),
	} {
		if got := m.Schema.Property(name).Ops; got != want {
			t.Errorf("%s accepts %q, want %q", name, got.Names(), want.Names())
		}
	}
	if m.Quota == nil || *m.Quota != (store.Quota{Documents: 1000, Bytes: 8 << 20}) {
		t.Errorf("quota %+v", m.Quota)
	}
	if m.Admin != "notes:admin" || !m.DropOrphans {
		t.Errorf("admin %q, DropOrphans %t", m.Admin, m.DropOrphans)
	}
	if p := c.model("Post"); p.Private || p.DropOrphans || p.Quota != nil || !p.Indexes[0].Unique {
		t.Errorf("%+v", p)
	}
	if q := loaded(t, collections).model("Note").Quota; *q != (store.Quota{Documents: 1000, Bytes: 1 << 30}) {
		t.Errorf("quota %+v", q)
	}
}

// An operator that the contract does not declare is unknown.
func TestUndeclaredOperatorIsUnknown(t *testing.T) {
	t.Parallel()
	const where = `{"title":{"regexp":"a"}}`
	if _, err := loaded(t, filtered).model("Note").Schema.Where([]byte(where)); err != nil {
		t.Error(err)
	}
	c := loaded(t, edited(t, filtered, ", regexp: {type: string}", ""))
	if _, err := c.model("Note").Schema.Where([]byte(where)); err == nil {
		t.Error("regexp is accepted")
	}
}

// A column is required when its property cannot be null or missing.
func TestRequiredColumns(t *testing.T) {
	t.Parallel()
	var schema openapi3.Schema
	err := json.Unmarshal([]byte(`{"type":"object","required":["id","by","subtitle"],
		"properties":{"id":{"type":"string"},"title":{"type":"string"},
		"subtitle":{"type":"string","nullable":true},"by":{"type":"object","properties":{"name":{"type":"string"}}}}}`), &schema)
	if err != nil {
		t.Fatal(err)
	}
	found, err := columns(&schema, nil)
	if err != nil || len(found) != 4 {
		t.Fatal(found, err)
	}
	for _, p := range found {
		if p.Required != (p.Name == "id") {
			t.Errorf("%s: required %v", p.Name, p.Required)
		}
	}
}

// Columns must have the same order at every start: backends store them.
func TestColumnsAreSorted(t *testing.T) {
	t.Parallel()
	for range 20 {
		var names []string
		for _, p := range loaded(t, filtered).model("Note").Columns {
			names = append(names, p.Name)
		}
		if len(names) < 5 || names[0] != "id" || !slices.IsSorted(names[1:]) {
			t.Fatalf("columns %q, want id first and then the others sorted", names)
		}
	}
}
