package scaffold

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// RemoveResource removes a resource: its tag, operations, schemas and scopes from openapi.yaml, its package, and the tests of the client
// that are named after it; then it generates the code. It returns an error, and changes nothing, if something else refers to the resource.
// It writes to out what it has done, what it has left, and where it has put files that git does not have.
func RemoveResource(root, resource string, out io.Writer) error {
	t, err := open(root)
	if err != nil {
		return err
	}
	left, err := t.contract.removeResource(resource)
	if err != nil {
		return err
	}
	var files []string
	if folder := "internal/" + resource; exists(filepath.Join(root, folder)) {
		if files, err = t.files(folder); err != nil {
			return err
		}
	}
	tests, err := filepath.Glob(filepath.Join(root, "client", "*_"+resource+"_test.go"))
	if err != nil {
		return err
	}
	for _, test := range tests {
		files = append(files, "client/"+filepath.Base(test))
	}
	for _, name := range files {
		t.remove(name)
	}
	kept, err := t.keepUncommitted(files)
	if err != nil {
		return err
	}
	t.vet = []string{"./..."}
	if err := t.apply(); err != nil {
		return errors.Join(err, os.RemoveAll(kept))
	}
	if kept != "" {
		left = append(left, "files that are not committed are in "+kept)
	}
	_, err = fmt.Fprintln(out, strings.Join(append([]string{fmt.Sprintf("removed %s and %d files", resource, len(files))}, left...), "\n"))
	return err
}

// keepUncommitted copies the files that differ from the last commit to a new folder, and returns its name, or "" without such files.
func (t *workspace) keepUncommitted(files []string) (string, error) {
	folder := ""
	for _, name := range files {
		if committed, err := t.run("git", "status", "--porcelain", "--ignored", "--", name); err == nil && committed == "" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(t.root, name))
		if err != nil {
			return "", err
		}
		if folder == "" {
			if folder, err = os.MkdirTemp("", "removed-"); err != nil {
				return "", err
			}
		}
		file := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, text, 0o600)); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// component is an entry of a section of components.
type component struct {
	section string
	entry
}

func (c *contract) components() (found []component) {
	if all := c.find("components"); all != nil {
		for _, section := range entries(all.value) {
			for _, e := range entries(section.value) {
				found = append(found, component{section.name(), e})
			}
		}
	}
	return found
}

// removeResource removes a resource from the text. It returns a line for each part of it that was left.
func (c *contract) removeResource(resource string) (left []string, err error) {
	ops := c.operations(resource)
	if len(ops) == 0 {
		return nil, fmt.Errorf("unknown resource %q; the resources are %s", resource, strings.Join(c.resources(), ", "))
	}
	x, err := c.schemaOf(resource)
	if err != nil {
		return nil, err
	}
	name := x.name()
	if _, err := c.removal(resource, name); err != nil {
		return nil, err
	}
	scopes, err := c.removeScopes(resource, name)
	if err != nil {
		return nil, err
	}
	r, err := c.removal(resource, name) // of the text without the scopes
	if err != nil {
		return nil, err
	}
	r.mark()
	left = append(r.left(), scopes...)
	return left, r.apply()
}

// removeScopes removes the scopes that only the resource needs from all roles. It returns a line for each that others need.
func (c *contract) removeScopes(resource, x string) (left []string, err error) {
	mine, others := map[string]bool{}, map[string]string{}
	for _, o := range c.operations("") {
		if scopes := member(o.method.value, "x-required-scopes"); scopes != nil {
			for _, scope := range scopes.value.Content {
				if o.tag() == resource {
					mine[scope.Value] = true
				} else {
					others[scope.Value] = o.id()
				}
			}
		}
	}
	for _, e := range c.components() {
		collection := member(e.value, "x-collection")
		if collection == nil || scalarIn(collection.value, "admin") == "" {
			continue
		}
		if e.name() == x {
			mine[scalarIn(collection.value, "admin")] = true
		} else {
			others[scalarIn(collection.value, "admin")] = e.name()
		}
	}
	roles := c.find("x-roles")
	if roles == nil {
		return nil, nil
	}
	for scope := range mine {
		if other := others[scope]; other != "" {
			left = append(left, fmt.Sprintf("left the scope %s, which %s requires", scope, other))
		}
	}
	slices.Sort(left)
	for _, role := range entries(roles.value) {
		err := c.removeElements(func() *yaml.Node { return c.scopesOf(role.name()) }, func(scope *yaml.Node) bool {
			return mine[scope.Value] && others[scope.Value] == ""
		})
		if err != nil {
			return nil, err
		}
	}
	return left, nil
}

// removal is what belongs to a resource in the contract.
type removal struct {
	*contract
	resource, x string
	components  []component
	nodes       map[*yaml.Node]bool // the values of its operations and components
	gone        []bool              // lines
	kept        []component         // in its part, but used by others
}

// removal finds what belongs to a resource. It returns an error if something else refers to it.
func (c *contract) removal(resource, x string) (*removal, error) {
	r := &removal{contract: c, resource: resource, x: x, gone: make([]bool, len(c.lines))}
	r.collect()
	return r, r.check()
}

// collect finds the components: those between the banners, the collection, and schemas that usually follow from it.
func (r *removal) collect() {
	parts := r.parts(r.resource)
	r.nodes = map[*yaml.Node]bool{}
	for _, e := range r.contract.components() {
		inPart := slices.ContainsFunc(parts, func(p part) bool { return p.from < e.key.Line-1 && e.key.Line-1 < p.to })
		if inPart || e.section == "schemas" && r.collectionOf(e.name()) == r.x {
			r.components = append(r.components, e)
			r.nodes[e.value] = true
		}
	}
	for _, o := range r.operations(r.resource) {
		r.nodes[o.method.value] = true
	}
}

