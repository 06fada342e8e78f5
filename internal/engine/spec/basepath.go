package spec

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// BasePath returns the path of the contract's servers, below which all operations are: "/api/v1", or "" for the root. The variables of a
// server URL have their defaults, and a relative URL is relative to /openapi.json.
func (c *Contract) BasePath() string { return c.basePath }

// readBasePath sets the base path. All servers must have the same: every operation is served at one path.
func (c *Contract) readBasePath() error {
	first, origin := "", ""
	check := func(place string, servers openapi3.Servers) error {
		for i, server := range servers {
			at := fmt.Sprintf("%s/servers/%d", place, i)
			path, err := basePath(server)
			if err != nil {
				return fmt.Errorf("%s: %w", at, err)
			}
			if origin == "" {
				first, origin = path, at
			}
			if path != first {
				return fmt.Errorf("%s: the path of the URL is %q, but that of %s is %q; the server serves all operations below one path, "+
					"so use the same path in all servers", at, path+"/", origin, first+"/")
			}
		}
		return nil
	}
	if err := check("", c.doc.Servers); err != nil {
		return err
	}
	if origin == "" {
		origin = "the document (without servers)"
	}
	for _, path := range c.doc.Paths.InMatchingOrder() {
		item, place := c.doc.Paths.Value(path), "/paths/"+strings.ReplaceAll(path, "/", "~1")
		if err := check(place, item.Servers); err != nil {
			return err
		}
		for method, op := range item.Operations() {
			if op.Servers == nil {
				continue
			}
			if err := check(place+"/"+strings.ToLower(method), *op.Servers); err != nil {
				return err
			}
		}
	}
	c.basePath = first
	return nil
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
