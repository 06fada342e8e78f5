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
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Check holds one operation's requests against the contract. It is safe for concurrent use.
type Check struct {
	*Operation
	verifiers map[string]Verifier
	now       func() time.Time
	bodies    *fair.Queue // bytes of large bodies in their check, of all operations
}

const (
	// maxBodies is how many bytes of large bodies are checked at once, which takes up to a hundred times of it in memory; one caller has
	// half of it.
	maxBodies = 8 << 20
	// maxWaiting is how many large bodies of one caller wait for their check.
	maxWaiting = 64
	// largeBody is the least that counts as large. What is smaller waits for nobody.
	largeBody = 64 << 10
)

// Checks returns the check of each operation, by operationId; now tells the time of a request. It is an error when an
// operation asks for a security scheme that has no verifier.
func (c *Contract) Checks(verifiers map[string]Verifier, now func() time.Time) (map[string]Check, error) {
	checks, bodies := map[string]Check{}, &fair.Queue{Total: maxBodies, Share: maxBodies / 2, Waiting: maxWaiting}
	for _, op := range c.operations {
		if err := op.checkVerifiers(verifiers); err != nil {
			return nil, err
		}
		checks[op.ID] = Check{op, verifiers, now, bodies}
	}
	return checks, nil
}

// ValidateRequest checks a request that was routed to the operation: who sent it, then its parameters, then its body. path
// holds the path parameters, decoded; query the query as url.ParseQuery reads it, in which bracket notation is replaced by
// the JSON it stands for. admit, unless it is nil, is asked about a caller as soon as they are known; its error ends the check.
//
// The request it returns has the context ctx with the caller (identity.FromContext) and a body that was read, checked, given its
// defaults and decoded once (runtime.BindJSONBody takes it from there). A PUT or PATCH of one document may have readOnly properties: they
// are not in the body any more, and the collection sees that they are what is stored (store.WithKept). The error is admit's, fair.Queue's
// while a large body waits for its turn, or a *fault.Error: Unauthenticated, Forbidden, Malformed, TooLarge, Unsupported or Invalid, with
// all that is wrong with the parameters, or else with the body, in its Fields.
func (c Check) ValidateRequest(ctx context.Context, r *http.Request, path map[string]string, query url.Values,
	admit func(identity.Principal) error) (*http.Request, error) {
	principal, err := c.authenticate(r, c.verifiers)
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
		kept, err := c.checkBody(ctx, r)
		if err != nil {
			return nil, err
		}
		if kept != nil {
			ctx = store.WithKept(ctx, c.body.collections, kept)
		}
	}
	return r.WithContext(ctx), nil
}

// checkBody reads the body and holds it against the contract. A large one that has arrived waits for its turn.
func (c Check) checkBody(ctx context.Context, r *http.Request) (kept map[string]any, err error) {
	data, err := readAll(r, c.Limits.Body)
	if err != nil {
		return nil, err
	}
	if n := int64(len(data)); n >= largeBody {
		release, err := c.bodies.Acquire(ctx, identity.CallerKey(ctx), n)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	return c.body.check(r, data, c.now)
}

// checkQuery folds bracket notation and refuses what cannot be read and names that the operation does not have.
func (c Check) checkQuery(raw string, query url.Values) error {
	if raw == "" {
		return nil
	}
	if !readable(raw, query) {
		return fault.New(fault.BadRequest, "INVALID_QUERY",
			"The query cannot be read. It is UTF-8 in which every character but letters, digits and -._~ is percent-encoded.")
	}
	for _, f := range c.filters {
		if err := f.fold(query); err != nil {
			return err
		}
	}
	var wrong parameterFaults
	for _, name := range slices.Sorted(maps.Keys(query)) {
		repeatable, known := c.query[name]
		if !known {
			return unknownParameter(name, c.query)
		}
		if len(query[name]) > 1 && !repeatable {
			wrong.add(name, repeatedParameter())
		}
	}
	return wrong.err()
}

// readable says whether url.ParseQuery took every pair, and whether they are UTF-8. url.URL.Query drops those that it cannot read, in
// silence.
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
	if len(c.parameters) > 0 {
		in := &openapi3filter.RequestValidationInput{Request: r, PathParams: path, QueryParams: query, Route: c.route, Options: kinOptions}
		for _, p := range c.parameters {
			wrong.add(p.Value.Name, openapi3filter.ValidateParameter(r.Context(), in, p.Value))
			if p.Value.In == openapi3.ParameterInQuery && p.Value.Schema.Value.Default != nil && !query.Has(p.Value.Name) {
				query[p.Value.Name] = r.URL.Query()[p.Value.Name] // where kin has put the default
			}
		}
	}
	return ctx, wrong.err()
}

var kinOptions = &openapi3filter.Options{MultiError: true, SchemaValidationOptions: schemaOptions}

// schemaOptions are those of every check of a value. DisableSchemaErrorDetails keeps values out of error texts.
var schemaOptions = []openapi3.SchemaValidationOption{
	openapi3.MultiErrors(),
	openapi3.DisableSchemaErrorDetails(),
	openapi3.WithStringFormatValidators(formats),
}
