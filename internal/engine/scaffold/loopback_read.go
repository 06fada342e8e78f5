package scaffold

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

const (
	maxDocument      = 16 << 20 // bytes of a document to import
	maxDocumentDepth = 100
	documentTimeout  = 30 * time.Second
)

// readDocument returns what is at an http or https URL, or in a file.
func readDocument(source string) ([]byte, error) {
	if !strings.HasPrefix(source, "http://") && !strings.HasPrefix(source, "https://") {
		file, err := os.Open(source)
		if err != nil {
			return nil, errors.Unwrap(err)
		}
		defer file.Close()
		return readAtMost(file)
	}
	client := http.Client{Timeout: documentTimeout, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if r.URL.Host != via[0].URL.Host || len(via) > 5 {
			return fmt.Errorf("it redirects to %s; name that URL if you trust it", r.URL.Redacted())
		}
		return nil
	}}
	response, err := client.Get(source)
	if err != nil {
		return nil, errors.Unwrap(err) // without the URL
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the status is %s; LoopBack has the document at /openapi.json or /explorer/openapi.json", response.Status)
	}
	return readAtMost(response.Body)
}

func readAtMost(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	if err == nil && len(text) > maxDocument {
		err = fmt.Errorf("the document has more than %d MiB", maxDocument>>20)
	}
	return text, err
}

// parseLoopBack parses an OpenAPI 3.0 document in JSON.
func parseLoopBack(text []byte) (*loopBack, error) {
	if !json.Valid(text) {
		return nil, errors.New("it is not JSON; save LoopBack's /openapi.json")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	root, err := decodeNode(decoder, 0)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(scalarIn(root, "openapi"), "3.0.") {
		return nil, errors.New("it is not an OpenAPI 3.0 document: its member openapi must be 3.0.x")
	}
	return &loopBack{root: root}, nil
}

// decodeNode reads a JSON value as a node, which keeps the order of members.
func decodeNode(decoder *json.Decoder, depth int) (*yaml.Node, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch value := token.(type) {
	case json.Delim:
		if depth > maxDocumentDepth {
			return nil, fmt.Errorf("it is nested more than %d deep", maxDocumentDepth)
		}
		n := &yaml.Node{Kind: yaml.MappingNode}
		if value == '[' {
			n.Kind = yaml.SequenceNode
		}
		for decoder.More() {
			member, err := decodeNode(decoder, depth+1)
			if err != nil {
				return nil, err
			}
			if last := len(n.Content) - 1; n.Kind == yaml.MappingNode && last%2 == 0 && member.Tag == "!!null" {
				n.Content = n.Content[:last] // a member that is null says as little as an absent one
				continue
			}
			n.Content = append(n.Content, member)
		}
		_, err := decoder.Token()
		return n, err
	case string:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}, nil
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: value.String()}, nil
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(value)}, nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
}
