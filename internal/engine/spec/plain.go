package spec

import "encoding/json"

// Plain returns the document as JSON in which parameters with JSON content are strings, with their examples as text, for tools that do
// not support content in OpenAPI parameters. The schemas of the filters stay, because they describe the text.
func (c *Contract) Plain() ([]byte, error) {
	var document map[string]any
	if err := json.Unmarshal(c.document, &document); err != nil {
		return nil, err
	}
	if err := plainParameters(document); err != nil {
		return nil, err
	}
	return json.Marshal(document)
}

// plainParameters changes the parameters of paths, operations and components: the objects that have both in and content.
func plainParameters(value any) error {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			if err := plainParameters(item); err != nil {
				return err
			}
		}
	case map[string]any:
		content, _ := v["content"].(map[string]any)
		if media, is := content[jsonType].(map[string]any); is && v["in"] != nil {
			delete(v, "content")
			v["schema"] = map[string]any{"type": "string"}
			if example, has := media["example"]; has {
				text, err := json.Marshal(example)
				if err != nil {
					return err
				}
				v["example"] = string(text)
			}
			return nil
		}
		for _, member := range v {
			if err := plainParameters(member); err != nil {
				return err
			}
		}
	}
	return nil
}
