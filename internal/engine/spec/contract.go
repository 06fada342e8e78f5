// Package spec loads the contract and implements it: the validation of each operation's requests and responses, its security and
// limits, and the collections. It is the only package that uses kin-openapi.
package spec

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Contract is a checked OpenAPI 3.0 document. It is immutable and safe for concurrent use.
type Contract struct {
	document    []byte
	doc         *openapi3.T
	name        string
	defaultRole string
	models      []*store.Model // by collection name
	operations  []*Operation   // by path, then method
	roles       identity.Roles
	token       Token
	basePath    string

	schemes       map[string]Scheme
	accountScheme string
}

// Load parses an OpenAPI 3.0 document in JSON or YAML and validates it: the document and its examples must be valid; each operation must
// have an operationId, one tag and an explicit security; every x- extension must be known and valid. The error names the location.
func Load(document []byte) (*Contract, error) {
	found := mistakes{err: checkDocument(document)}
	loader := openapi3.NewLoader() // it reads only the document: external references are off by default
	doc, err := loader.LoadFromData(document)
	if err != nil && found.err == nil {
		found.err = err
	}
	if err != nil {
		return nil, fmt.Errorf("contract: %w", inOrder(document, unquoted(found.err)))
	}
	if doc.OpenAPI == "" && doc.Extensions["swagger"] != nil {
		return nil, fmt.Errorf("contract: %w", inOrder(document, placeError{[]string{"swagger"}, errors.New("OpenAPI 2.0 is not " +
			"supported; convert the document to OpenAPI 3.0.3, for example with https://converter.swagger.io")}))
	}
	if doc.IsOpenAPI31OrLater() {
		return nil, fmt.Errorf("contract: /openapi is %s; 3.0.3 is supported (kin-openapi checks requests against 3.1 thirty times slower)",
			doc.OpenAPI)
	}
	if doc.Components == nil {
		doc.Components = &openapi3.Components{}
	}
	c := &Contract{doc: doc}
	if doc.Info != nil { // otherwise validate reports it
		c.name = programName(doc.Info.Title)
	}
	schemas := schemasOf(doc)
	if cycles := checkCycles(schemas); cycles != nil { // all that follows would never end
		return nil, fmt.Errorf("contract: %w", inOrder(document, errors.Join(found.err, cycles)))
	}
	if c.document, err = doc.MarshalJSON(); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	found.err = errors.Join(found.err, checkSchemas(schemas), checkRequired(schemas))
	for _, s := range schemas { // examples are validated as requests are
		if checkDiscriminator(s.Schema) == nil {
			explicit(s.Schema)
		}
		allowNull(s.Schema)
		inherit(s.Schema)
	}
	found.err = errors.Join(found.err, validate(doc))
	if found.err == nil && c.name == "" {
		return nil, fmt.Errorf("contract: /info/title: %q has no ASCII letter; the program is named after it, so use a title such as Shop",
			doc.Info.Title)
	}
	if found.err == nil {
		if c.models, err = models(doc); err != nil {
			return nil, fmt.Errorf("contract: %w", inOrder(document, err))
		}
	}
	found.err = errors.Join(found.err, c.read(found))
	for _, step := range []func() error{c.checkInheritance, c.checkAnonymous, c.readRoles, c.readToken, c.checkLinks} {
		if found.err == nil {
			found.err = step()
		}
	}
	if found.err != nil {
		return nil, fmt.Errorf("contract: %w", inOrder(document, found.err))
	}
	return c, nil
}

// read reads the schemes and the operations of a document in which mistakes have been found. It ends without an error of its own if it
// meets one of them.
func (c *Contract) read(found mistakes) (err error) {
	defer func() {
		if found.err != nil {
			_ = recover() // kin accepts no invalid part, so that reading one may fail in any way
		}
	}()
	return errors.Join(c.readBasePath(), c.readSchemes(), c.readOperations(found.in()))
}

// validate returns an error for what is not OpenAPI, examples included. Patterns and defaults are checked by checkSchemas.
func validate(doc *openapi3.T) error {
	restore := hideExamples(doc)
	defer restore()
	err := doc.Validate(context.Background(), openapi3.SetRegexCompiler(compilePattern), openapi3.EnableExamplesValidation(),
		openapi3.AllowExtensionsWithRef(), openapi3.DisableSchemaDefaultsValidation(), openapi3.EnableMultiError())
	all := joined(err)
	for i, err := range all {
		all[i] = inPaths(err)
	}
	return errors.Join(slices.DeleteFunc(all, func(err error) bool { return strings.Contains(err.Error(), "error parsing regexp") })...)
}

// Document returns the document as JSON. Callers must not modify it.
func (c *Contract) Document() []byte { return c.document }

