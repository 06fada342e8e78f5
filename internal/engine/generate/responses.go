package generate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// madeMark ends the line of a response that Complete has added.
const madeMark = " # made"

// operation is an operation of the document and what it is about.
type operation struct {
	path, method, tag      string
	item, node, responses  *yaml.Node
	key                    *yaml.Node // responses
	root                   *yaml.Node
	collection, bodySchema string // schemas; empty: none
}

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

func operations(root *yaml.Node) (found []*operation) {
	for path, item := range members(member(root, "paths")) {
		for method, node := range members(item) {
			if !slices.Contains(methods, method.Value) {
				continue
			}
			op := &operation{path: path.Value, method: method.Value, item: item, node: node, root: root}
			op.key, op.responses = entry(node, "responses")
			if tags := member(node, "tags"); tags != nil && len(tags.Content) > 0 {
				op.tag = value(resolve(tags.Content[0]))
			}
			found = append(found, op)
		}
	}
	return found
}

// addResponses adds to every operation the error responses that it can have.
func (c *completer) addResponses() error {
	all := operations(c.root)
	for _, op := range all {
		op.bodySchema = schemaIn(op.requestBody())
		op.collection = c.collectionOf(op)
	}
	others := make([]string, len(all))
	for i, op := range all {
		others[i] = cmp.Or(op.collection, related(op, all))
	}
	for i, op := range all {
		op.collection = others[i]
		if err := c.addResponsesTo(op); err != nil {
			return err
		}
	}
	return nil
}

func (c *completer) addResponsesTo(op *operation) error {
	follows := map[string]string{}
	for status, name := range c.statuses(op) {
		if member(op.responses, status) == nil && member(op.responses, status[:1]+"XX") == nil && member(op.responses, "default") == nil {
			follows[status] = name
		}
	}
	if op.responses == nil || len(follows) == 0 {
		return nil
	}
	if before, shared := c.shared[op.responses]; shared { // an alias, or what a merge key adds
		maps.DeleteFunc(follows, func(status, _ string) bool { return slices.Contains(before, status) })
		if len(follows) == 0 {
			return nil
		}
		return fmt.Errorf("contract: line %d: the responses of %s %s are those of another operation, too (as an alias or by a merge key), "+
			"so that %s cannot be added; write them out for one of the two", op.key.Line, strings.ToUpper(op.method), op.path,
			strings.Join(slices.Sorted(maps.Keys(follows)), ", "))
	}
	c.shared[op.responses] = slices.Collect(maps.Keys(follows))
	if op.responses.Kind != yaml.MappingNode || op.responses.Style&yaml.FlowStyle != 0 || len(op.responses.Content) == 0 {
		return fmt.Errorf("contract: line %d: the responses of %s %s are in braces, so that %s cannot be added; write one status per line",
			op.key.Line, strings.ToUpper(op.method), op.path, strings.Join(slices.Sorted(maps.Keys(follows)), ", "))
	}
	indent, end := op.responses.Content[0].Column-1, c.end(op.responses.Content[0].Line)
	added := map[int][]string{}
	for _, status := range slices.Sorted(maps.Keys(follows)) {
		at := end
		for i := 0; i+1 < len(op.responses.Content); i += 2 {
			if k := op.responses.Content[i]; k.Tag != "!!merge" && k.Value > status {
				at = c.start(k.Line)
				break
			}
		}
		ref := "#/components/responses/" + follows[status]
		added[at] = append(added[at], strings.Repeat(" ", indent)+"'"+status+"': {$ref: '"+ref+"'}"+madeMark)
		if err := c.addComponent(ref); err != nil {
			return err
		}
	}
	for at, lines := range added {
		c.changes = append(c.changes, change{line: at, insert: lines})
	}
	return nil
}

// statuses returns the error statuses that follow from an operation, each with its response.
func (c *completer) statuses(op *operation) map[string]string {
	found := map[string]string{"400": "BadRequest"}
	if op.signedIn() {
		found["401"] = "Unauthorized"
	}
	if len(content(member(op.node, "x-required-scopes"))) > 0 || op.deniesCredentials() || c.deniesOthers(op) {
		found["403"] = "Forbidden"
	}
	if strings.Contains(op.path, "{") {
		found["404"] = "NotFound"
	}
	if c.writesUnique(op) {
		found["409"] = "Conflict"
	}
	if op.hasPrecondition() {
		found["412"] = "PreconditionFailed"
	}
	if op.requestBody() != nil {
		found["413"], found["415"], found["422"] = "PayloadTooLarge", "UnsupportedMediaType", "UnprocessableEntity"
	}
	if len(content(op.limit("concurrent"))) > 0 {
		found["429"] = "TooManyConcurrentRequests"
	}
	if len(content(op.limit("rate"))) > 0 {
		found["429"] = "TooManyRequests"
	}
	if op.signedIn() || op.requestBody() != nil || op.collection != "" {
		found["503"] = "Unavailable"
	}
	return found
}

