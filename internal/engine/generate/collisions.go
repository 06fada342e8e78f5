package generate

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// maxCollisions limits how many collisions are reported at once.
const maxCollisions = 20

// texts returns the generated files of a folder by their names, or the names of the document that would be the same in Go, in the order of
// their lines. To find the next collision, it renames what collides in a copy of the completed document.
func texts(contract *spec.Contract, folder string, document, completed []byte) (files map[string][]byte, collisions, err error) {
	var found []error
	for len(found) < maxCollisions {
		files, err := generated(contract, folder, completed)
		code := errCode("")
		if !errors.As(err, &code) {
			if found == nil {
				return files, nil, err
			}
			break
		}
		places, explained := code.explain(document)
		isKnown := func(err error) bool { return err.Error() == explained.Error() }
		if slices.ContainsFunc(found, isKnown) || found != nil && places == nil {
			break // another name does not help
		}
		found = append(found, explained)
		if completed, contract = renamed(completed, places, len(found)); contract == nil {
			break
		}
	}
	return nil, inOrder(found...), nil
}

// renamed returns the document in which all but the first of several places have other names in Go, and its contract, or nil.
func renamed(document []byte, places []place, number int) ([]byte, *spec.Contract) {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return nil, nil
	}
	for i, p := range places {
		if i > 0 || len(places) == 1 {
			rename(root.Content[0], p.pointer, fmt.Sprintf("Renamed%dx%d", number, i))
		}
	}
	text, err := yaml.Marshal(&root)
	if err != nil {
		return nil, nil
	}
	contract, err := spec.Load(text)
	if err != nil {
		return nil, nil
	}
	return text, contract
}

// rename gives what is at a pointer another name in Go.
func rename(root *yaml.Node, pointer, name string) {
	of, last := root, ""
	for key := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if last != "" {
			of = child(of, last)
		}
		last = strings.NewReplacer("~1", "/", "~0", "~").Replace(key)
	}
	at := child(of, last)
	switch {
	case isNamed(pointer[:strings.LastIndexByte(pointer, '/')]):
		of, last = at, "x-go-name"
	case last == "name":
		last = "x-go-name"
	}
	if value := member(of, last); value != nil {
		value.Value = name
	} else if of != nil && of.Kind == yaml.MappingNode {
		set(of, last, scalar(name))
	}
}

// child returns the member or item of a node with a key, or nil.
func child(node *yaml.Node, key string) *yaml.Node {
	node = resolve(node)
	if i, err := strconv.Atoi(key); err == nil && node != nil && node.Kind == yaml.SequenceNode && i < len(node.Content) {
		return resolve(node.Content[i])
	}
	return member(node, key)
}

// errCode is a message about generated code.
type errCode string

func (e errCode) Error() string { return string(e) }

// explain returns the error with its places in the document: those with a name that the message contains.
func (e errCode) explain(document []byte) ([]place, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return nil, err
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
	var places []place
	named(&root, "", words, &places)
	why := "the names would be the same, or unknown, in Go (%s); rename one of them, or add an x-go-name to a schema, a property or a " +
		"parameter"
	if strings.Contains(string(e), "invalid receiver type") {
		why = "a response without a type has none in Go (%s); write a type, such as type: object, into the schema of its response"
	}
	if strings.Contains(string(e), "invalid recursive type") {
		why = "a type in Go cannot contain itself (%s); make one of the properties that lead back to it optional, and a list of lists of " +
			"itself a property of an object"
	}
	if len(places) == 0 {
		return nil, e
	}
	slices.SortStableFunc(places, func(a, b place) int { return a.line - b.line })
	texts := make([]string, len(places))
	for i, p := range places {
		texts[i] = fmt.Sprintf("line %d: %s", p.line, p.pointer)
	}
	return places, fmt.Errorf("%s: "+why, strings.Join(texts, ", "), string(e))
}

// place is where a name is in a document.
type place struct {
	line    int
	pointer string
}

var (
	goVariable   = regexp.MustCompile(`\b([a-z]\w*) (?:redeclared|\((?:local variable|parameter|variable)\b)`)
	goIdentifier = regexp.MustCompile(`\b[A-Z][A-Za-z0-9_]*`)
	madeNames    = regexp.MustCompile(`((\d{3}|\dXX|default)\w*Response|JSON(Response|RequestBody|Body)|Params|(Request|Response)Object)$`)
)

// named appends the places below a node whose names are one of the words in Go: the line and the JSON pointer.
func named(node *yaml.Node, pointer string, words []string, places *[]place) {
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
			*places = append(*places, place{line, at})
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
