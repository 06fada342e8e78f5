package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/transfer"
)

// texts are the collections and the format of an export or import.
type texts struct {
	Collection string          `arg:"" optional:"" help:"The collection, by its schema in the contract: ${schemas}."`
	All        bool            `help:"All of these collections in one NDJSON text, in which each line names its collection."`
	Format     transfer.Format `enum:"ndjson,csv" default:"ndjson" placeholder:"ndjson|csv" help:"${format} Default: ${default}."`
}

// check returns an error if the flags do not fit together.
func (x texts) check() error {
	switch {
	case x.All == (x.Collection != ""):
		return errors.New("want the name of a collection, or --all")
	case x.All && x.Format == transfer.CSV:
		return errors.New("--all needs --format=ndjson, because the collections have different properties")
	}
	return nil
}

// models returns the collections. Those of the engine, such as passwords and sessions, are not among them: a text is often mailed or kept
// where a database would not be. The commands backup and copy include them.
func (x texts) models(s *session) ([]*store.Model, error) {
	if err := x.check(); err != nil {
		return nil, err
	}
	names := collections(s.contract)
	var found []*store.Model
	for _, m := range s.documents.Models() {
		name := m.Schema.Name()
		if slices.Contains(names, name) && (x.All || strings.EqualFold(name, x.Collection) || m.Collection == x.Collection) {
			found = append(found, m)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("unknown collection %q; the contract has: %s", x.Collection, strings.Join(names, ", "))
	}
	return found, nil
}

// collections returns the names of the contract's collections.
func collections(contract *spec.Contract) (names []string) {
	for _, m := range contract.Models() {
		names = append(names, m.Schema.Name())
	}
	return names
}

type exportCommand struct{ texts }

// Help returns the text that --help adds.
func (exportCommand) Help() string {
	return "It writes the documents to standard output, in the order of their ids. Passwords, sessions and other data of the engine " +
		"are never exported; use backup or copy for these. In a CSV, an empty cell is an absent value, and a text with which a formula " +
		"could begin has an apostrophe in front."
}

// Run writes the documents.
func (e exportCommand) Run(ctx context.Context, contract *spec.Contract, c *config, o output) error {
	if err := e.check(); err != nil {
		return err
	}
	return c.run(ctx, contract, o, e)
}

func (e exportCommand) execute(ctx context.Context, s *session, o output) error {
	models, err := e.models(s)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(o.out, 64<<10)
	for _, m := range models {
		options := transfer.ExportOptions{Format: e.Format, Tagged: e.All}
		if show := progress(o.log); show != nil {
			total, err := s.backend.Count(ctx, m, nil)
			if err != nil {
				return err
			}
			options.Progress = func(done int64) { show("export "+m.Collection, min(done, total), total) }
		}
		if _, err := transfer.Export(ctx, s.backend, m, out, options); err != nil {
			return err
		}
	}
	return out.Flush()
}

// maxRejected is the maximum number of rejected lines that an import shows.
const maxRejected = 100

type importCommand struct {
	texts
	From     string `type:"path" placeholder:"FILE" help:"The text to import. Default: standard input."`
	FromLine int    `default:"1" placeholder:"NUMBER" help:"Skip earlier lines, for example after an interruption."`
	Rejected string `type:"path" placeholder:"FILE" help:"${rejected}"`

	Size int64 `kong:"-"` // of the input in bytes; 0: unknown
}

// Help returns the text that --help adds.
func (importCommand) Help() string {
	return "A document with a new id is inserted, and one with the id of a stored document replaces it. Each is checked against the " +
		"contract; those that do not fit are reported and left out, and the exit code is then 1. Running it again changes nothing. " +
		"Lines of mongoexport are understood; _id is another name of id. Exports of older programs are understood, too: former names of " +
		"properties (x-was) are other names of these. A CSV needs a header row."
}

// Run stores the documents.
func (i importCommand) Run(ctx context.Context, contract *spec.Contract, c *config, o output) (err error) {
	if err := i.check(); err != nil {
		return err
	}
	if i.From != "" {
		file, err := os.Open(i.From)
		if err != nil {
			return fmt.Errorf("--from: %w", err)
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return fmt.Errorf("--from: %s is a directory", i.From)
		} else if err == nil && info.Mode().IsRegular() {
			i.Size = info.Size()
		}
		o.in = file
	}
	if i.Rejected != "" {
		file, err := os.OpenFile(i.Rejected, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("--rejected: %w", err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		o.out = file
	}
	return c.run(ctx, contract, o, i)
}

func (importCommand) readsInput() {}

func (importCommand) creates() {}

func (i importCommand) execute(ctx context.Context, s *session, o output) error {
	models, err := i.models(s)
	if err != nil {
		return err
	}
	options := transfer.ImportOptions{Format: i.Format, FromLine: i.FromLine, Changed: s.changed}
	shown := 0
	options.Rejected = func(r transfer.Rejection) (err error) {
		if i.Rejected != "" {
			return json.NewEncoder(o.out).Encode(r)
		}
		if shown++; shown <= maxRejected {
			_, err = fmt.Fprintln(o.log, r)
		}
		return err
	}
	if show := progress(o.log); show != nil && i.Size > 0 {
		options.Progress = func(bytes int64) { show("import", min(bytes, i.Size), i.Size) }
	}
	result, next, err := transfer.Import(byOperator(ctx), s.backend, models, i.All, o.in, options)
	if shown > maxRejected {
		fmt.Fprintf(o.log, "%d more lines were rejected; --rejected=FILE lists all of them\n", shown-maxRejected)
	}
	fmt.Fprintf(o.log, "%d inserted, %d updated, %d unchanged, %d rejected\n", result.Inserted, result.Updated, result.Unchanged,
		result.Rejected)
	if err != nil && next > max(1, i.FromLine) {
		return fmt.Errorf("%w; run it again to continue, with --from-line=%d to skip what is done", err, next)
	} else if err != nil {
		return err
	}
	if result.Rejected > 0 {
		return fmt.Errorf("documents that do not fit the contract were rejected: %d", result.Rejected)
	}
	return nil
}

// changed ends the sessions of a changed account, because tokens contain the scopes of the old roles.
func (s *session) changed(ctx context.Context, m *store.Model, id string) error {
	if !s.contract.Accounts() || m.Schema.Name() != "User" {
		return nil
	}
	return s.services.Accounts.Sessions.EndAll(ctx, id, "")
}
