package spec

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// filterParameter is a query parameter in LoopBack's filter language: one with JSON content whose schema is the XFilter,
// XFieldsFilter or XWhere of a collection X. It is checked by the collection's filter.Schema, which was made from those schemas.
type filterParameter struct {
	name     string
	required bool
	changes  bool // whether the operation changes the documents that match
	form     filter.Form
	schema   *filter.Schema
}

func (c *Contract) filterParameter(p *openapi3.Parameter) (filterParameter, error) {
	f := filterParameter{name: p.Name, required: p.Required}
	media := p.Content[jsonType]
	if p.In != openapi3.ParameterInQuery || media == nil || media.Schema == nil {
		return f, fmt.Errorf("content is for filters: in query, %s, and the schema of a collection's filter", jsonType)
	}
	name := schemaName(media.Schema)
	for _, suffix := range []struct {
		text string
		form filter.Form
	}{{fieldsSuffix, filter.FieldsForm}, {filterSuffix, filter.QueryForm}, {whereSuffix, filter.WhereForm}} {
		if collection, ok := strings.CutSuffix(name, suffix.text); ok {
			if m := c.model(collection); m != nil {
				f.form, f.schema = suffix.form, m.Schema
				return f, nil
			}
		}
	}
	return f, fmt.Errorf("schema %s belongs to no schema with %s", name, xCollection)
}

// fold puts one JSON text in the place of the parameter's bracket notation. An empty filter is none, an empty where stays.
func (f filterParameter) fold(query url.Values) error {
	text, keys, err := f.schema.Fold(query, f.name, f.form)
	if err != nil {
		var wrong parameterFaults
		wrong.add(f.name, err)
		return wrong.err()
	}
	for _, key := range keys {
		delete(query, key)
	}
	if text != "" || f.form == filter.WhereForm && len(keys) > 0 {
		query.Set(f.name, text)
	}
	return nil
}

func (f filterParameter) check(query url.Values) error {
	if !query.Has(f.name) {
		if !f.required {
			return nil
		}
		e := fault.New(fault.BadRequest, "", "missing")
		e.Fields = []fault.Field{{Code: "required", Message: "is required; {} stands for everything"}}
		return e
	}
	text := []byte(query.Get(f.name))
	var err error
	switch f.form {
	case filter.QueryForm:
		_, err = f.schema.Query(text)
	case filter.WhereForm:
		err = f.checkWhere(text)
	case filter.FieldsForm:
		_, err = f.schema.Fields(text)
	}
	return err
}

// checkWhere refuses a condition that changes every document without saying so.
func (f filterParameter) checkWhere(text []byte) error {
	where, err := f.schema.Where(text)
	if err != nil || !f.changes || where == (filter.Everything{}) || !filter.HoldsForAll(where) {
		return err
	}
	e := fault.New(fault.BadRequest, "", "every document meets the condition")
	e.Fields = []fault.Field{{Code: "condition", Message: "must NOT hold for every document whatever it contains; {} alone stands for everything"}}
	return e
}
