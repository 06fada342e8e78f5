package scaffold

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// RenameProperty renames a property, which may be nested, in the schema, the x-collection and the examples of a resource's collection,
// generates the code, and renames the field in the Go code of the resource. It returns an error, and changes nothing, if the new name is
// invalid or taken, or if other code needs the old name. It writes to out what it has done, what it means for stored documents, and where
// the package of the resource still mentions the old name.
func RenameProperty(root, resource, property, name string, out io.Writer) error {
	t, err := open(root)
	if err != nil {
		return err
	}
	path := strings.Split(property, ".")
	x, err := t.contract.renameProperty(resource, path, name)
	if err != nil {
		return err
	}
	files, err := t.files("internal/" + resource)
	if err != nil {
		return err
	}
	for _, file := range files { // so that they are restored if the new name does not compile
		source, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			return err
		}
		t.write(file, source)
	}
	t.vet, t.between = []string{"./..."}, func() error { return t.renameFields(resource, path[len(path)-1], name) }
	if err := t.apply(); err != nil {
		return err
	}
	mentioned, err := t.mentions(resource, property)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "renamed %s to %s in the schema %s in openapi.yaml and in internal/%s.\n%s%s", property, name, x, resource,
		storedNote(x, property), mentioned)
	return err
}

// renameProperty renames a property in the text, and returns the name of the schema.
func (c *contract) renameProperty(resource string, path []string, name string) (string, error) {
	x, err := c.schemaOf(resource)
	if err != nil {
		return "", err
	}
	if err := checkProperty(name, len(path) == 1); err != nil {
		return "", err
	}
	old, last := strings.Join(path, "."), path[len(path)-1]
	renamed := strings.Join(append(slices.Clone(path[:len(path)-1]), name), ".")
	switch old {
	case renamed:
		return "", fmt.Errorf("%s has that name already", old)
	case "id":
		return "", fmt.Errorf("every document has an id; it cannot be renamed")
	}
	object, err := c.objectOf(x, path)
	if err != nil {
		return "", err
	}
	if e := similar(member(object, "properties").value, name); e != nil && e.name() != last {
		return "", c.taken(e.key, "the property "+e.name(), "use another name")
	}
	if err := c.checkHandWritten(x.name(), path[0]); err != nil {
		return "", err
	}
	nodes := []*yaml.Node{member(member(object, "properties").value, last).key}
	if required := member(object, "required"); required != nil {
		nodes = append(nodes, named(required.value.Content, last)...)
	}
	edits := map[*yaml.Node]string{}
	for _, n := range nodes {
		edits[n] = name
	}
	collection := member(x.value, "x-collection").value
	if owner := member(collection, "owner"); owner != nil && owner.value.Value == old {
		edits[owner.value] = renamed
	}
	if indexes := member(collection, "indexes"); indexes != nil {
		for _, index := range indexes.value.Content {
			if fields := member(index, "fields"); fields != nil {
				for _, field := range fields.value.Content {
					if field.Value == old || strings.HasPrefix(field.Value, old+".") {
						edits[field] = renamed + strings.TrimPrefix(field.Value, old)
					}
				}
			}
		}
	}
	for _, example := range c.examples(resource) {
		renameInExample(example.Node, path, name, edits)
	}
	return x.name(), c.rewrite(edits)
}

func named(nodes []*yaml.Node, name string) []*yaml.Node {
	return slices.DeleteFunc(slices.Clone(nodes), func(n *yaml.Node) bool { return n.Value != name })
}

// renameInExample collects the changes of an example: of documents, conditions, lists of fields and orders.
func renameInExample(n *yaml.Node, path []string, name string, edits map[*yaml.Node]string) {
	if n.Kind == yaml.SequenceNode {
		for _, element := range n.Content {
			renameInExample(element, path, name, edits)
		}
	}
	full := strings.Join(path, ".")
	renamed := strings.Join(append(slices.Clone(path[:len(path)-1]), name), ".")
	for _, e := range entries(n) {
		switch key := e.name(); {
		case key == full || strings.HasPrefix(key, full+"."):
			edits[e.key] = renamed + strings.TrimPrefix(key, full)
		case key == path[0] && e.value.Kind == yaml.MappingNode:
			renameInExample(e.value, path[1:], name, edits)
		case key == "where", key == "and", key == "or", key == "nor":
			renameInExample(e.value, path, name, edits)
		case key == "fields" && len(path) == 1:
			for _, field := range named(e.value.Content, full) {
				edits[field] = renamed
			}
			renameInExample(e.value, path, name, edits)
		case key == "order":
			renameInOrder(e.value, full, renamed, edits)
		}
	}
}

