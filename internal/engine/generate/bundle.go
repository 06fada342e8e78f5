package generate

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// partsFolder is the folder of a contract of several files. Its openapi.yaml is the one that refers to the others.
const partsFolder = "contract"

// bundledMark is the first line of an openapi.yaml that is made from several files.
const bundledMark = "# Made by go generate from contract/openapi.yaml. DO NOT EDIT.\n"

// IsBundled reports whether a document is made from several files, so that nobody should edit it.
func IsBundled(document []byte) bool { return strings.HasPrefix(string(document), bundledMark) }

// bundle returns the contract of several files in a folder as one document, or nil without such a folder.
func bundle(folder string) ([]byte, error) {
	root, err := os.OpenRoot(filepath.Join(folder, partsFolder)) // it follows no symbolic link that leads out of it
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if _, err := root.Stat(contractFile); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if written, err := os.ReadFile(filepath.Join(folder, contractFile)); err == nil && !IsBundled(written) {
		return nil, fmt.Errorf("%s exists beside %s/%[1]s, and would be replaced; remove one of them", contractFile, partsFolder)
	}
	b := bundler{folder: root, files: map[string]*yaml.Node{}, components: map[string]string{}}
	document, err := b.read(contractFile)
	if err != nil {
		return nil, err
	}
	b.document = document
	b.register()
	if err := b.walk(document, contractFile, "document"); err != nil {
		return nil, err
	}
	text, err := yaml.Marshal(document)
	return append([]byte(bundledMark), text...), err
}

// bundler replaces references to other files by references to components, and by path items.
type bundler struct {
	folder     *os.Root
	document   *yaml.Node
	files      map[string]*yaml.Node // by their paths in the folder
	components map[string]string     // by section and name, such as schemas/Pet: the file and pointer that it is; empty: it is written
	inlined    []string              // the files and pointers of the path items that are being put in
	followed   []string              // the files and pointers of the references that are being followed
}

func (b *bundler) read(name string) (*yaml.Node, error) {
	if node := b.files[name]; node != nil {
		return node, nil
	}
	text, err := b.folder.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		return nil, err
	}
	if len(node.Content) == 0 {
		return nil, errors.New("the file is empty")
	}
	var plain any
	if err := node.Decode(&plain); err != nil { // such as a duplicate key, or an anchor that contains itself
		return nil, err
	}
	b.files[name] = node.Content[0]
	return node.Content[0], nil
}

// register notes the components of the document: those that are references to files are what other references to the same become.
func (b *bundler) register() {
	for section, entries := range members(member(b.document, "components")) {
		for name, v := range members(entries) {
			key := section.Value + "/" + name.Value
			b.components[key] = ""
			if ref := value(member(v, "$ref")); ref != "" {
				if file, pointer, err := target(ref, contractFile); err == nil && file != contractFile {
					b.components[key] = file + "#" + pointer
				}
			}
		}
	}
}

// walk replaces the references in a node of a file. What the node is follows from the keys that lead to it: a section of components for
// what can be one, "names:" and the same for an object of such nodes, "data" for an example.
func (b *bundler) walk(node *yaml.Node, file, what string) error {
	if what == "data" {
		return nil
	}
	names := strings.HasPrefix(what, "names:")
	if ref := member(node, "$ref"); ref != nil && ref.Kind == yaml.ScalarNode && !names {
		if err := b.replace(node, ref, file, what); err != nil {
			return fmt.Errorf("%s/%s: line %d: $ref %s: %w", partsFolder, file, ref.Line, ref.Value, err)
		}
		return nil
	}
	if what != "schemas" && node.Kind == yaml.MappingNode && len(node.Content) > 0 {
		node.Style &^= yaml.FlowStyle // so that Complete can add lines
	}
	for _, item := range node.Content {
		if node.Kind == yaml.SequenceNode {
			if err := b.walk(item, file, what); err != nil {
				return err
			}
		}
	}
	for k, v := range members(node) {
		if what == "names:mapping" && strings.ContainsAny(v.Value, "/.#") {
			if err := b.point(v, file, "schemas"); err != nil {
				return fmt.Errorf("%s/%s: line %d: mapping %s: %w", partsFolder, file, v.Line, v.Value, err)
			}
		} else if err := b.walk(v, file, childOf(what, k.Value, v)); err != nil {
			return err
		}
	}
	return nil
}

// childOf returns what the member of an object is.
func childOf(what, key string, v *yaml.Node) string {
	if of, ok := strings.CutPrefix(what, "names:"); ok {
		return of
	}
	if what == "schemas" {
		switch key {
		case "properties":
			return "names:schemas"
		case "items", "not", "allOf", "oneOf", "anyOf", "additionalProperties":
			return "schemas"
		case "discriminator":
			return "discriminator"
		}
		return "data"
	}
	switch {
	case key == "parameters" && v.Kind == yaml.SequenceNode:
		return "parameters"
	case slices.Contains([]string{"schemas", "parameters", "headers", "requestBodies", "responses", "examples", "links", "securitySchemes",
		"callbacks", "mapping", "content", "encoding"}, key):
		return "names:" + key
	case key == "paths" || what == "callbacks":
		return "names:path"
	case key == "schema":
		return "schemas"
	case key == "requestBody":
		return "requestBodies"
	case key == "components" || what == "path" && slices.Contains(methods, key):
		return key
	}
	return "data"
}

