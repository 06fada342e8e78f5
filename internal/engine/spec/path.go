package spec

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// checkPath returns an error for a path that cannot be routed, or that is one of the server's own pages. The start page gives way to an
// operation.
func checkPath(base, path string) error {
	whole := base + path
	if whole == "/explorer" || strings.HasPrefix(whole, "/explorer/") ||
		slices.Contains([]string{"/openapi.json", "/openapi.yaml", "/openapi.plain.json"}, whole) {
		return errors.New("the path is a page of the server (the explorer or the contract); use another path")
	}
	literals := pathParameter.ReplaceAllString(path, "\x00")
	switch {
	case strings.Contains(literals, "\x00\x00"):
		return errors.New("two parameters are next to each other, so their values cannot be told apart; put a character between them")
	case strings.ContainsAny(literals, "{}?#%\\ ") || strings.Contains(literals, "//"):
		return errors.New("the path has a character that is not supported in paths: one of {}?#%\\, a space, or an empty segment")
	}
	return nil
}

// PathPattern returns a regular expression for escaped paths without the base path, and the names of the parameters that its groups match.
// The characters of a template may be escaped in a path. A path whose template ends with a slash may lack it, except for DELETE.
func (o *Operation) PathPattern() (pattern *regexp.Regexp, names []string) { return o.pattern, o.names }

func (o *Operation) readPath() {
	template := o.Path
	if len(template) > 1 && o.Method != http.MethodDelete {
		template = strings.TrimSuffix(template, "/") // as in requests
	}
	var b strings.Builder
	at := 0
	for _, match := range pathParameter.FindAllStringSubmatchIndex(template, -1) {
		b.WriteString(literalPattern(template[at:match[0]]) + "([^/]+)")
		o.names, at = append(o.names, template[match[2]:match[3]]), match[1]
	}
	o.pattern = regexp.MustCompile("^" + b.String() + literalPattern(template[at:]) + "$")
}

// literalPattern matches a text in a path, in which any character but letters, digits and slashes may be escaped.
func literalPattern(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == '/' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			b.WriteRune(r)
			continue
		}
		var escaped strings.Builder
		for _, c := range []byte(string(r)) {
			fmt.Fprintf(&escaped, "%%%02X", c)
		}
		b.WriteString("(?:" + regexp.QuoteMeta(string(r)) + "|(?i:" + escaped.String() + ")|" +
			regexp.QuoteMeta(url.PathEscape(string(r))) + ")")
	}
	return b.String()
}

// Precedes reports whether the operation is meant by a path that the patterns of both operations match: in the first segment in which
// they differ, its parameters leave more of the segment to literal characters.
func (o *Operation) Precedes(other *Operation) bool {
	mine, theirs := strings.Split(o.Path, "/"), strings.Split(other.Path, "/")
	for i := range min(len(mine), len(theirs)) {
		a, b := pathParameter.ReplaceAllString(mine[i], ""), pathParameter.ReplaceAllString(theirs[i], "")
		if whole := a == mine[i]; whole != (b == theirs[i]) {
			return whole
		}
		if len(a) != len(b) {
			return len(a) > len(b)
		}
	}
	return false
}