func renameInOrder(n *yaml.Node, old, name string, edits map[*yaml.Node]string) {
	if n.Kind == yaml.ScalarNode && orders(n, old) {
		word := regexp.MustCompile(`(^|,\s*)` + regexp.QuoteMeta(old) + `( |,|$)`)
		edits[n] = word.ReplaceAllString(n.Value, "${1}"+name+"${2}")
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			edits[n] = "'" + edits[n] + "'"
		}
	}
	for _, child := range n.Content {
		renameInOrder(child, old, name, edits)
	}
}

// rewrite replaces scalars by texts in YAML, the last one first.
func (c *contract) rewrite(edits map[*yaml.Node]string) error {
	type edit struct {
		from, to int
		text     string
	}
	var all []edit
	for n, text := range edits {
		from, to := c.offset(n), c.endOf(n)
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 && strings.HasPrefix(string(c.text()[from:]), n.Value) {
			to = from + len(n.Value) // a key ends before its colon
		}
		all = append(all, edit{from, to, text})
	}
	slices.SortFunc(all, func(a, b edit) int { return b.from - a.from })
	source := string(c.text())
	for _, e := range all {
		source = source[:e.from] + e.text + source[e.to:]
	}
	return c.splice(0, len(c.text()), source)
}

var fieldError = regexp.MustCompile(`(?m)^(?:vet: )?(?:\./)?(\S+\.go):(\d+):(\d+): .*(?:has no field or method|unknown field) (\w+)`)

// renameFields renames the field in the Go code of the resource, at the places where the compiler does not find the old one any more, and
// the property in the JSON of its tests.
func (t *workspace) renameFields(resource, old, name string) error {
	field, err := t.fieldOf(name)
	if err != nil {
		return err
	}
	for range 100 {
		output, failed := t.run("go", "test", "-run", "^$", "-gcflags=-e", "./internal/"+resource+"/...")
		if failed == nil {
			break
		}
		if changed, err := t.renameAt(output, old, field); err != nil || !changed {
			return err // go vet reports what is left
		}
	}
	files, err := t.files("internal/" + resource)
	if err != nil {
		return err
	}
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			continue
		}
		err := t.edit(file, func(source string) string { return strings.ReplaceAll(source, `"`+old+`":`, `"`+name+`":`) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *workspace) edit(file string, change func(string) string) error {
	name := filepath.Join(t.root, file)
	source, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if changed := change(string(source)); changed != string(source) {
		return os.WriteFile(name, []byte(changed), 0o644)
	}
	return nil
}

// fieldOf returns the name of the Go field of a property.
func (t *workspace) fieldOf(property string) (string, error) {
	source, err := os.ReadFile(filepath.Join(t.root, "gen/api/api.gen.go"))
	if err != nil {
		return "", err
	}
	field := regexp.MustCompile(`(?m)^\s+(\w+)\s.*json:"` + regexp.QuoteMeta(property) + `[",]`).FindSubmatch(source)
	if field == nil {
		return "", fmt.Errorf("gen/api has no field for the property %s", property)
	}
	return string(field[1]), nil
}

// renameAt renames the fields that the compiler does not find, and reports whether there are any.
func (t *workspace) renameAt(output, old, field string) (changed bool, err error) {
	places := map[string][][2]int{} // by file: the lines and columns
	wrong := ""
	for _, match := range fieldError.FindAllStringSubmatch(output, -1) {
		line, _ := strconv.Atoi(match[2])
		column, _ := strconv.Atoi(match[3])
		if plainName(match[4]) != plainName(old) {
			continue
		}
		wrong = match[4]
		if place := [2]int{line, column}; !slices.Contains(places[match[1]], place) {
			places[match[1]] = append(places[match[1]], place)
		}
	}
	for file, all := range places {
		slices.SortFunc(all, func(a, b [2]int) int { return (b[0]-a[0])*10000 + b[1] - a[1] })
		err := t.edit(file, func(source string) string {
			lines := strings.SplitAfter(source, "\n")
			for _, at := range all {
				if line := lines[at[0]-1]; strings.HasPrefix(line[at[1]-1:], wrong) {
					lines[at[0]-1] = line[:at[1]-1] + field + line[at[1]-1+len(wrong):]
					changed = true
				}
			}
			return strings.Join(lines, "")
		})
		if err != nil {
			return false, err
		}
	}
	return changed, nil
}
