package spec

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// checkDocument returns an error with all mistakes that kin ignores: duplicate keys, of which kin uses the last, and misspelt or misplaced
// extensions of this server, because a protection must not be ignored. Extensions of other tools are allowed everywhere.
func checkDocument(document []byte) error {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return err
	}
	var mistakes []error
	for _, node := range root.Content {
		mistakes = append(mistakes, checkNode(node, nil, false)...)
	}
	return errors.Join(mistakes...)
}

// checkNode checks the node at a location. If names is true, its keys are names chosen by the author of the contract.
func checkNode(node *yaml.Node, at []string, names bool) (mistakes []error) {
	if node.Kind == yaml.SequenceNode {
		for i, item := range node.Content {
			if item.Tag == "!!null" {
				mistakes = append(mistakes, lineError{item.Line, at, fmt.Sprintf("item %d has no value; write one, or remove the line", i),
					true})
			}
			mistakes = append(mistakes, checkNode(item, append(slices.Clip(at), fmt.Sprint(i)), false)...)
		}
	}
	if node.Kind != yaml.MappingNode {
		return mistakes
	}
	add := func(line int, format string, args ...any) {
		mistakes = append(mistakes, lineError{line, at, fmt.Sprintf(format, args...), isBroken.MatchString(format)})
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if line, twice := seen[key.Value]; twice {
			add(key.Line, "duplicate key %s, first used in line %d", key.Value, line)
			continue
		}
		seen[key.Value] = key.Line
		if !names && strings.HasPrefix(key.Value, "x-") {
			known := wordsAt(node, at)
			switch word := nearestWord(key.Value); {
			case word == "" || slices.Contains(known, key.Value):
			case word == key.Value:
				add(key.Line, "%s is not allowed here; known extensions here: %q", key.Value, known)
			default:
				add(key.Line, "unknown extension %s; did you mean %s? known extensions here: %q", key.Value, word, known)
			}
			continue
		}
		if n := len(at); key.Value == "format" && value.Value == "binary" && n > 1 && at[n-2] == "properties" &&
			!slices.Contains(at, multipartType) && at[0] != "components" { // there, operations check it
			add(value.Line, "format binary is not possible in JSON; use format byte, which is base64")
		}
		if n := len(at); n > 1 && at[n-1] == "mapping" && at[n-2] == "discriminator" && !strings.HasPrefix(value.Value, "#") &&
			strings.ContainsAny(value.Value, "/#") {
			add(value.Line, "the mapping of %s leads to another file, %s; write the name of a component, such as Pet", key.Value,
				value.Value)
		}
		if key.Value == "$ref" && !names && value.Kind == yaml.ScalarNode && !strings.HasPrefix(value.Value, "#") {
			add(value.Line, "$ref %s leads to another file; move openapi.yaml with its files into the folder contract, from which "+
				"go generate makes openapi.yaml", value.Value)
		}
		if key.Value == "$ref" && !names && strings.HasPrefix(value.Value, "#") && !componentReference.MatchString(value.Value) {
			add(value.Line, "$ref %s does not lead to a component; write what is there as a component, and refer to it, such as "+
				"#/components/schemas/Pet", value.Value)
		}
		if value.Kind == yaml.ScalarNode && value.Tag == "!!null" && (names || key.Value == "security" || !isData(key.Value, at)) {
			add(key.Line, "%s has no value; write one, or remove the line", key.Value)
		}
		if !names && isData(key.Value, at) {
			continue
		}
		mistakes = append(mistakes, checkNode(value, append(slices.Clip(at), key.Value), !names && namesIn(key.Value, at))...)
	}
	return mistakes
}

// isBroken matches the mistakes because of which what they are in cannot be read.
var isBroken = regexp.MustCompile(`^duplicate key|has no value`)

// componentReference matches references that code can be generated for.
var componentReference = regexp.MustCompile(`^#/components/[A-Za-z]+/[^/]+$`)

// nearestWord returns the extension of this server that a key is or is likely to mean, or an empty string for one of another tool.
func nearestWord(key string) string {
	for _, word := range []string{xScopes, xErrorCodes, xLimits, xRoles, xCollection, xToken, xCodes, xDefault, xWas,
		xRemoved} {
		if distance(key, word) <= 2 {
			return word
		}
	}
	return ""
}

// distance returns the number of characters to insert, delete or replace to make one text the other (Levenshtein distance).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// wordsAt returns the extensions that are allowed in the mapping at a location. Only x-was is allowed next to a $ref, because OpenAPI 3.0
// ignores all other keys there, and so do other tools.
func wordsAt(node *yaml.Node, at []string) []string {
	n := len(at)
	switch {
	case slices.ContainsFunc(node.Content, func(key *yaml.Node) bool { return key.Value == "$ref" }):
		if n == 5 && at[1] == "schemas" && at[3] == "properties" {
			return []string{xWas}
		}
		return nil
	case n == 0:
		return []string{xLimits, xRoles}
	case n == 3 && at[0] == "paths":
		return []string{xScopes, xErrorCodes, xLimits}
	case n == 3 && at[0] == "components" && at[1] == "securitySchemes":
		return []string{xToken}
	case n == 3 && at[0] == "components" && at[1] == "schemas":
		return []string{xCollection, xDefault, xCodes, xRemoved}
	case n == 5 && at[1] == "schemas" && at[3] == "properties":
		return []string{xDefault, xCodes, xWas}
	case n > 1 && at[n-2] == "properties":
		return []string{xDefault, xCodes}
	case n > 0 && slices.Contains([]string{"schema", "items", "not", "additionalProperties"}, at[n-1]),
		n > 1 && slices.Contains([]string{"allOf", "oneOf", "anyOf"}, at[n-2]):
		return []string{xCodes}
	}
	return nil
}

// isData reports whether the value of a key is data, such as an example or an enum, and not a part of the document's structure.
func isData(key string, at []string) bool {
	inside := ""
	if len(at) > 0 {
		inside = at[len(at)-1]
	}
	return slices.Contains([]string{"example", "enum", "value", "security"}, key) || key == "default" && inside != "responses"
}

// namesIn reports whether the keys of the mapping under a key are names.
func namesIn(key string, at []string) bool {
	if key == "responses" { // names in components; statuses in an operation
		return len(at) == 1
	}
	return slices.Contains([]string{"properties", "schemas", "parameters", "examples", "requestBodies", "headers", "securitySchemes",
		"links", "callbacks", "content", "encoding", "variables", "scopes", "mapping"}, key)
}

func place(at []string) string {
	if len(at) == 0 {
		return "the root"
	}
	return pointer(at)
}
