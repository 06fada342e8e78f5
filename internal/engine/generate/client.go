package generate

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// call is a method of the Go client.
type call struct {
	Name, Method, Path, Summary string
	Call                        string // the generated client's method
	Parameters                  string // ctx context.Context, id string
	Arguments                   string // for the generated client: ctx, id, nil
	Result, Receive             string
	Client                      string // which of the two generated clients sends the request
	Pages                       bool   // whether it iterates over a list
	Editors                     string // request editors: those of the client, then those of the caller
}

func callOf(contract *spec.Contract, op *spec.Operation) call {
	s := op.Signature()
	c := call{Name: goName(op.ID), Method: op.Method, Path: op.Path, Summary: s.Summary, Client: "public"}
	if slices.ContainsFunc(op.Schemes(), func(s spec.Scheme) bool { return s.Name == contract.AccountScheme() }) {
		c.Client = "signedIn"
	}
	parameters, arguments, first := []string{"ctx context.Context"}, []string{"ctx"}, []string{"editors"}
	for _, p := range s.Path {
		name, kind := argument(p), cmp.Or(scalarTypes[p.Type], "string")
		if p.Separator != "" {
			parameters, name = append(parameters, name+" []"+kind), "texts("+name+")"
			first = append(first, fmt.Sprintf("segments(%q, %q, %s)", p.Name, p.Separator, name))
		} else if parameters = append(parameters, name+" "+kind); kind == "string" {
			first = append(first, fmt.Sprintf("segment(%q, %s)", p.Name, name))
		} else {
			name = "fmt.Sprint(" + name + ")"
		}
		arguments = append(arguments, name)
	}
	switch {
	case s.Others:
		parameters, arguments = append(parameters, "params *"+c.Name+"Params"), append(arguments, "params")
	case s.Parameters:
		arguments = append(arguments, "nil")
	}
	answer := goType(contract, s.Answer)
	if f := s.Filter; f != nil && f.Form == filter.WhereForm {
		first = append(first, fmt.Sprintf("query(%q, where)", f.Name))
		parameters = append(parameters, "where Where["+f.Schema+"]")
	} else if f != nil && f.Form == filter.QueryForm && s.List && answer == f.Schema {
		c.Pages, first = true, append(first, "page")
		parameters = append(parameters, "filter "+f.Schema+"Filter")
	}
	c.Call = c.Name
	if s.BodyType != "" {
		p, a := bodyOf(contract, c.Name, s)
		parameters, arguments = append(parameters, p...), append(arguments, a...)
		if s.BodyType != spec.BodyJSON || s.Media != "application/json" || s.Nullable {
			c.Call += "WithBody"
		}
	}
	c.Parameters, c.Arguments, c.Editors = strings.Join(parameters, ", "), strings.Join(arguments, ", "), first[0]
	if len(first) > 1 {
		c.Editors = "with(" + strings.Join(first, ", ") + ")"
	}
	if s.List {
		answer = "[]" + answer
	}
	switch {
	case c.Pages:
		c.Result = "iter.Seq2[" + s.Filter.Schema + ", error]"
	case s.Stream && answer == "":
		c.Result, c.Receive = "(io.ReadCloser, error)", "stream"
	case answer == "":
		c.Result, c.Receive = "error", "done"
	default:
		c.Result, c.Receive = "("+answer+", error)", "receive["+answer+"]"
	}
	return c
}

