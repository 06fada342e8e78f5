package spec

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// The plain contract differs from the contract only in parameters with JSON content: they are strings with valid examples.
func TestPlain(t *testing.T) {
	t.Parallel()
	c := testapp(t)
	text, err := c.Plain()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation(), openapi3.AllowExtensionsWithRef()); err != nil {
		t.Fatal(err)
	}
	changed := 0
	for _, op := range c.operations {
		now := doc.Paths.Value(op.Path).GetOperation(op.Method)
		for _, f := range op.filters {
			p := now.Parameters.GetByInAndName("query", f.name)
			if p == nil || p.Content != nil || !p.Schema.Value.Type.Is("string") || p.Required != f.required || p.Description == "" {
				t.Errorf("%s: %s is %+v", op.ID, f.name, p)
				continue
			}
			example, isText := p.Example.(string)
			if _, err := f.check(t.Context(), map[string][]string{f.name: {example}}); !isText || err != nil {
				t.Errorf("%s: %s has the example %v: %v", op.ID, f.name, p.Example, err)
			}
			p.Schema, p.Example = nil, nil
			was := c.doc.Paths.Value(op.Path).GetOperation(op.Method).Parameters.GetByInAndName("query", f.name)
			p.Content = was.Content
			changed++
		}
	}
	if changed < 5 {
		t.Errorf("%d parameters were changed", changed)
	}
	back, err := doc.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if json.Unmarshal(back, &got) != nil || json.Unmarshal(c.Document(), &want) != nil {
		t.Fatal("invalid JSON")
	}
	gotText, _ := json.Marshal(got)
	wantText, _ := json.Marshal(want)
	if !bytes.Equal(gotText, wantText) {
		t.Error("the plain contract differs in other parts than the parameters")
	}
}
