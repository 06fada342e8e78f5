package spec

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// TestCollectionRefuses makes one mistake at a time in what the contract says of its collections.
func TestCollectionRefuses(t *testing.T) {
	t.Parallel()
	const (
		user      = "x-collection: {name: users, indexes: [{fields: [email], unique: true}]}"
		stored    = "required: [id, email, date_created]\n      properties:\n        id: {type: string}\n        " // the schema with x-collection
		news      = "order: {$ref: '#/components/schemas/NewsOrder'}\n        limit: {type: integer, minimum: 1, "
		newsDate  = "        body: {$ref: '#/components/schemas/StringCondition'}\n        date_created: {$ref: '#/components/schemas/"
		userEmail = "email: {type: string, format: email, maxLength: 254}\n"
	)
	for _, tt := range []struct {
		name string
		want []string
		edit []string
	}{
		{"an unknown member", []string{"schema User", "x-collection", `"nmae"`}, []string{"{name: users,", "{name: users, nmae: users,"}},
		{"an unknown member of an index", []string{"schema User", "x-collection", `"uniqe"`}, []string{"unique: true", "uniqe: true"}},
		{"no name", []string{"schema User", "name"}, []string{"{name: users, ", "{"}},
		{"a name with SQL in it", []string{"schema User", "DROP"}, []string{"{name: users", "{name: 'users; DROP TABLE news'"}},
		{"a quote in the name", []string{"schema User", "name"}, []string{"{name: users", `{name: 'users"'`}},
		{"the name of another, in capitals", []string{"schema User", "name NEWS", "schema News"}, []string{"{name: users", "{name: NEWS"}},
		{"a property with SQL in its name", []string{"schema User", "DROP"}, []string{stored + userEmail, stored + userEmail + "        'a; DROP': {type: string}\n"}},
		{"an owner that is no property", []string{"schema News", "owner nobody"}, []string{"owner: author", "owner: nobody"}},
		{"an owner that is a date", []string{"schema News", "owner date_created"}, []string{"owner: author", "owner: date_created"}},
		{"the id as owner", []string{"schema News", "owner id"}, []string{"owner: author", "owner: id"}},
		{"an owner inside of an object", []string{"schema User", "owner by.name"}, []string{"{name: users,", "{name: users, owner: by.name,",
			stored + userEmail, stored + userEmail + "        by: {type: object, properties: {name: {type: string}}}\n"}},
		{"an owner of several", []string{"schema User", "owner tags"}, []string{"{name: users,", "{name: users, owner: tags,",
			stored + userEmail, stored + userEmail + "        tags: {type: array, items: {type: string}}\n"}},
		{"admin without an owner", []string{"schema User", "admin", "owner"}, []string{"{name: users,", "{name: users, admin: a,"}},
		{"orphans without an owner", []string{"schema User", "orphans", "owner"}, []string{"{name: users,", "{name: users, orphans: delete,"}},
		{"an admin scope that is none", []string{"schema News", "admin", "RFC 6749"}, []string{"admin: news:admin", "admin: news admin"}},
		{"a quota without an owner", []string{"schema User", "quota", "owner"}, []string{"{name: users,", "{name: users, quota: {documents: 1},"}},
		{"a quota of nothing", []string{"schema News", "quota", "documents, bytes"}, []string{"quota: {documents: 100000, bytes: 1GiB}", "quota: {}"}},
		{"a quota of no documents", []string{"schema News", "quota", "documents: 0"}, []string{"documents: 100000", "documents: 0"}},
		{"a quota of no size", []string{"schema News", "quota", "1GB", "1GiB"}, []string{"bytes: 1GiB", "bytes: 1GB"}},
		{"a quota of something else", []string{"schema News", "files"}, []string{"documents: 100000", "files: 1"}},
		{"a quota that a write cannot report", []string{"POST /news", "createNews", "quota", "'403': {$ref: '#/components/responses/Forbidden'}"}, []string{
			"        '403': {$ref: '#/components/responses/Forbidden'}\n        '413'", "        '413'", "x-required-scopes: [news:write]", "x-required-scopes: []"}},
		{"a rule about several properties", []string{"schema User", "minProperties"}, []string{"{name: users,", "{name: users,",
			"required: [id, email, date_created]", "minProperties: 3\n      required: [id, email, date_created]"}},
		{"orphans of a third kind", []string{"schema News", "orphans", "sell"}, []string{"orphans: keep", "orphans: sell"}},
		{"private without an owner", []string{"schema User", "private", "owner"}, []string{"{name: users,", "{name: users, private: true,"}},
		{"an index without fields", []string{"schema User", "index"}, []string{"fields: [email]", "fields: []"}},
		{"an index on nothing", []string{"schema User", "index", "nothing"}, []string{"fields: [email]", "fields: [nothing]"}},
		{"an index on an array", []string{"schema User", "index", "tags"}, []string{"fields: [email]", "fields: [tags]",
			stored + userEmail, stored + userEmail + "        tags: {type: array, items: {type: string}}\n"}},
		{"an id that is not required", []string{"schema User", "id"}, []string{"required: [id, email, date_created]", "required: [email, date_created]"}},
		{"no id", []string{"schema User", "id"}, []string{stored + userEmail, "required: [email, date_created]\n      properties:\n        " + userEmail,
			"{id: 0198c5d2-7a30-7cc1-8f0e-6c1f3f1d2a4b, email: ann@example.com, name: Ann", "{email: ann@example.com, name: Ann", "{id: 0198c5d2-7a30-7cc1-8f0e-6c1f3f1d2a4b, email: ann@example.com, name: Ann", "{email: ann@example.com, name: Ann", "{id: 0198c5d2-7a30-7cc1-8f0e-6c1f3f1d2a4b, email: ann@example.com, name: Ann", "{email: ann@example.com, name: Ann"}},
		{"additional properties", []string{"schema User", "additionalProperties"}, []string{user + "\n      additionalProperties: false", user}},
		{"an unknown operator", []string{"schema AuditEvent", "Where", "exsits"}, []string{"exists: {type: boolean}", "exsits: {type: boolean}"}},
		{"an operator that does not fit", []string{"schema AuditEvent", "date", "like"},
			[]string{"exists: {type: boolean}\n\n", "exists: {type: boolean}\n        like: {type: string}\n\n"}},
		{"a condition on nothing", []string{"schema News", "Where", "editor"},
			[]string{"author: {$ref: '#/components/schemas/StringCondition'}", "editor: {$ref: '#/components/schemas/StringCondition'}"}},
		{"a condition without operators", []string{"schema News", "Where", "author"},
			[]string{"author: {$ref: '#/components/schemas/StringCondition'}", "author: {type: string}"}},
		{"a condition on a value of another type", []string{"schema NewsWhere", "date_created", "string", "date-time"},
			[]string{newsDate + "DateCondition'}", newsDate + "StringCondition'}"}},
		{"a property that fields lack by name", []string{"schema NewsFilter", "fields", "author"},
			[]string{"date_created, author]}\n    NewsOrder:", "date_created]}\n    NewsOrder:"}},
		{"a property that fields lack as a member", []string{"schema NewsFilter", "fields", "date_created"},
			[]string{"            body: {type: boolean}\n            date_created: {type: boolean}\n", "            body: {type: boolean}\n"}},
		{"a property that a part lacks", []string{"schema PartialAuditEvent", "count"},
			[]string{"        count: {type: integer, minimum: 1, description: 'How many failed sign-ins to the user from one network, within an hour, the event stands for; absent: 1'}\n    AuditEventFilter:", "    AuditEventFilter:"}},
		{"a property that order lacks", []string{"schema NewsFilter", "order", "title"}, []string{"(id|title|", "(id|"}},
		{"an order by what may be long", []string{"schema NewsFilter", "order", "#/components/schemas/News/properties/body", "maxLength of 1024"}, []string{"(id|title|", "(id|title|body|"}},
		{"an order by what is too long", []string{"schema NewsFilter", "order", "#/components/schemas/News/properties/title", "maxLength of 1024"},
			[]string{"title: {type: string, maxLength: 500}\n        body", "title: {type: string, maxLength: 1025}\n        body"}},
		{"an order by what may be long, inside of an object", []string{"schema UserFilter", "order", "#/components/schemas/User/properties/by/properties/name", "maxLength of 1024"}, []string{
			"        id: {type: string}\n        " + userEmail, "        id: {type: string}\n        by: {type: object, properties: {name: {type: string}}}\n        " + userEmail,
			"        id: {type: string}\n        " + userEmail, "        id: {type: string}\n        by: {type: object, properties: {name: {type: string}}}\n        " + userEmail,
			"enum: [id, email,", "enum: [id, by, email,", "            email: {type: boolean}\n", "            email: {type: boolean}\n            by: {type: boolean}\n", "(id|email|", "(id|by.name|email|"}},
		{"a page larger than the language's", []string{"schema News", "1000000"}, []string{news + "maximum: 1000, default: 100", news + "maximum: 1000000, default: 100"}},
		{"a skip further than the language's", []string{"schema News", "20000"}, []string{news + "maximum: 1000, default: 100}\n        skip: {type: integer, minimum: 0, maximum: 10000", news + "maximum: 1000, default: 100}\n        skip: {type: integer, minimum: 0, maximum: 20000"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			refused(t, edited(t, tt.edit), tt.want)
		})
	}
}

