package scaffold

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/generate"
)

func TestParseProperty(t *testing.T) {
	t.Parallel()
	for argument, want := range map[string]string{
		"title:string":          "{type: string, format: single-line, maxLength: 200}",
		"title:string(3..80)!":  "{type: string, format: single-line, minLength: 3, maxLength: 80}",
		"text:text!":            `{type: string, minLength: 1, maxLength: 10000, pattern: '^[^\x00]*$'}`,
		"text:text(..500)":      `{type: string, maxLength: 500, pattern: '^[^\x00]*$'}`,
		"rating:integer(1..5)":  "{type: integer, format: int64, minimum: 1, maximum: 5}",
		"n:integer(-3..)=-2":    "{type: integer, format: int64, minimum: -3, default: -2}",
		"price:number(0.5..)":   "{type: number, minimum: 0.5}",
		"done:boolean=false":    "{type: boolean, default: false}",
		"due:date":              "{type: string, format: date-time}",
		"due:date=now":          "{type: string, format: date-time, x-default: now}",
		"mail:email":            "{type: string, format: email, maxLength: 254}",
		"site:url":              `{type: string, format: uri, maxLength: 1000, pattern: '^https?://[^\s\x00]+$'}`,
		"key:uuid":              "{type: string, format: uuid, maxLength: 36}",
		"status:draft|final":    "{type: string, enum: [draft, final]}",
		"status:a|b!=a":         "{type: string, enum: [a, b], default: a}",
		"answer:yes|no|maybe":   "{type: string, enum: ['yes', 'no', maybe]}",
		"tags:string[]":         "{type: array, maxItems: 100, items: {type: string, format: single-line, maxLength: 200}}",
		"colours:red|green[]":   "{type: array, maxItems: 100, items: {type: string, enum: [red, green]}}",
		"scores:integer[](0..)": "{type: array, maxItems: 100, items: {type: integer, format: int64, minimum: 0}}",
		"greeting:string=Grüße": "{type: string, format: single-line, maxLength: 200, default: 'Grüße'}",
		"greeting:string=It's":  "{type: string, format: single-line, maxLength: 200, default: 'It''s'}",
	} {
		p, err := ParseProperty(argument)
		if err != nil || p.schema() != want {
			t.Errorf("%s: %s, %v; want %s", argument, p.schema(), err, want)
		}
	}
	for argument, want := range map[string]string{
		"title": "write name:type", "": "write name:type", "Title:string": "invalid name", "a b:string": "invalid name",
		"a.b.c.d.e:string": "nested 4 deep", "id:string": "has a meaning", "and:string": "has a meaning", "null:string": "has a meaning",
		"place.no:string": "the name no has a meaning in documents, filters or YAML; use another one, such as no_name",
		"a:varchar":       `unknown type "varchar"`,
		"a:string(5)":     "is not a range", "a:string()": "is not a range", "a:string(..)": "is not a range",
		"a:boolean(1..2)":   "is not a range",
		"a:integer(1.5..2)": "invalid limit", "a:integer(5..1)": "5 is greater than 1", "a:string(-1..)": "invalid limit",
		"a:string(..0)": "must be at least 1", "a:text(201..)": "at most 200",
		"a:integer(1..5)=9": "invalid default", "a:integer=x": "invalid default", "a:boolean=yes": "invalid default",
		"a:x|y=z":         "invalid default",
		"a:date=tomorrow": `invalid default "tomorrow"; use now, or a time such as`, "a:string=a\u2028b": "invalid default",
		"a:string= b": "invalid default", "a:string=": "needs a value",
		"a:string[]=x": "needs a value",
		"a.b:string=x": "needs a value", "a:email=x@example.com": "has no default", "a:x|x": "duplicate value", "a:x|": "duplicate value",
		"a:string!!": `write name:type`,
	} {
		if _, err := ParseProperty(argument); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", argument, err, want)
		}
	}
}

// What the parser accepts becomes a valid schema with valid examples, whatever it is.
func FuzzParseProperty(f *testing.F) {
	for _, argument := range all {
		f.Add(argument)
	}
	f.Fuzz(func(t *testing.T, argument string) {
		p, err := ParseProperty(argument)
		if err != nil {
			return
		}
		var schema, example, other any
		text := "a:\n" + propertyLines([]Property{p}, 2)
		if err := yaml.Unmarshal([]byte(text), &schema); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		for _, e := range []struct {
			text string
			into *any
		}{{"{" + exampleOf([]Property{p}, false) + "}", &example}, {"{" + exampleOf([]Property{p}, true) + "}", &other}} {
			if err := yaml.Unmarshal([]byte(e.text), e.into); err != nil {
				t.Fatalf("%v in %s", err, e.text)
			}
		}
		tree := treeWith(t, small)
		d, err := tree.describe(Resource{Name: "reviews", Properties: []Property{p}})
		if err != nil {
			return // a name that the server sets
		}
		if err := d.write(tree.contract); err != nil {
			t.Fatal(err)
		}
		loads(t, string(tree.contract.text()))
	})
}

