package spec

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v4"
)

// operationError is a mistake in an operation.
type operationError struct {
	method, path string
	err          error
}

func (e operationError) Error() string { return fmt.Sprintf("%s %s: %v", e.method, e.path, e.err) }
func (e operationError) Unwrap() error { return e.err }

// placeError is a mistake at the keys that lead to its place.
type placeError struct {
	at  []string
	err error
}

func (e placeError) Error() string { return pointer(e.at) + ": " + e.err.Error() }

// inOrder returns an error, or those that it joins, as one, in the order of their lines in the document, each with its line if it names its
// place. Equal ones are one.
func inOrder(document []byte, err error) error {
	mistakes := joined(err)
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return err
	}
	type mistake struct {
		line int
		text string
	}
	var found []mistake
	for _, err := range mistakes {
		at, text := whereIs(err)
		first, _, _ := strings.Cut(text, "\n") // kin appends the schema and the value
		if len(at) > 0 {
			first = fmt.Sprintf("line %d: %s", lineOf(&root, at), first)
		}
		found = append(found, mistake{lineOf(&root, at), first})
	}
	slices.SortFunc(found, func(a, b mistake) int { return cmp.Or(a.line-b.line, strings.Compare(a.text, b.text)) })
	var lines []error
	for _, m := range slices.Compact(found) {
		lines = append(lines, errors.New(m.text))
	}
	return errors.Join(lines...)
}

// joined returns the errors that an error joins.
func joined(err error) (all []error) {
	if several := openapi3.MultiError(nil); errors.As(err, &several) {
		return several
	}
	several, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	for _, part := range several.Unwrap() {
		all = append(all, joined(part)...)
	}
	return all
}

// whereIs returns the keys that lead to the place of a mistake, and a text that names the place.
func whereIs(err error) (at []string, text string) {
	var placed placeError
	if errors.As(err, &placed) {
		return placed.at, err.Error()
	}
	var ours operationError
	if errors.As(err, &ours) {
		return []string{"paths", ours.path, strings.ToLower(ours.method)}, err.Error()
	}
	rest := err
	if !errors.As(err, new(*openapi3.SectionValidationError)) {
		return nil, err.Error()
	}
	if section := (*openapi3.SectionValidationError)(nil); errors.As(err, &section) {
		at, rest = append(at, section.Section), section.Cause
	}
	if path := (*openapi3.PathValidationError)(nil); errors.As(err, &path) {
		at, rest = append(at, path.Path), path.Cause
	}
	if op := (*openapi3.OperationValidationError)(nil); errors.As(err, &op) {
		at, rest = append(at, strings.ToLower(op.Method)), op.Cause
	}
	if component := (*openapi3.ComponentValidationError)(nil); errors.As(err, &component) {
		words := strings.Fields(component.Section) // such as "request body"
		for i := range words[1:] {
			words[i+1] = strings.ToUpper(words[i+1][:1]) + words[i+1][1:]
		}
		section := strings.Join(words, "") + "s"
		if section == "requestBodys" {
			section = "requestBodies"
		}
		at, rest = append(at, section, component.Name), component.Cause
	}
	named := place(at)
	if len(at) == 3 && at[0] == "paths" {
		named = strings.ToUpper(at[2]) + " " + at[1]
	} else if len(at) == 2 && at[0] == "paths" {
		named = at[1]
	}
	return at, named + ": " + rest.Error()
}

// lineOf returns the line of the last key that is there.
func lineOf(node *yaml.Node, at []string) int {
	line := 1
	for node.Kind == yaml.DocumentNode && len(node.Content) > 0 {
		node = node.Content[0]
	}
	for _, name := range at {
		if node.Kind != yaml.MappingNode {
			break
		}
		i := slices.IndexFunc(node.Content, func(key *yaml.Node) bool { return key.Value == name })
		if i < 0 || i%2 != 0 {
			break
		}
		line, node = node.Content[i].Line, node.Content[i+1]
	}
	return line
}
