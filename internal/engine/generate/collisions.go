package generate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// errCode is a message about generated code.
type errCode string

func (e errCode) Error() string { return string(e) }

// explain adds the places of the contract to an error about code: those with a name that the message contains.
func (e errCode) explain(document []byte) error {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return err
	}
	words := goIdentifier.FindAllString(string(e), -1)
	for _, word := range words {
		words = append(words, madeNames.ReplaceAllString(word, ""))
		if _, parameter, found := strings.Cut(word, "Params"); found && parameter != "" { // GetPetsParamsSort, an enum
			words = append(words, parameter)
		}
	}
	for _, m := range goVariable.FindAllStringSubmatch(string(e), -1) {
		words = append(words, m[1])
	}
	var places []string
	named(&root, "", words, &places)
	if len(places) == 0 {
		return e.orDigit(&root)
	}
	cause := fmt.Sprintf("names would be the same, or unknown, in Go (%s). Rename one of these; "+
		"a schema, a property or a parameter can have an x-go-name instead", string(e))
	if strings.Contains(string(e), "invalid receiver type") {
		cause = "a response without a type has none in Go. Write a type, such as type: object, into the schema of its response"
	}
	return fmt.Errorf("%s: %s:\n  %s", contractFile, cause, strings.Join(places, "\n  "))
}

// orDigit returns an error for the schemas whose names start with a digit, or the error itself: oapi-codegen names the types of the parts
// of a schema after it, but not its own.
func (e errCode) orDigit(document *yaml.Node) error {
	var places []string
	for key := range members(member(document.Content[0], "components", "schemas")) {
		if key.Value != "" && '0' <= key.Value[0] && key.Value[0] <= '9' {
			places = append(places, fmt.Sprintf("line %d: /components/schemas/%s", key.Line, key.Value))
		}
	}
	if places == nil {
		return e
	}
	return fmt.Errorf("%s: a schema with a oneOf, anyOf or allOf inside cannot have a name that starts with a digit (%s). Rename one of "+
		"these:\n  %s", contractFile, string(e), strings.Join(places, "\n  "))
}

var (
	goVariable   = regexp.MustCompile(`\b([a-z]\w*) (?:redeclared|\((?:local variable|parameter|variable)\b)`)
	goIdentifier = regexp.MustCompile(`\b[A-Z][A-Za-z0-9_]*`)
	madeNames    = regexp.MustCompile(`((\d{3}|\dXX|default)\w*Response|JSON(Response|RequestBody|Body)|Params|(Request|Response)Object)$`)
)

// named appends the places below a node whose names are one of the words in Go: the line and the JSON pointer.
func named(node *yaml.Node, pointer string, words []string, places *[]string) {
	for i, child := range node.Content {
		name, line := "", child.Line
		if node.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			name, line = node.Content[i-1].Value, node.Content[i-1].Line
		} else if node.Kind == yaml.SequenceNode {
			name = fmt.Sprint(i)
		}
		at := pointer
		if name != "" {
			at += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		}
		if isNamed(pointer) && slices.Contains(words, goName(name)) || child.Kind == yaml.ScalarNode &&
			slices.Contains([]string{"operationId", "x-go-name", "name"}, name) && (slices.Contains(words, goName(child.Value)) ||
			name == "name" && slices.Contains(words, variable(child.Value))) {
			*places = append(*places, fmt.Sprintf("line %d: %s", line, at))
		}
		named(child, at, words, places)
	}
}

// variable returns the name in generated code of the variable of a path parameter.
func variable(parameter string) string {
	name := []rune(goName(parameter))
	upper := slices.IndexFunc(name, func(r rune) bool { return !unicode.IsUpper(r) })
	if upper < 0 {
		return strings.ToLower(string(name))
	}
	return strings.ToLower(string(name[:max(upper-1, 1)])) + string(name[max(upper-1, 1):])
}

// isNamed reports whether the members of the object at a pointer are named by the author.
func isNamed(pointer string) bool {
	return strings.HasSuffix(pointer, "/properties") || strings.HasPrefix(pointer, "/components/") && strings.Count(pointer, "/") == 2
}
