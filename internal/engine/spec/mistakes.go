package spec

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
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

// partError is a mistake in a part of an operation.
type partError struct {
	at  []string // in the operation
	err error
}

func (e partError) Error() string { return e.err.Error() }
func (e partError) Unwrap() error { return e.err }

// inPart returns an error, or those that it joins, as mistakes in a part of an operation.
func inPart(err error, at ...string) error {
	var all []error
	for _, err := range joined(err) {
		all = append(all, partError{at, err})
	}
	return errors.Join(all...)
}

// placeError is a mistake at the keys that lead to its place.
type placeError struct {
	at  []string
	err error
}

func (e placeError) Error() string { return pointer(e.at) + ": " + e.err.Error() }

// lineError is a mistake of which the line is known.
type lineError struct {
	line   int
	at     []string
	text   string
	broken bool // what it is in cannot be read
}

func (e lineError) Error() string { return fmt.Sprintf("line %d, %s: %s", e.line, place(e.at), e.text) }

// mistakes are those in the structure of a document.
type mistakes struct{ err error }

// in returns a function that reports whether a part of the document has a mistake, or is in a part that has one.
func (m mistakes) in() func(at ...string) bool {
	var places [][]string
	for _, err := range joined(m.err) {
		known, is := errors.AsType[lineError](err)
		if errors.As(err, &placeError{}) || is && !known.broken || isReadable.MatchString(err.Error()) {
			continue
		}
		at, _ := whereIs(err)
		if len(at) > 0 && at[0] != "paths" && at[0] != "components" {
			at = nil // it may concern all
		}
		places = append(places, at)
	}
	return func(at ...string) bool {
		return slices.ContainsFunc(places, func(p []string) bool {
			n := min(len(p), len(at))
			return slices.Equal(p[:n], at[:n])
		})
	}
}

// isReadable matches the errors of kin in spite of which what they are in can be read.
var isReadable = regexp.MustCompile(`invalid example|refers to undefined security scheme`)

var (
	conflict  = regexp.MustCompile(`conflicting paths "([^"]*)" and "([^"]*)"`)
	undefined = regexp.MustCompile(`operation ([A-Z]+) (\S+) must define exactly all path parameters \(missing: \[(.*)\]\)`)
	notText   = regexp.MustCompile(`line (\d+): cannot unmarshal !!(\w+) into string field "([^"]*)"`)
)

// inPaths returns kin's errors about paths with their places and what to write instead, and other errors as they are.
func inPaths(err error) error {
	if m := conflict.FindStringSubmatch(err.Error()); m != nil {
		return placeError{[]string{"paths", m[1]}, fmt.Errorf("conflicting paths: it differs from %s in the names of parameters only; "+
			"move the operations of one to the other", m[2])}
	}
	if m := undefined.FindStringSubmatch(err.Error()); m != nil {
		return placeError{[]string{"paths", m[2], strings.ToLower(m[1])}, fmt.Errorf("the path and the parameters with `in: path` "+
			"differ in %s; write a parameter such as `{name: id, in: path, required: true, schema: {type: string}}` for each {name} in "+
			"the path, and no other", m[3])}
	}
	return err
}

// unquoted returns the error of a document that has a number or another value in place of a string with what to write.
func unquoted(err error) error {
	if err == nil {
		return nil
	}
	if m := notText.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("line %s: %s must be a string, but is of type %s; write it in quotes", m[1], m[3], m[2])
	}
	return err
}

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
		if placed, is := errors.AsType[lineError](err); is {
			found = append(found, mistake{placed.line, placed.Error()})
			continue
		}
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
	if err == nil {
		return nil
	}
	if several, is := err.(openapi3.MultiError); is { //nolint:errorlint // those within a mistake are a part of it
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
	if known, is := errors.AsType[lineError](err); is {
		return known.at, err.Error()
	}
	var placed placeError
	if errors.As(err, &placed) {
		return placed.at, err.Error()
	}
	var ours operationError
	if errors.As(err, &ours) {
		at = []string{"paths", ours.path, strings.ToLower(ours.method)}
		if part, is := errors.AsType[partError](err); is {
			at = append(at, part.at...)
		}
		return at, err.Error()
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
		if n, err := strconv.Atoi(name); node.Kind == yaml.SequenceNode && err == nil && n < len(node.Content) {
			line, node = node.Content[n].Line, node.Content[n]
			continue
		}
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
