package spec

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/newsdesk-api/newsdesk/internal/engine/fair"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

// Check validates the requests of one operation against the contract. It is safe for concurrent use.
type Check struct {
	*Operation
	verifiers map[string]Verifier
	now       func() time.Time
	bodies    *fair.Queue // limits the bytes of large bodies that are validated at once, over all operations
}

const (
	// maxBodies is how many bytes of large bodies are validated at once, which takes up to a hundred times as much memory; one caller gets
	// at most half of it.
	maxBodies = 8 << 20
	// maxWaiting is how many large bodies of one caller may wait for validation.
	maxWaiting = 64
	// largeBody is the minimum size of a large body, in bytes. Smaller bodies do not wait.
	largeBody = 64 << 10
)

// Checks returns the check of each operation, by operationId; now returns the current time. Before the first request, verifiers must have
// one of each scheme (CheckVerifiers).
func (c *Contract) Checks(verifiers map[string]Verifier, now func() time.Time) map[string]Check {
	checks, bodies := map[string]Check{}, &fair.Queue{Total: maxBodies, Share: maxBodies / 2, Waiting: maxWaiting}
	for _, op := range c.operations {
		checks[op.ID] = Check{op, verifiers, now, bodies}
	}
	return checks
}

// ValidateRequest validates a request that was routed to the operation: first its credentials, then its parameters, then its body.
// path holds the decoded path parameters. query is the query as url.ParseQuery returns it; ValidateRequest replaces bracket notation in
// it with the equivalent JSON. If admit is not nil, it is called once the caller is known; its error ends the validation.
//
// The returned request has the context ctx with the caller (identity.FromContext) and a body that has been read, validated, completed with
// defaults and decoded (runtime.BindJSONBody uses the decoded value). A PUT or PATCH of one document may carry readOnly properties: they
// are removed from the body, and the collection checks that they equal the stored ones (store.WithKept). The error is that of admit, that
// of fair.Queue while a large body waits, or a *fault.Error of kind Unauthenticated, Forbidden, BadRequest, TooLarge, Unsupported or
// Invalid, whose Fields list everything that is wrong with the parameters or, if they are valid, with the body.
func (c Check) ValidateRequest(ctx context.Context, r *http.Request, path map[string]string, query url.Values,
	admit func(identity.Principal) error) (*http.Request, error) {
	asked := r
	if c.extern {
		asked = r.WithContext(ctx)
	}
	principal, err := c.authenticate(asked, c.verifiers)
	if err != nil {
		return nil, err
	}
	if principal != nil && admit != nil {
		if err := admit(*principal); err != nil {
			return nil, err
		}
	}
	if err := c.checkQuery(r.URL.RawQuery, query); err != nil {
		return nil, err
	}
	if ctx, err = c.checkParameters(ctx, r, path, query); err != nil {
		return nil, err
	}
	if principal != nil {
		ctx = identity.NewContext(ctx, *principal)
	}
	if c.body != nil {
		if ctx, err = c.checkBody(ctx, r); err != nil {
			return nil, err
		}
	}
	return r.WithContext(ctx), nil
}

// checkQuery folds bracket notation and returns an error for invalid encoding and unknown parameters.
func (c Check) checkQuery(raw string, query url.Values) error {
	if raw == "" {
		return nil
	}
	if !readable(raw, query) {
		return fault.New(fault.BadRequest, "INVALID_QUERY",
			"Invalid query. It must be UTF-8, with every character except letters, digits and -._~ percent-encoded.")
	}
	for _, f := range c.filters {
		if err := f.fold(query); err != nil {
			return err
		}
	}
	var wrong parameterFaults
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if repeatable, known := c.query[name]; known && !repeatable && len(query[name]) > 1 {
			wrong.add(name, repeatedParameter())
		}
	}
	if err := wrong.err(); err != nil {
		return err
	}
	for _, v := range c.values {
		if err := v.fold(query); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		_, known := c.query[name]
		if !known && !slices.Contains(c.keys, name) {
			if slices.ContainsFunc(c.values, func(v *valueParameter) bool { return v.name == name }) {
				continue // folded
			}
			return unknownParameter(name, c.query)
		}
	}
	return nil
}

// readable reports whether url.ParseQuery accepts every pair and all of them are UTF-8. url.URL.Query silently drops invalid pairs.
func readable(raw string, query url.Values) bool {
	pairs := 0
	for pair := range strings.SplitSeq(raw, "&") {
		if pair != "" {
			pairs++
		}
	}
	for name, values := range query {
		pairs -= len(values)
		if !utf8.ValidString(name + strings.Join(values, "")) {
			return false
		}
	}
	return pairs == 0
}

// checkParameters returns a context with the parsed filters.
func (c Check) checkParameters(ctx context.Context, r *http.Request, path map[string]string, query url.Values) (context.Context, error) {
	var wrong parameterFaults
	for _, f := range c.filters {
		var err error
		ctx, err = f.check(ctx, query)
		wrong.add(f.name, err)
	}
	for _, v := range c.values {
		wrong.add(v.name, v.check(r, query))
	}
	for _, name := range c.lists {
		if texts := r.Header[name]; texts != nil {
			r.Header.Set(name, strings.Join(itemsOf(texts), ","))
		}
	}
	if len(c.parameters) > 0 {
		in := &openapi3filter.RequestValidationInput{Request: r, PathParams: path, QueryParams: query, Route: c.route, Options: kinOptions}
		for _, p := range c.parameters {
			wrong.add(p.Value.Name, openapi3filter.ValidateParameter(r.Context(), in, p.Value))
			if p.Value.In == openapi3.ParameterInQuery && p.Value.Schema.Value.Default != nil && !query.Has(p.Value.Name) {
				query[p.Value.Name] = r.URL.Query()[p.Value.Name] // where kin put the default
			}
		}
	}
	return ctx, wrong.err()
}

var kinOptions = &openapi3filter.Options{MultiError: true, SchemaValidationOptions: schemaOptions}

// schemaOptions are used to validate every value. DisableSchemaErrorDetails keeps values out of error messages.
var schemaOptions = []openapi3.SchemaValidationOption{
	openapi3.MultiErrors(),
	openapi3.DisableSchemaErrorDetails(),
	openapi3.WithStringFormatValidators(formats),
}
