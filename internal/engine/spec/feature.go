package spec

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// The kinds of features, in the order of the report.
const (
	FeatureOperation = "operation"
	FeatureStatus    = "status"
	FeatureMedia     = "media type"
	FeatureHeader    = "header"
	FeatureProperty  = "property"
	FeatureCode      = "error code"
	FeatureParameter = "parameter"
)

// Feature is a feature that the contract documents and an exchange can demonstrate: {"status", "getNews 404"}, {"media type",
// "getNews 404 application/json"}, {"property", "News.title"}, {"parameter", "getNews header If-None-Match"}. Properties are those
// of responses, named after their schema or, if it has no name, after operation and status.
type Feature struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// Features returns all features of the contract, sorted by kind and name, without duplicates.
func (c *Contract) Features() []Feature {
	all := features{}
	for _, op := range c.operations {
		all.add(FeatureOperation, op.ID)
		for _, p := range op.documented() {
			all.add(FeatureParameter, op.ID+" "+p.In+" "+p.Name)
		}
		for _, status := range op.Statuses() {
			place, response := op.ID+" "+status, op.responses.Value(status).Value
			all.add(FeatureStatus, place)
			for name := range response.Headers {
				all.add(FeatureHeader, place+" "+name)
			}
			for name, media := range response.Content {
				all.add(FeatureMedia, place+" "+name)
				all.declared(media.Schema, place)
			}
		}
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b Feature) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
}

// Features returns the features that a request and its response demonstrate. Parts that violate the contract demonstrate nothing.
func (o *Operation) Features(r *http.Request, status int, header http.Header, body []byte) []Feature {
	shown := features{}
	shown.add(FeatureOperation, o.ID)
	for _, p := range o.documented() {
		if carries(r, p) {
			shown.add(FeatureParameter, o.ID+" "+p.In+" "+p.Name)
		}
	}
	key, documented := o.response(status)
	place := o.ID + " " + key
	if documented == nil {
		return slices.Collect(maps.Keys(shown))
	}
	shown.add(FeatureStatus, place)
	for name := range documented.Value.Headers {
		if header.Get(name) != "" {
			shown.add(FeatureHeader, place+" "+name)
		}
	}
	for name, media := range documented.Value.Content {
		if media != documented.Value.Content.Get(header.Get("Content-Type")) {
			continue
		}
		shown.add(FeatureMedia, place+" "+name)
		if value, err := decode(body); err == nil {
			shown.value(media.Schema, place, value)
		}
	}
	return slices.Collect(maps.Keys(shown))
}

// documented returns the operation's parameters, including those of its path.
func (o *Operation) documented() (found []*openapi3.Parameter) {
	for _, ref := range merged(o.route.PathItem.Parameters, o.route.Operation.Parameters) {
		found = append(found, ref.Value)
	}
	return found
}

func carries(r *http.Request, p *openapi3.Parameter) bool {
	switch p.In {
	case openapi3.ParameterInHeader:
		return r.Header.Get(p.Name) != ""
	case openapi3.ParameterInQuery:
		for name := range r.URL.Query() {
			if name == p.Name || strings.HasPrefix(name, p.Name+"[") {
				return true
			}
			if p.Schema != nil && kindOf(p.Schema.Value) == "object" && p.Schema.Value.Properties[name] != nil {
				return true
			}
		}
		return false
	}
	return true
}

type features map[Feature]bool

func (f features) add(kind, name string) { f[Feature{kind, name}] = true }

// declared adds the properties and codes of a schema.
func (f features) declared(ref *openapi3.SchemaRef, place string) {
	if ref == nil {
		return
	}
	place = cmp.Or(schemaName(ref), place)
	for _, code := range codes(ref.Value) {
		f.add(FeatureCode, code)
	}
	for name, property := range ref.Value.Properties {
		feature := Feature{FeatureProperty, place + "." + name}
		if !f[feature] {
			f[feature] = true
			f.declared(property, feature.Name)
		}
	}
	f.declared(ref.Value.Items, place)
}

// value adds the properties and codes of a schema that occur in a value.
func (f features) value(ref *openapi3.SchemaRef, place string, value any) {
	if ref == nil {
		return
	}
	place = cmp.Or(schemaName(ref), place)
	switch v := value.(type) {
	case string:
		if slices.Contains(codes(ref.Value), v) {
			f.add(FeatureCode, v)
		}
	case []any:
		for _, element := range v {
			f.value(ref.Value.Items, place, element)
		}
	case map[string]any:
		for name, property := range ref.Value.Properties {
			if member, has := v[name]; has {
				f.add(FeatureProperty, place+"."+name)
				f.value(property, place+"."+name, member)
			}
		}
	}
}