// deniesOthers reports whether the operation can be forbidden because of the owner of a document, or of the owner's quota.
func (c *completer) deniesOthers(op *operation) bool {
	x := member(c.schemas, op.collection, "x-collection")
	if member(x, "owner") == nil || op.method == "get" || op.method == "head" {
		return false
	}
	return strings.Contains(op.path, "{") && !isTrue(member(x, "private")) || op.bodySchema != "" && member(x, "quota") != nil
}

// writesUnique reports whether the body of the operation has a property of a unique index.
func (c *completer) writesUnique(op *operation) bool {
	written := member(c.schemas, op.bodySchema, "properties")
	if x, _ := c.deriver.collection(op.bodySchema); written == nil && x != "" {
		written = c.properties(x)
	}
	for _, index := range content(member(c.schemas, op.collection, "x-collection", "indexes")) {
		for _, field := range content(member(index, "fields")) {
			top, _, _ := strings.Cut(field.Value, ".")
			if p := member(written, top); isTrue(member(index, "unique")) && p != nil && !isTrue(member(p, "readOnly")) {
				return true
			}
		}
	}
	return false
}

// collectionOf returns the collection whose schema, or one that follows from it, an operation takes or returns.
func (c *completer) collectionOf(op *operation) string {
	names := []string{op.bodySchema}
	for status, response := range members(op.responses) {
		if strings.HasPrefix(status.Value, "2") {
			names = append(names, schemaIn(response))
		}
	}
	for _, p := range op.parameters() {
		names = append(names, schemaIn(p))
	}
	for _, name := range names {
		if x := CollectionOf(c.root, name); x != "" {
			return x
		}
	}
	return ""
}

// related returns the collection of the other operations on the same path or else of those with the same tag, if they have
// one collection.
func related(op *operation, all []*operation) string {
	byTag := map[string]bool{}
	for _, other := range all {
		if other.collection == "" {
			continue
		}
		if other.path == op.path {
			return other.collection
		}
		if other.tag == op.tag {
			byTag[other.collection] = true
		}
	}
	if len(byTag) != 1 {
		return ""
	}
	return slices.Collect(maps.Keys(byTag))[0]
}

// signedIn reports whether requests may have credentials.
func (op *operation) signedIn() bool {
	return slices.ContainsFunc(op.security(), func(n *yaml.Node) bool { return len(content(n)) > 0 })
}

// deniesCredentials reports whether valid credentials may not suffice: a scheme's scopes are required, those of two schemes may be of
// different callers, or a page of another origin may have sent a cookie.
func (op *operation) deniesCredentials() bool {
	for _, requirement := range op.security() {
		if len(content(requirement)) > 2 { // keys and values
			return true
		}
		for scheme, scopes := range members(requirement) {
			in := member(op.root, "components", "securitySchemes", scheme.Value, "in")
			if len(content(scopes)) > 0 || in != nil && in.Value == "cookie" && op.method != "get" && op.method != "head" {
				return true
			}
		}
	}
	return false
}

// security returns the alternatives of the operation, or those of the document.
func (op *operation) security() []*yaml.Node {
	if own := member(op.node, "security"); own != nil {
		return content(own)
	}
	return content(member(op.root, "security"))
}

// limit returns a member of the operation's x-limits, or of the document's.
func (op *operation) limit(name string) *yaml.Node {
	if own := member(op.node, "x-limits", name); own != nil {
		return own
	}
	return member(op.root, "x-limits", name)
}

func (op *operation) requestBody() *yaml.Node {
	return op.component(member(op.node, "requestBody"), "requestBodies")
}

func (op *operation) parameters() (found []*yaml.Node) {
	for _, p := range slices.Concat(content(member(op.item, "parameters")), content(member(op.node, "parameters"))) {
		found = append(found, op.component(p, "parameters"))
	}
	return found
}

// component returns the component of a section that the node refers to, or the node.
func (op *operation) component(node *yaml.Node, section string) *yaml.Node {
	if name, ok := strings.CutPrefix(value(member(node, "$ref")), "#/components/"+section+"/"); ok {
		if written := member(op.root, "components", section, name); written != nil {
			return written
		}
	}
	return node
}

func (op *operation) hasPrecondition() bool {
	return slices.ContainsFunc(op.parameters(), func(p *yaml.Node) bool {
		ref, name := value(member(p, "$ref")), value(member(p, "name"))
		return strings.HasSuffix(ref, "/IfMatch") || strings.HasSuffix(ref, "/IfNoneMatch") ||
			value(member(p, "in")) == "header" && (strings.EqualFold(name, "If-Match") || strings.EqualFold(name, "If-None-Match"))
	})
}

// schemaIn returns the name of the schema of a body, response or parameter in JSON, or of its elements.
func schemaIn(node *yaml.Node) string {
	schema := member(node, "content", "application/json", "schema")
	if items := member(schema, "items"); items != nil {
		schema = items
	}
	name, _ := strings.CutPrefix(value(member(schema, "$ref")), schemaReference)
	return name
}
