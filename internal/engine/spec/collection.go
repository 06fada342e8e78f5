package spec

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// The schemas XWhere (properties and their operators) and XFilter (limits) define the filters of a collection X.
const (
	whereSuffix  = "Where"
	filterSuffix = "Filter"
	fieldsSuffix = "FieldsFilter"
)

// maxNesting limits the depth of nested properties that a filter can name, such as a.b.c.d. It also ends recursive schemas.
const maxNesting = 4

// models reads the schemas that carry x-collection.
func models(doc *openapi3.T) ([]*store.Model, error) {
	var found []*store.Model
	names := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(doc.Components.Schemas)) {
		if err := checkCodes(doc.Components.Schemas[name].Value); err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
		var x collection
		has, err := read(doc.Components.Schemas[name].Value.Extensions, xCollection, &x)
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
		former, err := readFormer(doc.Components.Schemas[name].Value, has)
		if err != nil {
			return nil, within(err, "components", "schemas", name)
		}
		if !has {
			continue
		}
		m, err := model(doc.Components.Schemas, name, x)
		if err != nil {
			return nil, fmt.Errorf("schema %s: %s: %w", name, xCollection, err)
		}
		if other := names[strings.ToLower(x.Name)]; other != "" {
			return nil, fmt.Errorf("schema %s: %s: duplicate name %s, used by schema %s too", name, xCollection, x.Name, other)
		}
		names[strings.ToLower(x.Name)] = name
		m.Removed = former.removed
		for i, p := range m.Properties {
			was := former.names[p.Name]
			if was != "" && m.Owner != nil && m.Owner.Name == p.Name {
				err := fmt.Errorf("the owner cannot be renamed, because older programs would not see who owns a document")
				return nil, within(placeError{[]string{"properties", p.Name, xWas}, err}, "components", "schemas", name)
			}
			m.Properties[i].Was = was
		}
		found = append(found, m)
	}
	return found, nil
}

func model(schemas openapi3.Schemas, name string, x collection) (*store.Model, error) {
	if x.Was != nil {
		return nil, fmt.Errorf("%s: a collection keeps its name in the store, so that older programs find it, whatever its schema, paths "+
			"and tag are called; remove %[1]s, and write name: %v", xWas, x.Was)
	}
	if !namePattern.MatchString(x.Name) {
		return nil, fmt.Errorf("invalid name %q; it must be a letter followed by letters, digits or _", x.Name)
	}
	s := schemas[name].Value
	properties, err := properties(s)
	if err != nil {
		return nil, err
	}
	columns, err := columns(s, schemas[name+whereSuffix])
	if err != nil {
		return nil, fmt.Errorf("schema %s%s: %w", name, whereSuffix, err)
	}
	var fields []string
	for _, p := range properties {
		fields = append(fields, p.Name)
	}
	schema, err := filter.NewSchema(name, columns, fields, page(schemas[name+filterSuffix])...)
	if err != nil {
		return nil, err
	}
	m := &store.Model{Schema: schema, Collection: x.Name, Properties: properties, Columns: columns, Private: x.Private,
		Admin: x.Admin, DropOrphans: x.Orphans == "delete"}
	if x.Owner != "" {
		m.Owner = schema.Property(x.Owner)
		if o := m.Owner; o == nil || o.Name == "id" || o.Type != filter.String || o.Array || len(o.Path) > 1 {
			return nil, fmt.Errorf("invalid owner %s; it must be a top-level string property other than id", x.Owner)
		}
	}
	if m.Owner == nil && (x.Private || x.Admin != "" || x.Orphans != "" || x.Quota != nil) {
		return nil, fmt.Errorf("private, admin, orphans and quota require an owner")
	}
	if m.Quota, err = x.quota(); err != nil {
		return nil, err
	}
	if x.Admin != "" && !scopePattern.MatchString(x.Admin) {
		return nil, fmt.Errorf("admin: invalid scope %q (RFC 6749, section 3.3)", x.Admin)
	}
	if !slices.Contains([]string{"", "keep", "delete"}, x.Orphans) {
		return nil, fmt.Errorf("orphans: invalid value %q; want keep or delete", x.Orphans)
	}
	if m.Indexes, err = indexes(schema, x); err != nil {
		return nil, err
	}
	m.Check, err = stored(name, s)
	return m, err
}