// replace replaces an object that has a $ref to another file: a path item and a component of the document by what it refers to, and
// anything else by a reference to a component.
func (b *bundler) replace(node, ref *yaml.Node, file, what string) error {
	at, pointer, err := target(ref.Value, file)
	if err != nil {
		return err
	}
	if at == contractFile && file == contractFile {
		return nil
	}
	full := at + "#" + pointer
	isComponent := file == contractFile && slices.ContainsFunc(slices.Collect(maps.Keys(b.components)), func(key string) bool {
		section, name, _ := strings.Cut(key, "/")
		return member(b.document, "components", section, name) == node
	})
	if what != "path" && !isComponent {
		return b.point(ref, file, what)
	}
	if len(node.Content) > 2 {
		return errors.New("remove the other keys beside it, which OpenAPI 3.0 ignores")
	}
	if slices.Contains(b.inlined, full) {
		return errCycle
	}
	found, err := b.find(at, pointer)
	if err != nil {
		return err
	}
	*node = *found
	b.inlined = append(b.inlined, full)
	defer func() { b.inlined = b.inlined[:len(b.inlined)-1] }()
	return b.walk(node, at, what)
}

// point changes a reference into one to a component, which it adds if it is missing.
func (b *bundler) point(ref *yaml.Node, file, section string) error {
	at, pointer, err := target(ref.Value, file)
	if err != nil || at == contractFile && file == contractFile {
		return err
	}
	if at == contractFile {
		ref.Value = "#" + pointer
		return nil
	}
	full := at + "#" + pointer
	for _, key := range slices.Sorted(maps.Keys(b.components)) {
		if b.components[key] == full && strings.HasPrefix(key, section+"/") {
			ref.Value = "#/components/" + key
			return nil
		}
	}
	last := path.Base(cmp.Or(strings.Trim(pointer, "/"), strings.TrimSuffix(at, path.Ext(at))))
	key := section + "/" + notInNames.ReplaceAllString(last, "-")
	if other, taken := b.components[key]; taken {
		return fmt.Errorf("it would be /components/%s, as %s is; rename one of the two", key, cmp.Or(other, "another component"))
	}
	found, err := b.find(at, pointer)
	if err != nil {
		return err
	}
	b.components[key] = full
	ref.Value = "#/components/" + key
	entries := b.document
	for _, name := range []string{"components", section} {
		if member(entries, name) == nil {
			set(entries, name, &yaml.Node{Kind: yaml.MappingNode})
		}
		entries = member(entries, name)
	}
	_, name, _ := strings.Cut(key, "/")
	set(entries, name, found)
	return b.walk(found, at, section)
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// find returns a copy of the node at a pointer in a file.
func (b *bundler) find(file, pointer string) (*yaml.Node, error) {
	node, err := b.read(file)
	if pathError := (*os.PathError)(nil); errors.As(err, &pathError) {
		return nil, fmt.Errorf("cannot read %s/%s: %w", partsFolder, file, pathError.Err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s/%s: %w", partsFolder, file, err)
	}
	for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if name != "" {
			node = member(node, strings.NewReplacer("~1", "/", "~0", "~").Replace(name))
		}
	}
	if node == nil {
		return nil, fmt.Errorf("%s/%s has no %s", partsFolder, file, pointer)
	}
	if ref := value(member(node, "$ref")); ref != "" {
		b.followed = append(b.followed, file+"#"+pointer)
		defer func() { b.followed = b.followed[:len(b.followed)-1] }()
		next, pointer, err := target(ref, file)
		if err == nil && slices.Contains(b.followed, next+"#"+pointer) {
			return nil, errCycle
		}
		if err == nil && next != contractFile {
			_, err = b.find(next, pointer)
		}
		if err != nil {
			return nil, err
		}
	}
	return withoutAliases(node), nil
}

var errCycle = errors.New("the files refer to each other in a cycle")

// target returns the file in the folder, and the pointer in it, that a reference in a file leads to.
func target(ref, file string) (at, pointer string, err error) {
	name, pointer, _ := strings.Cut(ref, "#")
	at = path.Join(path.Dir(file), name)
	switch {
	case name == "":
		return file, pointer, nil
	case strings.Contains(name, ":") || strings.HasPrefix(name, "//"):
		return "", "", errors.New("a URL is not read; copy the document into the folder")
	case path.IsAbs(name) || !filepath.IsLocal(at):
		return "", "", fmt.Errorf("only files in the folder %s are read, by a relative path; copy the file there", partsFolder)
	}
	return at, pointer, nil
}

// withoutAliases returns a copy of a node in which aliases are replaced by what they stand for.
func withoutAliases(node *yaml.Node) *yaml.Node {
	c := *resolve(node)
	c.Anchor, c.Content = "", nil
	for _, child := range resolve(node).Content {
		c.Content = append(c.Content, withoutAliases(child))
	}
	return &c
}
