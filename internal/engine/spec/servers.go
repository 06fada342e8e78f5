package spec

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// WithServer returns the contract with url as the URL of the server that serves the document: of its root, to which BasePath is added. It
// changes the results of Document and Plain.
//
// A relative url, such as "." beside the document, is relative to the document's location (OpenAPI 3.0.3, Server Object). It replaces
// every relative URL of the document's servers, because operations are always served beside the document. An absolute url becomes the
// only server of the document, and replaces the URLs of all servers of paths and operations.
func (c *Contract) WithServer(url string) (*Contract, error) {
	url += c.basePath
	var document map[string]any
	decoder := json.NewDecoder(bytes.NewReader(c.document))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	if list, _ := document["servers"].([]any); len(list) == 0 || !isRelative(url) {
		document["servers"] = []any{map[string]any{"url": url}}
	}
	setServer(document, url)
	paths, _ := document["paths"].(map[string]any)
	for _, item := range paths {
		setServer(item, url)
		operations, _ := item.(map[string]any)
		for _, operation := range operations {
			setServer(operation, url)
		}
	}
	text, err := json.Marshal(document)
	served := *c
	served.document = text
	return &served, err
}

func setServer(object any, url string) {
	members, _ := object.(map[string]any)
	list, _ := members["servers"].([]any)
	for _, item := range list {
		if server, is := item.(map[string]any); is {
			if text, _ := server["url"].(string); isRelative(text) || !isRelative(url) {
				server["url"] = url
				delete(server, "variables")
			}
		}
	}
}

// isRelative reports whether the URL of a server, which may be a template, names no host.
func isRelative(url string) bool {
	return !strings.Contains(url, "://") && !strings.HasPrefix(url, "//")
}

// YAMLWithServer returns the YAML that the contract was loaded from, with the servers of WithServer and no other change. If the servers
// cannot be edited in place, because they are an alias, a template or JSON, it returns the document as JSON, which is also valid YAML.
func (c *Contract) YAMLWithServer(source []byte, url string) ([]byte, error) {
	e := yamlEditor{text: string(source), url: url + c.basePath}
	var document yaml.Node
	if err := yaml.Unmarshal(source, &document); err != nil {
		return nil, err
	}
	if len(document.Content) == 1 {
		e.document(document.Content[0])
	}
	if !e.failed && e.found {
		return []byte(e.text), nil
	}
	served, err := c.WithServer(url)
	if err != nil {
		return nil, err
	}
	return served.document, nil
}

// yamlEditor edits a text from its end to its start, so that the positions of nodes before an edit stay correct.
type yamlEditor struct {
	text, url     string
	found, failed bool
}

func (e *yamlEditor) document(root *yaml.Node) {
	if root.Kind != yaml.MappingNode || root.Style&yaml.FlowStyle != 0 {
		return
	}
	_, has := member(root, "servers")
	for i := len(root.Content) - 2; i >= 0; i -= 2 {
		switch key, value := root.Content[i], root.Content[i+1]; {
		case key.Value == "servers":
			e.found = true
			if value.Kind == yaml.SequenceNode && len(value.Content) > 0 && isRelative(e.url) {
				e.servers(root)
				continue
			}
			end := len(e.text)
			if i+2 < len(root.Content) {
				end = e.line(root.Content[i+2])
			}
			e.block(key, end)
		case key.Value == "paths":
			for j := len(value.Content) - 2; j >= 0; j -= 2 {
				e.pathItem(value.Content[j+1])
			}
			if !has {
				e.found = true
				e.block(key, e.line(key))
			}
		}
	}
}

func (e *yamlEditor) pathItem(item *yaml.Node) {
	for i := len(item.Content) - 2; i >= 0; i -= 2 {
		if item.Content[i].Value == "servers" {
			e.servers(item)
		} else {
			e.servers(item.Content[i+1])
		}
	}
}

// servers edits the relative URLs of an object's servers.
func (e *yamlEditor) servers(object *yaml.Node) {
	list, has := member(object, "servers")
	if !has {
		return
	}
	e.failed = e.failed || list.Kind != yaml.SequenceNode
	for i := len(list.Content) - 1; i >= 0; i-- {
		url, has := member(list.Content[i], "url")
		if !has || url.Kind != yaml.ScalarNode {
			e.failed = true
		} else if isRelative(url.Value) || !isRelative(e.url) {
			token, at := url.Value, e.offset(url.Line, url.Column)
			switch {
			case url.Style&yaml.SingleQuotedStyle != 0:
				token = "'" + token + "'"
			case url.Style&yaml.DoubleQuotedStyle != 0:
				token = `"` + token + `"`
			}
			_, template := member(list.Content[i], "variables")
			e.replace(at, at+len(token), token, `"`+e.url+`"`)
			e.failed = e.failed || template
		}
	}
}

// block replaces the lines from a key of the root to end with servers. Comments before end stay: they belong to the next key.
func (e *yamlEditor) block(key *yaml.Node, end int) {
	start := e.line(key)
	for end > start {
		line := strings.LastIndexByte(e.text[:end-1], '\n') + 1
		if text := strings.TrimSpace(e.text[line:end]); line <= start || text != "" && text[0] != '#' {
			break
		}
		end = line
	}
	indent := strings.Repeat(" ", key.Column-1)
	e.replace(start, end, "", indent+"servers:\n"+indent+"  - url: \""+e.url+"\"\n")
}

// replace replaces the text between two offsets, which must start with old.
func (e *yamlEditor) replace(from, to int, old, by string) {
	if from < 0 || to < from || to > len(e.text) || !strings.HasPrefix(e.text[from:], old) {
		e.failed = true
		return
	}
	e.text = e.text[:from] + by + e.text[to:]
}

// line returns the offset of the line of a key. It fails if the line does not start with the key: some YAML line breaks are not counted.
func (e *yamlEditor) line(key *yaml.Node) int {
	at := e.offset(key.Line, 1)
	e.failed = e.failed || !strings.HasPrefix(strings.TrimLeft(e.text[at:], " \ufeff\"'"), key.Value)
	return at
}

// offset returns the offset in bytes of a line and of a column, which counts characters, both from 1.
func (e *yamlEditor) offset(line, column int) int {
	at := 0
	for range line - 1 {
		at += strings.IndexByte(e.text[at:], '\n') + 1
	}
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(e.text[at:])
		at += size
	}
	return at
}

// member returns the value of a key in a mapping.
func member(mapping *yaml.Node, key string) (*yaml.Node, bool) {
	if mapping.Kind != yaml.MappingNode {
		return nil, false
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1], true
		}
	}
	return nil, false
}
