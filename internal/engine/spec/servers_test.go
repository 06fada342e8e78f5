package spec

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const public = "https://example.com/api"

// TestWithServer compares the JSON and the YAML, and the YAML with the text that the contract was loaded from.
func TestWithServer(t *testing.T) {
	t.Parallel()
	contract := document("security: []")
	for name, tt := range map[string]struct {
		from, relative, absolute string // servers in the contract and in the YAML that is served
	}{
		"root": {"servers:\n  - url: /\n    description: Here # a comment\n",
			"servers:\n  - url: \".\"\n    description: Here # a comment\n", ""},
		"prefix": {"servers: [{url: /v1/x}]\n", "servers: [{url: \"./v1/x\"}]\n", "servers:\n  - url: \"" + public + "/v1/x\"\n"},
		"quoted": {"servers: [{url: '/'}, {\"url\": \"/\"}]\n", "servers: [{url: \".\"}, {\"url\": \".\"}]\n", ""},
		"behind text": {"servers: [{description: Où – 日本 😀, url: /}]\n",
			"servers: [{description: Où – 日本 😀, url: \".\"}]\n", ""},
		"absolute": {"servers:\n- url: https://a.example/\n- url: //b.example/\n- url: ./\n",
			"servers:\n- url: https://a.example/\n- url: //b.example/\n- url: \".\"\n", ""},
		"comments": {"servers:\n  - url: /\n\n# Of the next key\n",
			"servers:\n  - url: \".\"\n\n# Of the next key\n", "servers:\n  - url: \"" + public + "\"\n\n# Of the next key\n"},
		"empty":    {"servers: []\n", "servers:\n  - url: \".\"\n", ""},
		"none":     {"", "servers:\n  - url: \".\"\n", ""},
		"template": {"servers: [{url: '/{v}', variables: {v: {default: v1}}}]\n", "", "servers:\n  - url: \"" + public + "/v1\"\n"},
		"alias":    {"servers: [{description: &base /, url: *base}]\n", "", "servers:\n  - url: \"" + public + "\"\n"},
		"escaped":  {"servers: [{url: \"\\x2f\"}]\n", "", "servers:\n  - url: \"" + public + "\"\n"},
		"folded":   {"servers:\n  - url: >-\n      /\n", "", "servers:\n  - url: \"" + public + "\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			with := func(servers string) string { return strings.Replace(contract, "paths:", servers+"paths:", 1) }
			c := loaded(t, with(tt.from))
			if tt.absolute == "" {
				tt.absolute = "servers:\n  - url: \"" + public + "\"\n"
			}
			for url, want := range map[string]string{".": tt.relative, public: tt.absolute} {
				text := served(t, c, with(tt.from), url)
				if want != "" && text != with(want) {
					t.Errorf("%s:\n%s\nwant\n%s", url, text, with(want))
				}
			}
		})
	}
}

func TestWithServerOfOtherDocuments(t *testing.T) {
	t.Parallel()
	contract := document("security: []")
	small := loaded(t, contract)
	for name, text := range map[string]string{
		"testapp":         testappText(t),
		"as JSON":         string(small.Document()),
		"servers last":    contract + "servers: [{url: /}]",
		"lines of CRLF":   strings.ReplaceAll(contract+"servers:\n- url: /\n", "\n", "\r\n"),
		"indented":        strings.ReplaceAll(contract+"servers:\n- url: /\n", "\n", "\n  "),
		"first, with BOM": "\ufeffservers: [{url: /}]" + contract,
		"line separators": strings.Replace(contract, "Small", "Small\u2028 and\u0085 not", 1) + "servers: [{url: /}]\n",
		"several levels": strings.Replace(contract, "    post:\n", "    servers: [{url: /a}, {url: 'https://a.example/a'}]\n"+
			"    post:\n      servers:\n      - url: a/\n", 1) + "servers: [{url: /a}]\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, url := range []string{".", "..", public} {
				served(t, loaded(t, text), text, url)
			}
		})
	}
}

// served returns the YAML. It checks that the YAML equals the JSON, which must be valid and have no relative URL except the wanted one.
func served(t *testing.T, c *Contract, source, url string) string {
	t.Helper()
	changed, err := c.WithServer(url)
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.YAMLWithServer([]byte(source), url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Load(changed.Document()); err != nil {
		t.Fatalf("%s: the JSON is not valid: %v", url, err)
	}
	var fromYAML, fromJSON map[string]any
	if err := yaml.Unmarshal(text, &fromYAML); err != nil {
		t.Fatalf("%s: %v\n%s", url, err, text)
	}
	if err := json.Unmarshal(changed.Document(), &fromJSON); err != nil {
		t.Fatal(err)
	}
	normal, err := json.Marshal(fromYAML["servers"])
	if err != nil {
		t.Fatal(err)
	}
	var list any
	if err := json.Unmarshal(normal, &list); err != nil || !reflect.DeepEqual(list, fromJSON["servers"]) {
		t.Errorf("%s: the servers of the YAML are %s, of the JSON %v", url, normal, fromJSON["servers"])
	}
	again := loaded(t, string(text))
	if string(again.Document()) != string(canonicalJSON(t, changed.Document())) {
		t.Errorf("%s: the YAML and the JSON differ:\n%.2000s\n%.2000s", url, again.Document(), changed.Document())
	}
	for _, item := range []any{fromJSON, fromJSON["paths"]} {
		written, _ := json.Marshal(item)
		if strings.Contains(string(written), `"url":"/`) && !strings.Contains(string(written), `"url":"//`) {
			t.Errorf("%s: a relative URL is left", url)
		}
	}
	return string(text)
}

// canonicalJSON returns a document in the form that Load produces.
func canonicalJSON(t *testing.T, text []byte) []byte {
	t.Helper()
	return loaded(t, string(text)).Document()
}