// check returns an error if something else refers to the collection or to an operation. Other components that are used stay.
func (r *removal) check() (err error) {
	for again := true; again && err == nil; {
		again = false
		references(r.root, func(n *yaml.Node) bool { return r.nodes[n] }, func(ref *yaml.Node) {
			name := strings.TrimPrefix(ref.Value, schemaPrefix)
			if name != ref.Value && r.collectionOf(name) == r.x && err == nil {
				err = fmt.Errorf("%s: something else refers to the schema %s; change that first", r.placeOf(ref.Line), name)
			}
			i := slices.IndexFunc(r.components, func(e component) bool { return "#/components/"+e.section+"/"+e.name() == ref.Value })
			if i >= 0 && r.nodes[r.components[i].value] {
				r.nodes[r.components[i].value], again = false, true
				r.kept = append(r.kept, r.components[i])
			}
		})
	}
	if err != nil {
		return err
	}
	ids := map[string]bool{}
	for _, o := range r.operations(r.resource) {
		ids[o.id()] = true
	}
	return r.checkIDs(r.root, ids)
}

// namesOfOperations are the keys of links and of x-token whose value is an operationId.
var namesOfOperations = []string{"operationId", "signUp", "signIn", "deleteAccount"}

// checkIDs returns an error if a link or x-token outside of the resource names one of its operations.
func (r *removal) checkIDs(n *yaml.Node, ids map[string]bool) error {
	if r.nodes[n] {
		return nil
	}
	for _, e := range entries(n) {
		if e.value.Kind == yaml.ScalarNode && ids[e.value.Value] && slices.Contains(namesOfOperations, e.name()) {
			return fmt.Errorf("%s: something else refers to the operation %s; change that first", r.placeOf(e.value.Line), e.value.Value)
		}
	}
	for _, child := range n.Content {
		if err := r.checkIDs(child, ids); err != nil {
			return err
		}
	}
	return nil
}

// take marks the lines of an entry, and of the comments directly above it.
func (r *removal) take(e *entry) {
	from, to := r.extent(e)
	r.takeLines(r.comments(from), to)
}

func (r *removal) takeLines(from, to int) {
	for at := from; at < to; at++ {
		r.gone[at] = true
	}
}

// mark marks the lines of all that belongs to the resource.
func (r *removal) mark() {
	if tags := r.find("tags"); tags != nil && tags.value.Style&yaml.FlowStyle == 0 {
		for _, tag := range tags.value.Content {
			if scalarIn(tag, "name") == r.resource {
				r.takeLines(r.item(tag))
			}
		}
	}
	for _, path := range entries(r.find("paths").value) {
		all, mine := 0, 0
		for _, method := range entries(path.value) {
			if !slices.Contains(methods, method.name()) {
				continue
			}
			all++
			if r.nodes[method.value] {
				mine++
				r.take(&method)
			}
		}
		if mine > 0 && mine == all {
			r.take(&path)
		}
	}
	for _, section := range entries(r.find("components").value) {
		mine := 0
		for _, e := range entries(section.value) {
			if r.nodes[e.value] {
				mine++
				r.take(&e)
			}
		}
		if mine > 0 && mine == len(entries(section.value)) {
			r.take(&section)
		}
	}
	r.markBanners()
	r.markBlankLines()
}

// markBanners marks a whole part if nothing in it is left, and a banner without a part if what it stands above is gone.
func (r *removal) markBanners() {
	for _, p := range r.parts(r.resource) {
		if !slices.ContainsFunc(r.rest(p), func(at int) bool { return true }) {
			r.takeLines(p.from, p.to)
		}
	}
	first := bannerPattern(r.resource, false)
	for at, line := range r.lines {
		if !r.gone[at] && first.MatchString(line) && at+1 < len(r.lines) && r.gone[at+1] &&
			!slices.ContainsFunc(r.parts(r.resource), func(p part) bool { return p.from == at }) {
			r.gone[at] = true
		}
	}
}

// rest returns the lines of a part that are neither gone nor blank nor comments.
func (r *removal) rest(p part) (lines []int) {
	for at := p.from; at < p.to; at++ {
		if !r.gone[at] && !isBlank(r.lines[at]) && !isCommentLine(r.lines[at]) {
			lines = append(lines, at)
		}
	}
	return lines
}

// markBlankLines marks the blank line in front of each block that is gone. A block at the start of a section takes the one behind it.
func (r *removal) markBlankLines() {
	for at := 1; at < len(r.lines); at++ {
		if !r.gone[at] || r.gone[at-1] {
			continue
		}
		if isBlank(r.lines[at-1]) {
			r.gone[at-1] = true
			continue
		}
		end := at
		for end < len(r.lines) && r.gone[end] {
			end++
		}
		if end < len(r.lines) && isBlank(r.lines[end]) && indentation(r.lines[at-1]) < indentation(r.lines[at]) {
			r.gone[end] = true
		}
	}
}

// left returns a line for each component, and each part with something else in it, that stays.
func (r *removal) left() (lines []string) {
	for _, e := range r.kept {
		lines = append(lines, fmt.Sprintf("left %s/%s between the comment lines of %s: others use it", e.section, e.name(), r.resource))
	}
	for _, p := range r.parts(r.resource) {
		if rest := r.rest(p); len(rest) > 0 {
			lines = append(lines, fmt.Sprintf("left between the comment lines of %s: %s", r.resource, strings.TrimSpace(r.lines[rest[0]])))
		}
	}
	return lines
}

func (r *removal) apply() error {
	var lines []string
	for at, line := range r.lines {
		if !r.gone[at] {
			lines = append(lines, line)
		}
	}
	return r.replace(0, len(r.lines), lines)
}
