package scaffold

import (
	"fmt"
	"io"
	"strings"
)

// LoopBack describes the import of a LoopBack 4 application.
type LoopBack struct {
	Source string // the URL or the file of its OpenAPI document
	Owner  string // the property with the id of the user who created a document; empty: documents have no owner
	DryRun bool   // only report
}

// ImportLoopBack adds the models of a LoopBack 4 application that have operations like those of its CrudRestController as resources, as
// AddResource does, with the paths that they have there. It writes to out what it has added, and what it has not carried over. It
// returns an error, and changes nothing, if the document is not one of OpenAPI 3.0 in JSON.
func ImportLoopBack(root string, l LoopBack, out io.Writer) error {
	t, err := open(root)
	if err != nil {
		return err
	}
	text, err := readDocument(l.Source)
	if err != nil {
		return fmt.Errorf("%s: %w", l.Source, err)
	}
	document, err := parseLoopBack(text)
	if err != nil {
		return fmt.Errorf("%s: %w", l.Source, err)
	}
	added, err := t.addLoopBack(document, l.Owner)
	if err != nil {
		return err
	}
	apply := t.apply
	if l.DryRun || len(added) == 0 {
		apply = t.complete
	}
	if err := apply(); err != nil {
		return err
	}
	return document.report(added, l, out)
}

// addLoopBack adds the resources of a document, and returns a line about each.
func (t *workspace) addLoopBack(l *loopBack, owner string) (added []string, err error) {
	for _, r := range l.resources(t.contract) {
		r.Owner = owner
		d, err := t.describe(r.Resource)
		if err != nil {
			l.note(r.pointer, "not imported: %v", err)
			continue
		}
		if err := t.add(d); err != nil {
			return nil, err
		}
		added = append(added, fmt.Sprintf("%s: the schema %s, and %s of %s", d.Name, d.Schema, strings.Join(d.Operations, ", "), d.Path))
	}
	return added, nil
}

// unsaid is what an OpenAPI document of LoopBack does not contain.
const unsaid = `
Not in LoopBack's document, so check it in the models and controllers:
- Authorization. Each operation needs a token with the scope NAME:read or NAME:write; x-roles in openapi.yaml says who has them.
- Owners. %s
- Hidden properties, default values such as now, unique indexes and hooks. Write the property, default, x-default or
  x-collection.indexes in openapi.yaml, and hooks in the handlers.
- Lengths. A string without maxLength gets 1000, so that documents can be sorted by it, or none if it has the name of a long text.
`

func (l *loopBack) report(added []string, options LoopBack, out io.Writer) error {
	var b strings.Builder
	verb := "Added"
	if options.DryRun {
		verb = "Would add"
	}
	if len(added) == 0 {
		b.WriteString("Nothing to add.\n")
	}
	for _, line := range added {
		fmt.Fprintf(&b, "%s %s\n", verb, line)
	}
	if len(l.served) > 0 {
		b.WriteString("Already in openapi.yaml: " + strings.Join(l.served, ", ") + "\n")
	}
	if len(l.notes) > 0 {
		b.WriteString("\nTo check, or not carried over:\n- " + strings.Join(l.notes, "\n- ") + "\n")
	}
	if len(added) > 0 {
		owner := "Every user with the scope NAME:write can change all documents; --owner=owner lets only the user who created one."
		if options.Owner != "" {
			owner = "Only the user who created a document can change it; documents have a property " + options.Owner + "."
		}
		fmt.Fprintf(&b, unsaid, owner)
	}
	_, err := io.WriteString(out, b.String())
	return err
}
