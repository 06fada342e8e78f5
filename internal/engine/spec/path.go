package spec

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var wholeParameter = regexp.MustCompile(`^\{[^{}]+\}$`)

// checkPath returns an error for a path that the router cannot match, or that is one of the server's own pages.
func checkPath(path string) error {
	if path == "/explorer" || strings.HasPrefix(path, "/explorer/") ||
		slices.Contains([]string{"/", "/openapi.json", "/openapi.yaml", "/openapi.plain.json"}, path) {
		return errors.New("the path is a page of the server (the start page, the explorer or the contract); use another path")
	}
	if strings.HasSuffix(path, "/") {
		return errors.New("the path ends with a slash, which is removed from requests; remove it")
	}
	for segment := range strings.SplitSeq(path, "/") {
		if strings.ContainsAny(segment, "{}") && !wholeParameter.MatchString(segment) {
			return fmt.Errorf("a parameter must be a whole segment of the path, unlike %s; use /{id}/activate in place of /{id}:activate, "+
				"and a parameter in place of the .json in /{id}.json", segment)
		}
		if strings.ContainsAny(segment, ":*") {
			return fmt.Errorf("the segment %s has a character that is not supported in paths (: or *)", segment)
		}
	}
	return nil
}
