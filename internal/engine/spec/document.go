package spec

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// checkDocument returns an error for mistakes that kin ignores: duplicate keys, of which kin uses the last, and unknown or misplaced
// extensions. A misspelt or misplaced protection must not be ignored.
func checkDocument(document []byte) error {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return err
	}
	for _, node := range root.Content {
		if err := checkNode(node, nil, false); err != nil {
			return err
		}
	}
	return nil
}

// checkNode checks the node at a location. If names is true, its keys are names chosen by the author of the contract.
func checkNode(node *yaml.Node, at []string, names bool) error {
	if node.Kind == yaml.SequenceNode {
		for i, item := range node.Content {
			if err := checkNode(item, append(slices.Clip(at), fmt.Sprint(i)), false); err != nil {
				return err
			}
		}
	}
	if node.Kind != yaml.MappingNode {
		return nil
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if line, twice := seen[key.Value]; twice {
			return fmt.Errorf("line %d, %s: duplicate key %s, first used in line %d", key.Line, place(at), key.Value, line)
		}
		seen[key.Value] = key.Line
		if !names && strings.HasPrefix(key.Value, "x-") {
			if known := wordsAt(node, at); !slices.Contains(known, key.Value) {
				return fmt.Errorf("line %d, %s: unknown extension %s; known extensions here: %q", key.Line, place(at), key.Value, known)
			}
			continue
		}
		if !names && isData(key.Value, at) {
			continue
		}
		if err := checkNode(value, append(slices.Clip(at), key.Value), !names && namesIn(key.Value, at)); err != nil {
			return err
		}
	}
	return nil
}

// wordsAt returns the extensions that are allowed in the mapping at a location. None is allowed next to a $ref, because OpenAPI 3.0
// ignores all other keys there.
func wordsAt(node *yaml.Node, at []string) []string {
	n := len(at)
	switch {
	case slices.ContainsFunc(node.Content, func(key *yaml.Node) bool { return key.Value == "$ref" }):
		return nil
	case n == 0:
		return []string{xLimits, xRoles}
	case n == 3 && at[0] == "paths":
		return []string{xScopes, xLimits}
	case n == 3 && at[0] == "components" && at[1] == "securitySchemes":
		return []string{xToken}
	case n == 3 && at[0] == "components" && at[1] == "schemas":
		return []string{xCollection, xDefault, xCodes}
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
