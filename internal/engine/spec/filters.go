package spec

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// filterParameter is a query parameter in LoopBack's filter language: one with JSON content whose schema is the XFilter,
// XFieldsFilter or XWhere of a collection X. The collection's filter.Schema, which is made from those schemas, validates it.
type filterParameter struct {
	name     string
	required bool
	changes  bool // whether the operation changes the documents that match
	form     filter.Form
	schema   *filter.Schema
}

// isFilter reports whether a parameter is a filter, or is named like one, so that a mistake in it must be an error.
func (c *Contract) isFilter(p *openapi3.Parameter) bool {
	media := p.Content[jsonType]
	if media == nil || media.Schema == nil {
		return false
	}
	if p.Name == "filter" || p.Name == "where" {
		return len(c.models) > 0
	}
	name := schemaName(media.Schema)
	return slices.ContainsFunc([]string{fieldsSuffix, filterSuffix, whereSuffix}, func(suffix string) bool {
		collection, ok := strings.CutSuffix(name, suffix)
		return ok && c.model(collection) != nil
	})
}

func (c *Contract) filterParameter(p *openapi3.Parameter) (filterParameter, error) {
	f := filterParameter{name: p.Name, required: p.Required}
	media := p.Content[jsonType]
	if p.In != openapi3.ParameterInQuery || media == nil || media.Schema == nil {
		return f, fmt.Errorf("a parameter with content must be a filter: in query, with content %s and the schema of a filter", jsonType)
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
	return f, fmt.Errorf("schema %s is not a filter schema of a schema with %s", name, xCollection)
}

// fold replaces the parameter's bracket notation with JSON. It removes an empty filter, but keeps an empty where.
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

// check returns a context with the parsed value of the parameter, where the collection finds it (filter.Schema.Parse).
func (f filterParameter) check(ctx context.Context, query url.Values) (context.Context, error) {
	if !query.Has(f.name) {
		if !f.required {
			return ctx, nil
		}
		e := fault.New(fault.BadRequest, "", "missing")
		e.Fields = []fault.Field{{Code: "required", Message: "is required; {} matches every document"}}
		return ctx, e
	}
	text := query.Get(f.name)
	parsed, err := f.schema.Parse(ctx, f.form, text)
	if err == nil && f.changes && f.form == filter.WhereForm {
		err = f.checkWhere(parsed, text)
	}
	if err != nil {
		return ctx, err
	}
	return parsed, nil
}

// checkWhere returns an error for a condition other than {} that matches every document.
func (f filterParameter) checkWhere(ctx context.Context, text string) error {
	where, err := f.schema.WhereContext(ctx, []byte(text))
	if err != nil || where == (filter.Everything{}) || !filter.HoldsForAll(where) {
		return err
	}
	e := fault.New(fault.BadRequest, "", "the condition matches every document")
	e.Fields = []fault.Field{{Code: "condition",
		Message: "must NOT match every document; to match every document, use {}"}}
	return e
}