func TestCollectionIsWhatTheContractSays(t *testing.T) {
	t.Parallel()
	c, err := Load(edited(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	m := c.model("News")
	if m.Collection != "news" || m.Owner == nil || m.Owner.Name != "author" || m.Private || len(m.Indexes) != 2 {
		t.Errorf("%+v", m)
	}
	var names []string
	for _, p := range m.Properties {
		names = append(names, p.Name)
	}
	if want := []string{"id", "title", "body", "date_created", "author"}; len(names) < 5 || !slices.Equal(names[:5], want) {
		t.Errorf("properties %q, want %q first", names, want)
	}
	for name, want := range map[string]filter.Ops{
		"title": filter.AllowedOps(filter.String), "date_created": filter.AllowedOps(filter.Date),
	} {
		if got := m.Schema.Property(name).Ops; got != want {
			t.Errorf("%s takes %q, want %q", name, got.Names(), want.Names())
		}
	}
	if m.Quota == nil || *m.Quota != (store.Quota{Documents: 100000, Bytes: 1 << 30}) {
		t.Errorf("quota %+v", m.Quota)
	}
	if m.Admin != "news:admin" || m.DropOrphans {
		t.Errorf("admin %q, orphans are dropped: %t", m.Admin, m.DropOrphans)
	}
}

// What the contract does not give, the language does not have.
func TestAnOperatorTakenAwayIsRefused(t *testing.T) {
	t.Parallel()
	c, err := Load(edited(t, []string{"        regexp: {type: string, maxLength: 256, description: 'RE2 syntax, or /pattern/flags with the flags i, m, s'}\n", ""}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.model("News").Schema.Where([]byte(`{"title":{"regexp":"a"}}`)); err == nil {
		t.Error("regexp is taken")
	}
}

// A column is required when its property cannot be null or missing.
func TestRequiredColumns(t *testing.T) {
	t.Parallel()
	var schema openapi3.Schema
	err := json.Unmarshal([]byte(`{"type":"object","required":["id","by","subtitle"],"properties":{"id":{"type":"string"},"title":{"type":"string"},
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

// Columns must come out the same at every start: backends remember them.
func TestColumnsAreSorted(t *testing.T) {
	t.Parallel()
	for range 20 {
		c, err := Load(newsdesk.OpenAPI)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range c.model("News").Columns {
			names = append(names, p.Name)
		}
		if len(names) < 5 || names[0] != "id" || !slices.IsSorted(names[1:]) {
			t.Fatalf("columns %q, want id and then the others in order", names)
		}
	}
}
