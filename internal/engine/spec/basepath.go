package spec

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// BasePath returns the path of the contract's servers, below which all operations are: "/api/v1", or "" for the root. The variables of a
// server URL have their defaults, and a relative URL is relative to /openapi.json.
func (c *Contract) BasePath() string { return c.basePath }

// readBasePath sets the base path. All servers must have the same: every operation is served at one path.
func (c *Contract) readBasePath() error {
	origin := ""
	var mistakes []error
	check := func(servers openapi3.Servers, place ...string) {
		for i, server := range servers {
			at := append(slices.Clone(place), "servers", strconv.Itoa(i))
			path, err := basePath(server)
			if origin == "" && err == nil {
				c.basePath, origin = path, pointer(at)
			}
			if err == nil && path != c.basePath {
				err = fmt.Errorf("the path of the URL is %q, but that of %s is %q; the server serves all operations below one path, "+
					"so use the same path in all servers", path+"/", origin, c.basePath+"/")
			}
			if err != nil {
				mistakes = append(mistakes, placeError{at, err})
			}
		}
	}
	check(c.doc.Servers)
	if len(c.doc.Servers) == 0 {
		origin = "the document, without servers,"
	}
	for path, item := range c.doc.Paths.Map() {
		check(item.Servers, "paths", path)
		for method, op := range item.Operations() {
			if op.Servers != nil {
				check(*op.Servers, "paths", path, strings.ToLower(method))
			}
		}
	}
	return errors.Join(mistakes...)
}

// basePathPattern matches the paths that mean the same in a URL, in the router and in a page.
var basePathPattern = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$`)

func basePath(server *openapi3.Server) (string, error) {
	text := server.URL
	for name, variable := range server.Variables {
		text = strings.ReplaceAll(text, "{"+name+"}", variable.Default)
	}
	u, err := url.Parse(text)
	if err != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("invalid URL %q; use a URL without a query and a fragment, such as /api/v1 or https://example.com/v1", text)
	}
	path := strings.TrimRight((&url.URL{Path: "/openapi.json"}).ResolveReference(u).EscapedPath(), "/")
	if !basePathPattern.MatchString(path) {
		return "", fmt.Errorf("the path %q of the URL is not supported; use letters, digits and -._~ in its segments", path)
	}
	return path, nil
}
