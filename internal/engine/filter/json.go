package filter

import (
	"fmt"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/strictjson"
)

// node is a JSON value. Numbers keep their text, so that no digits are lost.
type node struct {
	name string // in the object that holds it
	kind kind
	text string // of a string: its value; of a number: its literal
	kids []node // of an object or an array
}

type kind uint8

const (
	null kind = iota
	boolFalse
	boolTrue
	number
	text
	array
	object
)

// decode parses strict JSON (package strictjson) in which arrays and objects nest at most depth deep. It returns the problem if there is
// one.
func decode(data []byte, depth int) (node, *fault.Field) {
	n, err := strictjson.Read(data, depth, nodes{})
	if err == nil {
		return n, nil
	}
	switch err.Kind {
	case strictjson.Depth:
		return n, &fault.Field{Code: "depth", Message: fmt.Sprintf("must NOT nest deeper than %d levels", depth),
			Info: map[string]any{"limit": depth}}
	case strictjson.Duplicate:
		return n, &fault.Field{Code: "uniqueNames", Message: "must NOT have two members of the same name",
			Info: map[string]any{"name": clip(err.Name)}}
	}
	return n, &fault.Field{Code: "syntax", Message: "must be JSON: " + err.Error(), Info: map[string]any{"offset": err.Offset}}
}

// nodes builds nodes.
type nodes struct{}

func (nodes) Null() node                 { return node{kind: null} }
func (nodes) Number(literal string) node { return node{kind: number, text: literal} }
func (nodes) String(s string) node       { return node{kind: text, text: s} }
func (nodes) Array(kids []node) node     { return node{kind: array, kids: kids} }
func (nodes) Bool(b bool) node {
	if b {
		return node{kind: boolTrue}
	}
	return node{kind: boolFalse}
}
func (nodes) Object(names []string, kids []node) node {
	for i, name := range names {
		kids[i].name = name
	}
	return node{kind: object, kids: kids}
}
