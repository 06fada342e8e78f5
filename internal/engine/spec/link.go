package spec

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-openapi/jsonpointer"
)

// Link is an OpenAPI link (3.0.3, section 4.7.20): it describes how a response leads to a request of another operation.
type Link struct {
	Operation  string            // its operationId
	parameters map[string]string // expressions or values by name, which may have a prefix such as "header."
}

// Exchange is a request and its response, from which a link takes its values.
type Exchange struct {
	Path     map[string]string // the path parameters
	Request  []byte            // its body
	Header   http.Header       // of the response
	Response []byte            // the response's body
}

// Links returns the links of a documented status, sorted by name.
func (o *Operation) Links(status int) (links []Link) {
	response := o.responses.Value(strconv.Itoa(status))
	if response == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(response.Value.Links)) {
		link := response.Value.Links[name].Value
		parameters := map[string]string{}
		for name, value := range link.Parameters {
			parameters[name] = fmt.Sprint(value)
		}
		links = append(links, Link{link.OperationID, parameters})
	}
	return links
}

// Follow returns the path parameters and header fields that the link sets in a request of its operation. It returns false if the
// exchange lacks a value.
func (l Link) Follow(e Exchange) (path map[string]string, header http.Header, ok bool) {
	path, header = map[string]string{}, http.Header{}
	for name, expression := range l.parameters {
		value, found := e.value(expression)
		text := fmt.Sprint(value)
		if !found || text == "" {
			return nil, nil, false
		}
		if field, is := strings.CutPrefix(name, "header."); is {
			header.Set(field, text)
		} else {
			path[strings.TrimPrefix(name, "path.")] = text
		}
	}
	return path, header, true
}

// value evaluates a runtime expression (OpenAPI 3.0.3, section 4.7.20.4). Other strings are literal values.
func (e *Exchange) value(expression string) (any, bool) {
	kind, rest, _ := strings.Cut(expression, ".")
	place, name, _ := strings.Cut(rest, ".")
	switch {
	case !strings.HasPrefix(expression, "$"):
		return expression, true
	case kind == "$request" && place == "path":
		value, found := e.Path[name]
		return value, found
	case kind == "$response" && place == "header":
		return e.Header.Get(name), e.Header.Get(name) != ""
	case kind == "$request" && strings.HasPrefix(rest, "body#"):
		return At(e.Request, strings.TrimPrefix(rest, "body#"))
	case kind == "$response" && strings.HasPrefix(rest, "body#"):
		return At(e.Response, strings.TrimPrefix(rest, "body#"))
	}
	return nil, false
}

// At returns the value at a JSON pointer (RFC 6901) in a JSON text. It returns false if there is no such value.
func At(text []byte, pointer string) (any, bool) {
	var document any
	if json.Unmarshal(text, &document) != nil {
		return nil, false
	}
	path, err := jsonpointer.New(pointer)
	if err != nil {
		return nil, false
	}
	value, _, err := path.Get(document)
	return value, err == nil
}

// checkLinks returns an error for links to unknown operations and for links that Follow does not support.
func (c *Contract) checkLinks() error {
	for _, op := range c.operations {
		for status, response := range op.responses.Map() {
			for name, link := range response.Value.Links {
				place := fmt.Sprintf("%s: status %s: link %s", op.ID, status, name)
				if c.ByID(link.Value.OperationID) == nil {
					return fmt.Errorf("%s: unknown operationId %q", place, link.Value.OperationID)
				}
				if link.Value.RequestBody != nil {
					return fmt.Errorf("%s: requestBody is not supported; remove it: OpenAPI parsers of many generators reject objects",
						place)
				}
			}
		}
	}
	return nil
}