// properties returns the schema's properties: the required ones in the order of required, then the others sorted by name.
func properties(s *openapi3.Schema) ([]store.Property, error) {
	if s.Properties["id"] == nil || !slices.Contains(s.Required, "id") || !s.Properties["id"].Value.Type.Is("string") {
		return nil, fmt.Errorf("the schema must have a required property id of type string")
	}
	if s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has {
		return nil, fmt.Errorf("the schema must have additionalProperties: false")
	}
	isWriteOnly := func(s *openapi3.Schema) bool { return s.WriteOnly }
	if at, has := findIn(s, "", isWriteOnly, map[*openapi3.Schema]bool{}); has {
		return nil, fmt.Errorf("%s: documents are sent as they are stored, so writeOnly is not possible; write the property into the "+
			"schema of the request body only", at)
	}
	order := func(name string) int {
		if at := slices.Index(s.Required, name); at >= 0 {
			return at
		}
		return len(s.Required)
	}
	names := slices.Sorted(maps.Keys(s.Properties))
	slices.SortStableFunc(names, func(a, b string) int { return order(a) - order(b) })
	var found []store.Property
	shapes := map[*openapi3.Schema]*store.Shape{}
	for _, name := range names {
		if !namePattern.MatchString(name) {
			return nil, fmt.Errorf("invalid property name %q; it must be a letter followed by letters, digits or _", name)
		}
		p := store.Property{Name: name, Required: slices.Contains(s.Required, name), ReadOnly: s.Properties[name].Value.ReadOnly,
			Shape: shapeOf(s.Properties[name].Value, shapes)}
		if value := s.Properties[name].Value.Default; value != nil {
			text, err := json.Marshal(value)
			if err != nil {
				return nil, fmt.Errorf("property %s: default: %w", name, err)
			}
			p.Default = text
		}
		found = append(found, p)
	}
	return found, nil
}

// shapeOf returns the members that values of a schema can have; nil for any, as in a oneOf. known contains the shapes of other schemas.
func shapeOf(s *openapi3.Schema, known map[*openapi3.Schema]*store.Shape) *store.Shape {
	if shape, has := known[s]; has || len(s.AllOf)+len(s.OneOf)+len(s.AnyOf) > 0 {
		return shape
	}
	shape := &store.Shape{Closed: s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has}
	known[s] = shape
	for name, property := range s.Properties {
		if shape.Members == nil {
			shape.Members = map[string]*store.Shape{}
		}
		shape.Members[name] = shapeOf(property.Value, known)
	}
	if s.Items != nil {
		shape.Items = shapeOf(s.Items.Value, known)
	}
	if !shape.Closed && shape.Members == nil && shape.Items == nil {
		known[s], shape = nil, nil
	}
	return shape
}

