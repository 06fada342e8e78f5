package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"github.com/newsdesk-api/newsdesk/internal/engine/scaffold"
)

type addCommand struct {
	Resource  addResource  `cmd:"" help:"Add a collection with its operations, handlers and tests."`
	Property  addProperty  `cmd:"" help:"Add a property to the documents of a resource."`
	Operation addOperation `cmd:"" help:"Add an operation of your own to a resource, with a handler to complete and a test."`
}

type removeCommand struct {
	Resource  removeResource  `cmd:"" help:"Remove a resource: its tag, operations, schema, scopes and package."`
	Property  removeProperty  `cmd:"" help:"Remove a property from the documents of a resource."`
	Operation removeOperation `cmd:"" help:"Remove an operation with its handler and test."`
}

type renameCommand struct {
	Property renameProperty `cmd:"" help:"Rename a property of the documents of a resource."`
}

type addResource struct {
	Name       string   `arg:"" optional:"" help:"The name, in the plural: reviews. Without it, the command asks for everything."`
	Properties []string `arg:"" optional:"" help:"Properties, such as 'title:string!' 'rating:integer(1..5)'. Quote them."`
	Schema     string   `help:"The name of the schema; by default the singular of the name: Review."`
	Owner      string   `default:"owner" help:"The property with the id of the user who created a document; none: documents have no owner."`
	Private    bool     `xor:"readers" help:"Only the owner may read a document."`
	Public     bool     `xor:"readers" help:"Everybody may read, without a token. Otherwise readers need the scope reviews:read."`
	Operations []string `default:"crud" help:"Comma-separated; see below. crud: all of them."`
}

func (addResource) Help() string {
	return "A property is " + scaffold.PropertySyntax + ".\n\n" +
		"The operations are " + strings.Join(scaffold.Operations, ", ") + ". Only the owner of a document may change it. Without an " +
		"owner, everybody with the scope reviews:write may.\n\n" +
		"Every role gets the scope reviews:read; the role of new accounts, and each role that may write something, gets reviews:write. " +
		"Change x-roles in openapi.yaml afterwards if that is not what you want.\n\n" +
		"Everything that the command writes is yours to edit. If a name is invalid or taken, nothing is changed."
}

func (c addResource) Run() error {
	if c.Name == "" {
		if !term.IsTerminal(int(os.Stdin.Fd())) {
			return errors.New("name the resource and its properties, such as: add resource reviews 'title:string!' text:text")
		}
		if err := c.ask(os.Stdin, os.Stdout); err != nil {
			return err
		}
	}
	r, err := c.resource()
	if err != nil {
		return err
	}
	return scaffold.AddResource(".", r, os.Stdout)
}

// resource returns the resource that the arguments describe.
func (c addResource) resource() (scaffold.Resource, error) {
	r := scaffold.Resource{Name: c.Name, Schema: c.Schema, Owner: c.Owner, Private: c.Private, Public: c.Public}
	if r.Owner == "none" {
		r.Owner = ""
	}
	if !slices.Contains(c.Operations, "crud") {
		r.Operations = c.Operations
	}
	for _, argument := range c.Properties {
		p, err := scaffold.ParseProperty(argument)
		if err != nil {
			return r, err
		}
		r.Properties = append(r.Properties, p)
	}
	return r, nil
}

// parseResource returns the resource that a text describes as the arguments of add resource do.
func parseResource(text string) (scaffold.Resource, error) {
	var c addResource
	parser, err := kong.New(&c, kong.Name("resource"), kong.NoDefaultHelp())
	if err != nil {
		return scaffold.Resource{}, err
	}
	if _, err := parser.Parse(strings.Fields(text)); err != nil {
		return scaffold.Resource{}, fmt.Errorf("the resource %q: %w", text, err)
	}
	if c.Name == "" {
		return scaffold.Resource{}, errors.New("name the resource and its properties, such as --resource='reviews title:string! text:text'")
	}
	return c.resource()
}

// ask reads the resource from a terminal.
func (c *addResource) ask(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	answer := func(question string) string {
		fmt.Fprint(out, question+" ")
		if !lines.Scan() {
			return ""
		}
		return strings.TrimSpace(lines.Text())
	}
	if c.Name = answer("Name of the resource, in the plural (reviews):"); c.Name == "" {
		return errors.New("no name was given; nothing was changed")
	}
	fmt.Fprintf(out, "Properties, one per line, then an empty line. A property is %s.\n", scaffold.PropertySyntax)
	for {
		text := answer("Property:")
		if text == "" {
			break
		}
		if _, err := scaffold.ParseProperty(text); err != nil {
			fmt.Fprintln(out, err)
			continue
		}
		c.Properties = append(c.Properties, text)
	}
	if owner := answer("Property with the id of the user who creates a document (owner; none if documents have no owner):"); owner != "" {
		c.Owner = owner
	}
	switch answer("Who may read: everybody, users with the scope, or only the owner (public/scope/private; default scope):") {
	case "public":
		c.Public = true
	case "private":
		c.Private = true
	case "", "scope":
	default:
		return errors.New("the answer must be public, scope or private; nothing was changed")
	}
	return lines.Err()
}

type addProperty struct {
	Resource string `arg:"" help:"The name of the resource: reviews."`
	Property string `arg:"" help:"The property: 'rating:integer(1..5)'. Quote it."`
}

func (addProperty) Help() string { return "A property is " + scaffold.PropertySyntax + "." }

func (c addProperty) Run() error {
	p, err := scaffold.ParseProperty(c.Property)
	if err != nil {
		return err
	}
	return scaffold.AddProperty(".", c.Resource, p, os.Stdout)
}

type addOperation struct {
	Resource string `arg:"" help:"The name of the resource: news."`
	Name     string `arg:"" help:"The name of the operation: publish, for the operationId publishNews, or an operationId."`
	Method   string `arg:"" help:"GET, POST, PUT, PATCH or DELETE."`
	Path     string `arg:"" help:"The path: /news/{id}/publish."`
}

func (c addOperation) Run() error {
	return scaffold.AddOperation(".", c.Resource, c.Name, c.Method, c.Path, os.Stdout)
}

type removeResource struct {
	Resource string `arg:"" help:"The name of the resource: reviews."`
}

func (c removeResource) Run() error { return scaffold.RemoveResource(".", c.Resource, os.Stdout) }

type removeProperty struct {
	Resource string `arg:"" help:"The name of the resource: reviews."`
	Property string `arg:"" help:"The name of the property: rating, or place.city."`
}

func (c removeProperty) Run() error {
	return scaffold.RemoveProperty(".", c.Resource, c.Property, os.Stdout)
}

type removeOperation struct {
	Resource string `arg:"" help:"The name of the resource: news."`
	Name     string `arg:"" help:"The name of the operation, as for add operation, or its operationId."`
}

func (c removeOperation) Run() error {
	return scaffold.RemoveOperation(".", c.Resource, c.Name, os.Stdout)
}

type renameProperty struct {
	Property string `arg:"" help:"The resource and its property: reviews.text."`
	Name     string `arg:"" help:"The new name of the property: body."`
}

func (c renameProperty) Run() error {
	resource, property, ok := strings.Cut(c.Property, ".")
	if !ok {
		return fmt.Errorf("%q must name a resource and its property, such as reviews.text", c.Property)
	}
	return scaffold.RenameProperty(".", resource, property, c.Name, os.Stdout)
}