// Title returns info.title.
func (c *Contract) Title() string { return c.doc.Info.Title }

// Name returns info.title as lower-case letters, digits and hyphens: "Shop API" is "shop-api". The program, its database and
// its environment variables are named after it.
func (c *Contract) Name() string { return c.name }

// Version returns info.version.
func (c *Contract) Version() string { return c.doc.Info.Version }

// Models returns the collections that the contract declares, sorted by name.
func (c *Contract) Models() []*store.Model { return c.models }

// Operations returns all operations, sorted by path, then method.
func (c *Contract) Operations() []*Operation { return c.operations }

// ByID returns the operation with that operationId, or nil.
func (c *Contract) ByID(id string) *Operation {
	i := slices.IndexFunc(c.operations, func(o *Operation) bool { return o.ID == id })
	if i < 0 {
		return nil
	}
	return c.operations[i]
}

// Roles returns the scopes of each role, from x-roles.
func (c *Contract) Roles() identity.Roles { return c.roles }

// DefaultRole returns the role of new accounts, which x-roles marks as default, or "" if there are no roles.
func (c *Contract) DefaultRole() string { return c.defaultRole }

// Headers returns the header fields that the contract documents for requests, without credentials, and for responses, each list
// sorted and without duplicates.
func (c *Contract) Headers() (request, answer []string) {
	for _, op := range c.operations {
		for _, p := range op.parameters {
			if p.Value.In == openapi3.ParameterInHeader {
				request = append(request, p.Value.Name)
			}
		}
		for _, v := range op.values {
			if v.in == openapi3.ParameterInHeader {
				request = append(request, v.name)
			}
		}
		for _, r := range op.responses.Map() {
			answer = slices.AppendSeq(answer, maps.Keys(r.Value.Headers))
		}
	}
	slices.Sort(request)
	slices.Sort(answer)
	return slices.Compact(request), slices.Compact(answer)
}

// programName converts a title to a name for programs, files and databases. It returns "" if the title has no ASCII letter.
func programName(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !('a' <= r && r <= 'z' || '0' <= r && r <= '9') })
	name := strings.Join(words, "-")
	if !strings.ContainsFunc(name, func(r rune) bool { return 'a' <= r && r <= 'z' }) {
		return ""
	}
	return name
}

// Schemas returns the names of the document's schemas, sorted.
func (c *Contract) Schemas() []string {
	return slices.Sorted(maps.Keys(c.doc.Components.Schemas))
}

// GoName returns the x-go-name of a schema, or an empty string.
func (c *Contract) GoName(schema string) string {
	if ref := c.doc.Components.Schemas[schema]; ref != nil {
		name, _ := ref.Value.Extensions["x-go-name"].(string)
		return name
	}
	return ""
}

// Tags returns the operations' tags, sorted and without duplicates.
func (c *Contract) Tags() []string {
	var tags []string
	for _, op := range c.operations {
		tags = append(tags, op.Tag)
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// readOperations reads the operations, except those of which isWrong reports that their part of the document is invalid.
func (c *Contract) readOperations(isWrong func(at ...string) bool) error {
	base, err := readLimits(c.doc.Extensions, Limits{})
	if err != nil {
		return err
	}
	if base.Endless {
		return fmt.Errorf("%s.deadline: none is for an operation whose response is a stream; set a duration such as 10s here", xLimits)
	}
	var mistakes []error
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			if isWrong("paths", path, strings.ToLower(method)) {
				continue
			}
			o, err := c.operation(method, path, item, op, base)
			for _, err := range joined(err) {
				mistakes = append(mistakes, operationError{method, path, err})
			}
			if err == nil {
				c.operations = append(c.operations, o)
			}
		}
	}
	slices.SortFunc(c.operations, func(a, b *Operation) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return errors.Join(append(mistakes, c.checkIDs())...)
}

func (c *Contract) checkIDs() error {
	var mistakes []error
	seen, paths := map[string]*Operation{}, map[string]string{}
	for _, op := range c.operations {
		add := func(format string, args ...any) {
			mistakes = append(mistakes, operationError{op.Method, op.Path, fmt.Errorf(format, args...)})
		}
		route := op.Method + " " + op.pattern.String()
		if other := paths[route]; other != "" {
			add("requests for it are the same as those for %s; remove one of the two paths", other)
		}
		paths[route] = op.Path
		if other := seen[op.ID]; other != nil {
			add("duplicate operationId %q, which %s %s has", op.ID, other.Method, other.Path)
		}
		seen[op.ID] = op
	}
	return errors.Join(mistakes...)
}

// model returns the collection whose schema has that name, or nil.
func (c *Contract) model(schema string) *store.Model {
	for _, m := range c.models {
		if m.Schema.Name() == schema {
			return m
		}
	}
	return nil
}