// Lines of the small contract that a change of a property removes and adds.
func TestProperties(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		change        func(*contract) error
		removed, want string
	}{
		{"add", func(c *contract) error { return addIn(c, "note:string") }, "", `
| example: {item: tea, size: {width: 2, height: 3}, note: A note}
| example: &order {id: '1', item: tea, size: {width: 2, height: 3}, owner: '7', note: A note}
| note: {type: string, format: single-line, maxLength: 200}`},
		{"add a required one", func(c *contract) error { return addIn(c, "n:integer!=3") }, "", `
| example: {item: tea, size: {width: 2, height: 3}, n: 3}
| example: &order {id: '1', item: tea, size: {width: 2, height: 3}, owner: '7', n: 3}
| -   n
| n: {type: integer, format: int64, default: 3}`},
		{"add a nested one", func(c *contract) error { return addIn(c, "size.depth:integer") }, "", `
| example: {item: tea, size: {width: 2, height: 3, depth: 7}}
| example: &order {id: '1', item: tea, size: {width: 2, height: 3, depth: 7}, owner: '7'}
| depth: {type: integer, format: int64}`},
		{"remove", func(c *contract) error { return removeIn(c, "item") }, `
| - item # what
| # What the customer gets.
| item: {type: string, maxLength: 40}`, `
| example: {size: {width: 2, height: 3}}
| example: &order {id: '1', size: {width: 2, height: 3}, owner: '7'}
| example: {where: {and: [{owner: '7'}, {size.width: 2}]}, fields: [id]}`},
		{"remove a nested one", func(c *contract) error { return removeIn(c, "size.height") }, `
| height: {type: integer}`, `
| example: {item: tea, size: {width: 2}}
| example: &order {id: '1', item: tea, size: {width: 2}, owner: '7'}`},
		{"rename", func(c *contract) error { return renameIn(c, "item", "product") }, "", `
| example: {product: tea, size: {width: 2, height: 3}}
| example: &order {id: '1', product: tea, size: {width: 2, height: 3}, owner: '7'}
| example: {where: {and: [{product: tea}, {size.width: 2}]}, order: 'product DESC, size.width', fields: [id, product]}
| - product # what
| product: {type: string, maxLength: 40}`},
		{"rename a nested one", func(c *contract) error { return renameIn(c, "size.width", "breadth") }, "", `
| example: {item: tea, size: {breadth: 2, height: 3}}
| example: &order {id: '1', item: tea, size: {breadth: 2, height: 3}, owner: '7'}
| example: {where: {and: [{item: tea}, {size.breadth: 2}]}, order: 'item DESC, size.breadth', fields: [id, item]}
| indexes: [{fields: [owner, size.breadth]}]
| breadth: {type: integer}`},
		{"rename the owner", func(c *contract) error { return renameIn(c, "owner", "author") }, "", `
| example: &order {id: '1', item: tea, size: {width: 2, height: 3}, author: '7'}
| owner: author
| indexes: [{fields: [author, size.width]}]
| - author
| author: {type: string, maxLength: 64, readOnly: true}`},
	} {
		for _, text := range []string{small, strings.ReplaceAll(small, "\n", "\r\n")} {
			c, err := parseContract([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.change(c); err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			loads(t, string(c.text()))
			removed, added := difference(text, string(c.text()))
			if got := strings.Join(added, ""); got != tt.want {
				t.Errorf("%s: added %s\nwant %s", tt.name, got, tt.want)
			}
			for line := range strings.Lines(tt.removed) {
				if line = "\n" + strings.TrimSuffix(line, "\n"); line != "\n" && !slices.Contains(removed, line) {
					t.Errorf("%s: %s was not removed", tt.name, line)
				}
			}
			replaced := strings.Count(tt.removed, "|") + strings.Count(tt.want, "| example")
			if tt.removed != "" && len(removed) != replaced {
				t.Errorf("%s: removed %q", tt.name, removed)
			}
		}
	}
}

func addIn(c *contract, argument string) error {
	p, err := ParseProperty(argument)
	if err == nil {
		_, err = c.addProperty("orders", p)
	}
	return err
}

func removeIn(c *contract, property string) error {
	_, err := c.removeProperty("orders", strings.Split(property, "."))
	return err
}

func renameIn(c *contract, property, name string) error {
	_, err := c.renameProperty("orders", strings.Split(property, "."), name)
	return err
}

// difference returns the lines that are only in the one text, and only in the other, without indentation.
func difference(old, text string) (removed, added []string) {
	lines := func(text string) (found []string) {
		for line := range strings.Lines(text) {
			found = append(found, "\n| "+strings.TrimSpace(line))
		}
		return found
	}
	only := func(some, others []string) (found []string) {
		for _, line := range some {
			if i := slices.Index(others, line); i >= 0 {
				others = slices.Delete(slices.Clone(others), i, i+1)
			} else {
				found = append(found, line)
			}
		}
		return found
	}
	return only(lines(old), lines(text)), only(lines(text), lines(old))
}

func TestPropertyErrors(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*contract) error{
		"the property item already exists":                 func(c *contract) error { return addIn(c, "item:string") },
		"the property owner already exists":                func(c *contract) error { return addIn(c, "own_er:string") },
		"the property size.width already exists":           func(c *contract) error { return addIn(c, "size.width:string") },
		"item has no properties":                           func(c *contract) error { return addIn(c, "item.x:string") },
		"the server would not start with stored documents": func(c *contract) error { return addIn(c, "note:string!") },
		"the schema Order has no property note":            func(c *contract) error { return removeIn(c, "note") },
		"every document has an id":                         func(c *contract) error { return removeIn(c, "id") },
		"owner is the owner in x-collection":               func(c *contract) error { return removeIn(c, "owner") },
		"an index in x-collection names size":              func(c *contract) error { return removeIn(c, "size") },
		"an index in x-collection names size.width":        func(c *contract) error { return removeIn(c, "size.width") },
		"the schema Order has no property size.depth":      func(c *contract) error { return renameIn(c, "size.depth", "z") },
		"the property height already exists":               func(c *contract) error { return renameIn(c, "size.width", "height") },
		"item has that name already":                       func(c *contract) error { return renameIn(c, "item", "item") },
		`invalid name "Nr 1"`:                              func(c *contract) error { return renameIn(c, "item", "Nr 1") },
		"every document has an id; it cannot be renamed":   func(c *contract) error { return renameIn(c, "id", "key") },
		`unknown resource "x"; the resources are orders`:   func(c *contract) error { return second(c.schemaOf("x")) },
		`unknown operation "x"; the operations tagged`:     func(c *contract) error { return second(c.removeOperation("orders", "x")) },
		`unknown resource "x"; the resources`:              func(c *contract) error { return second(c.removeResource("x")) },
	} {
		c, err := parseContract([]byte(small))
		if err != nil {
			t.Fatal(err)
		}
		if err := change(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		if string(c.text()) != small {
			t.Errorf("%s: the text has changed", want)
		}
	}
}

// The line in a message is that of the file, which has more lines than the text that is changed.
func TestPlaces(t *testing.T) {
	t.Parallel()
	completed, err := generate.Complete([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	c, err := parseContract([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	c.number(completed)
	for want, change := range map[string]func(*contract) error{
		"        x-collection:\n": func(c *contract) error { return removeIn(c, "owner") },
		"                item: ":  func(c *contract) error { return addIn(c, "item:string") },
	} {
		err := change(c)
		place := regexp.MustCompile(`^openapi.yaml:(\d+): `).FindStringSubmatch(fmt.Sprint(err))
		if place == nil {
			t.Fatalf("%v has no place", err)
		}
		line, _ := strconv.Atoi(place[1])
		if got := strings.SplitAfter(string(completed), "\n")[line-1]; !strings.Contains(got, want) {
			t.Errorf("%v: the line is %q, want %q", err, got, want)
		}
	}
	if err := addIn(c, "note:string"); err != nil || len(c.numbers) != len(c.lines) {
		t.Errorf("%v, %d numbers for %d lines", err, len(c.numbers), len(c.lines))
	}
}

func second[T any](_ T, err error) error { return err }

func TestStoredNote(t *testing.T) {
	t.Parallel()
	for property, want := range map[string]string{"text": "the server does not start", "place.city": "`migrate` lists them"} {
		if note := storedNote("Review", property); !strings.Contains(note, want) {
			t.Errorf("%s: %s", property, note)
		}
	}
}