// bodyOf returns the parameters of a method that has a request body, and the arguments of the generated client's method.
func bodyOf(contract *spec.Contract, name string, s spec.Signature) (parameters, arguments []string) {
	value := "api." + name + "JSONRequestBody"
	if isComponent(contract, s.Body) {
		value = typeName(contract, s.Body)
	}
	if s.Nullable {
		value = "*" + value
	}
	media := fmt.Sprintf("%q", s.Media)
	switch {
	case s.BodyType == spec.BodyJSON && s.Media == "application/json" && !s.Nullable:
		return []string{"body " + value}, []string{"body"}
	case s.BodyType == spec.BodyJSON:
		return []string{"body " + value}, []string{media, "jsonBody(body)"}
	case s.BodyType == spec.BodyForm:
		return []string{"body " + value}, []string{media, fmt.Sprintf("formBody(body, %#v)", s.Encodings)}
	case s.BodyType == spec.BodyText:
		return []string{"body string"}, []string{media, "textBody(body)"}
	case strings.HasPrefix(s.Media, "multipart/") || strings.Contains(s.Media, "*"):
		return []string{"contentType string", "body io.Reader"}, []string{"contentType", "body"}
	}
	return []string{"body io.Reader"}, []string{media, "body"}
}

// reads reports whether a body is a stream.
func reads(contract *spec.Contract) bool {
	return slices.ContainsFunc(contract.Operations(), func(op *spec.Operation) bool {
		c := callOf(contract, op)
		return strings.Contains(c.Parameters+c.Result, "io.Read")
	})
}

// goType returns the Go type of a parameter or result. The client never selects fields, so the type of PartialX is X.
func goType(contract *spec.Contract, schema string) string {
	if whole, ok := strings.CutPrefix(schema, "Partial"); ok && modelOf(contract, whole) != nil {
		return whole
	}
	switch {
	case schema == "" || isComponent(contract, schema):
		return typeName(contract, schema)
	case scalarTypes[schema] != "":
		return scalarTypes[schema]
	}
	return "any"
}

// scalarTypes are the Go types of scalars.
var scalarTypes = map[string]string{"string": "string", "boolean": "bool", "integer": "int64", "number": "float64"}

// isComponent reports whether the name is that of a schema and not of a type such as string.
func isComponent(contract *spec.Contract, name string) bool { return has(contract, name) }

func modelOf(contract *spec.Contract, schema string) *store.Model {
	for _, m := range contract.Models() {
		if m.Schema.Name() == schema {
			return m
		}
	}
	return nil
}

