package scaffold

import (
	"encoding/json"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Indexes returns the member with the indexes of the collection in YAML's flow style.
func (d *description) Indexes() string {
	var list []string
	add := func(fields, more string) { list = append(list, "{fields: ["+fields+"]"+more+"}") }
	if !d.Undated {
		add(d.Created, "")
	}
	if d.Owner != "" && !d.Undated {
		add(d.Owner+", "+d.Created, "")
	} else if d.Owner != "" {
		add(d.Owner, "")
	}
	for _, name := range d.Unique {
		add(name, ", unique: true")
	}
	for _, name := range d.Indexed {
		add(name, "")
	}
	if list == nil {
		return ""
	}
	return ", indexes: [" + strings.Join(list, ", ") + "]"
}

// UniqueValues returns the first or second examples of the unique properties as JSON.
func (d *description) UniqueValues(second bool) (string, error) {
	var unique []Property
	for _, p := range d.Properties {
		if slices.Contains(d.Unique, p.name()) {
			unique = append(unique, p)
		}
	}
	var value map[string]any
	if err := yaml.Unmarshal([]byte("{"+exampleOf(unique, second)+"}"), &value); err != nil {
		return "", err
	}
	text, err := json.Marshal(value)
	return strings.ReplaceAll(string(text), "`", `\u0060`), err
}