// columns returns the schema's scalars and arrays of scalars, those of nested objects under dotted names, each with
// the operators that the where schema gives it.
func columns(s *openapi3.Schema, where *openapi3.SchemaRef) ([]*filter.Property, error) {
	var found []*filter.Property
	collect(s, nil, func(path []string, p *openapi3.Schema) {
		if c := column(path, p); c != nil {
			c.Required = len(path) == 1 && slices.Contains(s.Required, path[0]) && !p.Nullable
			c.Long = c.Type == filter.String && c.Name != "id" && len(p.Enum) == 0 &&
				(p.MaxLength == nil || *p.MaxLength > filter.MaxOrderLength)
			found = append(found, c)
		}
	})
	slices.SortFunc(found, func(a, b *filter.Property) int {
		switch {
		case a.Name == "id":
			return -1
		case b.Name == "id":
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	if where == nil {
		return found, nil
	}
	for name, condition := range where.Value.Properties {
		if name == "and" || name == "or" || name == "nor" {
			continue
		}
		at := slices.IndexFunc(found, func(p *filter.Property) bool { return p.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("%s is not a scalar property or an array of scalars", name)
		}
		ops, err := operators(condition.Value, found[at].Type)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		found[at].Ops = ops
	}
	return found, nil
}

func collect(s *openapi3.Schema, path []string, yield func([]string, *openapi3.Schema)) {
	for name, property := range s.Properties {
		at := append(slices.Clip(path), name)
		yield(at, property.Value)
		if property.Value.Type.Is("object") && len(at) < maxNesting {
			collect(property.Value, at, yield)
		}
	}
}

func column(path []string, s *openapi3.Schema) *filter.Property {
	p := &filter.Property{Name: strings.Join(path, "."), Path: path}
	if s.Type.Is("array") {
		p.Array, s = true, s.Items.Value
	}
	switch {
	case s.Type.Is("string") && s.Format == "date-time":
		p.Type = filter.Date
	case s.Type.Is("string"):
		p.Type, p.Form = filter.String, forms[s.Format]
	case s.Type.Is("integer"):
		p.Type = filter.Integer
	case s.Type.Is("number"):
		p.Type = filter.Number
	case s.Type.Is("boolean"):
		p.Type = filter.Boolean
	default:
		return nil
	}
	return p
}

// operators returns the operators in a condition's object form. A condition is oneOf a value of the property's type and {eq, neq, …}.
func operators(condition *openapi3.Schema, property filter.Type) (filter.Ops, error) {
	var ops filter.Ops
	for _, branch := range condition.OneOf {
		if c := column(nil, branch.Value); c != nil && c.Type != property && (c.Type != filter.Number || property != filter.Integer) {
			return 0, fmt.Errorf("the condition has type %s, but the property has type %s", c.Type, property)
		}
		for name := range branch.Value.Properties {
			op, ok := filter.ParseOp(name)
			if !ok {
				return 0, fmt.Errorf("unknown operator %s", name)
			}
			ops |= filter.OpsOf(op)
		}
	}
	if ops == 0 {
		return 0, fmt.Errorf("it must be oneOf a value and an object of operators")
	}
	return ops, nil
}

// page reads the limits of a page from the filter schema.
func page(ref *openapi3.SchemaRef) []filter.Option {
	if ref == nil {
		return nil
	}
	limit, maxLimit, maxSkip := filter.DefaultLimit, filter.MaxLimit, filter.MaxSkip
	if p := ref.Value.Properties["limit"]; p != nil {
		if p.Value.Max != nil {
			maxLimit = int(*p.Value.Max)
		}
		if n, ok := p.Value.Default.(float64); ok {
			limit = int(n)
		}
	}
	if p := ref.Value.Properties["skip"]; p != nil && p.Value.Max != nil {
		maxSkip = int(*p.Value.Max)
	}
	return []filter.Option{filter.WithPage(limit, maxLimit, maxSkip)}
}

func indexes(schema *filter.Schema, x collection) ([]store.Index, error) {
	var found []store.Index
	for _, said := range x.Indexes {
		i := store.Index{Name: x.Name, Unique: said.Unique}
		for _, name := range said.Fields {
			p := schema.Property(name)
			if p == nil || p.Array {
				return nil, fmt.Errorf("index on %s, which is not a scalar property", name)
			}
			i.Keys = append(i.Keys, filter.Order{Property: p})
			i.Name += "_" + strings.ReplaceAll(name, ".", "__")
		}
		if len(i.Keys) == 0 {
			return nil, fmt.Errorf("an index must have at least one field")
		}
		found = append(found, i)
	}
	return found, nil
}