// clientTypes returns the schemas in the signatures of the client's methods.
func clientTypes(contract *spec.Contract) []string {
	found := map[string]bool{}
	for _, op := range contract.Operations() {
		s := op.Signature()
		if isComponent(contract, s.Body) {
			found[typeName(contract, s.Body)] = true
		}
		if s.Others {
			found[goName(op.ID)+"Params"] = true
		}
		if answer := strings.TrimPrefix(s.Answer, "Partial"); modelOf(contract, answer) != nil {
			found[typeName(contract, answer)] = true
		} else if isComponent(contract, s.Answer) {
			found[typeName(contract, s.Answer)] = true
		}
		if s.Filter != nil {
			found[typeName(contract, s.Filter.Schema)] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// listed returns the collections that have an operation with a filter.
func listed(contract *spec.Contract) []*store.Model {
	return slices.DeleteFunc(slices.Clone(contract.Models()), func(m *store.Model) bool {
		return !slices.ContainsFunc(contract.Operations(), func(op *spec.Operation) bool {
			s := op.Signature()
			return s.Filter != nil && s.Filter.Schema == m.Schema.Name()
		})
	})
}

// pages reports whether an operation returns a list that the client iterates over.
func pages(contract *spec.Contract) bool {
	return slices.ContainsFunc(contract.Operations(), func(op *spec.Operation) bool { return callOf(contract, op).Pages })
}

// converts reports whether a path parameter is not a string.
func converts(contract *spec.Contract) bool {
	return slices.ContainsFunc(contract.Operations(), func(op *spec.Operation) bool {
		return strings.Contains(callOf(contract, op).Arguments, "fmt.Sprint(")
	})
}

// goProperty is a property in Go: its name, its type and the expression that creates it.
type goProperty struct{ Go, Type, New string }

// conditions returns the properties that a where can name, with the operators that the contract declares for them.
func conditions(m *store.Model) ([]goProperty, error) {
	equal := filter.OpsOf(filter.Eq, filter.Neq, filter.Exists)
	ordered := filter.AllowedOps(filter.Date)
	values := map[filter.Type]string{filter.String: "string", filter.Integer: "int64", filter.Number: "float64", filter.Boolean: "bool"}
	var members []goProperty
	for _, p := range m.Columns {
		of, kind := m.Schema.Name(), "property"
		arguments := fmt.Sprintf("[%s, %s]", of, values[p.Type])
		switch {
		case p.Ops == 0:
			continue
		case p.Type == filter.String && p.Ops == filter.AllowedOps(filter.String):
			kind, arguments = "stringProperty", "["+of+"]"
		case p.Type == filter.Date && p.Ops&ordered == ordered:
			kind, arguments = "dateProperty", "["+of+"]"
		case p.Ops&ordered == ordered:
			kind = "orderedProperty"
		case p.Ops&equal != equal || p.Type == filter.Date:
			return nil, fmt.Errorf("schema %s, property %s: the Go client has no type for the operators %q", of, p.Name,
				p.Ops.Names())
		}
		members = append(members, goProperty{goName(p.Name), goName(kind) + arguments, fmt.Sprintf("%s%s(%q)", kind, arguments, p.Name)})
	}
	return members, nil
}

// sorts returns the properties that documents can be ordered by.
func sorts(m *store.Model) []goProperty {
	var members []goProperty
	for _, p := range m.Columns {
		if p.Array || p.Long {
			continue
		}
		kind := "SortProperty[" + m.Schema.Name() + "]"
		made := fmt.Sprintf("%s{key{name: %q}}", kind, p.Name)
		if !p.Required {
			made = fmt.Sprintf("%s{key{name: %q, nullable: true}}", kind, p.Name)
		}
		members = append(members, goProperty{goName(p.Name), kind, made})
	}
	return members
}

// taken are the other identifiers in the code of the methods, apart from those of Go.
var taken = strings.Fields("o ctx where filter body editors page api find query segment segments texts with receive done contenttype io " +
	"stream params context fmt iter http")

// hasSession reports whether the client can sign in and renew its tokens: whether the contract has the operations signIn, refresh and
// signOut of the engine's accounts, with the schemas of their bodies.
func hasSession(contract *spec.Contract) bool {
	for id, want := range map[string][2]string{"signIn": {"Credentials", "Token"}, "refresh": {"RefreshToken", "Token"}, "signOut": {}} {
		op := contract.ByID(id)
		if op == nil || op.Signature().Body != want[0] || op.Signature().Answer != want[1] || op.Signature().List ||
			strings.Contains(op.Path, "{") {
			return false
		}
	}
	return includes(contract, "Credentials", "email", "password") && includes(contract, "RefreshToken", "refresh_token") &&
		includes(contract, "Token", "token", "refresh_token", "expires_in", "user_id")
}

// includes reports whether a schema has and requires the properties.
func includes(contract *spec.Contract, schema string, properties ...string) bool {
	return !slices.ContainsFunc(properties, func(name string) bool { return !contract.Requires(schema, name) })
}

// authorizers returns the security schemes that the client's session does not authenticate with.
func authorizers(contract *spec.Contract) []spec.Scheme {
	return slices.DeleteFunc(contract.Schemes(), func(s spec.Scheme) bool { return s.Name == contract.AccountScheme() })
}

// usesHTTP reports whether the client's generated code needs net/http.
func usesHTTP(contract *spec.Contract) bool {
	return pages(contract) || slices.ContainsFunc(authorizers(contract), func(s spec.Scheme) bool {
		return s.In == "query" || s.In == "cookie" || s.HTTP == "basic"
	})
}

// argument returns the Go name of a path parameter: newsid for news_id.
func argument(p spec.PathParameter) string {
	name := strings.ToLower(cmp.Or(goName(p.Name), goName(p.GoName)))
	if token.IsKeyword(name) || types.Universe.Lookup(name) != nil || slices.Contains(taken, name) {
		return name + "Parameter"
	}
	return name
}
