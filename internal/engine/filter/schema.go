package filter

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Schema contains the properties that a filter on one collection can name. It is immutable and safe for concurrent use.
type Schema struct {
	name       string
	properties []*Property
	byName     map[string]*Property
	fields     []string
	filterable []string // the names that a where can contain, including the groups
	orderable  []string
	limit      int // of a query without one
	maxLimit   int
	maxSkip    int
}

// Option changes what a Schema allows.
type Option func(*Schema)

// WithPage sets the default limit, the maximum limit and the maximum skip of a query. Without this option they are DefaultLimit, MaxLimit
// and MaxSkip. MaxLimit and MaxSkip are also the highest values allowed.
func WithPage(limit, maxLimit, maxSkip int) Option {
	return func(s *Schema) { s.limit, s.maxLimit, s.maxSkip = limit, maxLimit, maxSkip }
}

// NewSchema returns the Schema of the contract's schema with that name. A where or an order can name the properties; fields are all
// top-level members of a document, including those that filters cannot name. Neither may be changed afterwards.
//
// It returns an error if a filter would be ambiguous or unsafe: for a duplicate name, the names and, or and nor, a name with a part that
// does not match ^[A-Za-z][A-Za-z0-9_]*$ (names become part of SQL), a path that differs from its name, an operator that does not fit the
// type, and page limits out of range.
func NewSchema(name string, properties []*Property, fields []string, options ...Option) (*Schema, error) {
	s := &Schema{
		name:       name,
		properties: slices.Clone(properties),
		byName:     make(map[string]*Property, len(properties)),
		fields:     slices.Clone(fields),
		limit:      DefaultLimit,
		maxLimit:   MaxLimit,
		maxSkip:    MaxSkip,
	}
	for _, option := range options {
		option(s)
	}
	for _, p := range s.properties {
		if err := s.add(p); err != nil {
			return nil, fmt.Errorf("filter: schema %s: property %q: %w", name, p.Name, err)
		}
	}
	s.filterable = append(s.filterable, "and", "or", "nor")
	for i, field := range s.fields {
		if !namePart.MatchString(field) || slices.Contains(s.fields[:i], field) {
			return nil, fmt.Errorf("filter: schema %s: field %q must match %s and be unique", name, field, namePart)
		}
	}
	if s.limit < 1 || s.limit > s.maxLimit || s.maxLimit > MaxLimit || s.maxSkip < 0 || s.maxSkip > MaxSkip {
		return nil, fmt.Errorf("filter: schema %s: page limits must be 1 <= limit %d <= maxLimit %d <= %d and 0 <= maxSkip %d <= %d",
			name, s.limit, s.maxLimit, MaxLimit, s.maxSkip, MaxSkip)
	}
	return s, nil
}

// Name returns the name of the contract's schema: "News".
func (s *Schema) Name() string { return s.name }

// Properties returns the properties that a where or an order can name, in the order they were given. Do not change it.
func (s *Schema) Properties() []*Property { return s.properties }

// Property returns the property with that name, or nil.
func (s *Schema) Property(name string) *Property { return s.byName[name] }

// add checks a property and adds it to the schema.
func (s *Schema) add(p *Property) error {
	if s.byName[p.Name] != nil {
		return fmt.Errorf("duplicate name")
	}
	if p.Name == "and" || p.Name == "or" || p.Name == "nor" {
		return fmt.Errorf("the name is reserved for a group of conditions")
	}
	if len(p.Path) == 0 || p.Name != strings.Join(p.Path, ".") {
		return fmt.Errorf("the name must be the path %q joined by dots", p.Path)
	}
	for _, part := range p.Path {
		if !namePart.MatchString(part) {
			return fmt.Errorf("part %q must match %s", part, namePart)
		}
	}
	allowed := AllowedOps(p.Type)
	if allowed == 0 {
		return fmt.Errorf("missing type")
	}
	if p.Ops&^allowed != 0 {
		return fmt.Errorf("operators %v do not fit type %s", (p.Ops &^ allowed).Names(), p.Type)
	}
	s.byName[p.Name] = p
	if p.Ops != 0 {
		s.filterable = append(s.filterable, p.Name)
	}
	if !p.Array && !p.Long {
		s.orderable = append(s.orderable, p.Name)
	}
	return nil
}

var namePart = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
