package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/copystore"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

type copyCommand struct {
	From  string `required:"" placeholder:"STORE" help:"The source: ${stores}"`
	To    string `required:"" placeholder:"STORE" help:"The target, in the same form."`
	Merge bool   `help:"Allow a target with documents that are not in the source. They are not changed."`
}

// Help returns the text that --help adds.
func (copyCommand) Help() string {
	return "Stop the server first: only one process can open a SQLite file, and writes during the copy would be missed. " +
		"The source is not changed. If a copy is interrupted, run it again to continue. " +
		"At the end both stores are read and compared."
}

// Run copies every collection and prints what both stores contain.
func (m copyCommand) Run(ctx context.Context, contract *spec.Contract, c *config, o output) (err error) {
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = errors.New("the copy was interrupted; the source was not changed. Run the command again to continue")
		}
	}()
	models := slices.Clone(engine.Models(contract))
	for i, m := range models { // the documents may exceed a quota; the next start counts them
		unlimited := *m
		unlimited.Quota = nil
		models[i] = &unlimited
	}
	if path, file := strings.CutPrefix(m.From, scheme); file && missing(path) {
		return errors.New("--from: the file does not exist; nothing was copied")
	}
	if m.From == m.To {
		return errors.New("--from and --to are the same store")
	}
	from, err := c.openSide(ctx, "--from", m.From, models)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close(context.WithoutCancel(ctx))) }()
	to, err := c.openSide(ctx, "--to", m.To, models)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close(context.WithoutCancel(ctx))) }()
	collections, err := copystore.Copy(ctx, from, to, models, copystore.Options{Merge: m.Merge, Progress: progress(o.log)})
	table := tabwriter.NewWriter(o.out, 0, 0, 2, ' ', 0)
	if len(collections) > 0 {
		fmt.Fprintln(table, "collection\tdocuments\tcopied now\tsource\ttarget")
	}
	for _, c := range collections {
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\n", c.Name, c.Documents, c.Copied, c.Source, c.Target)
	}
	return errors.Join(err, table.Flush())
}

// openSide opens the source or the target of a copy, and migrates it to the models.
func (c *config) openSide(ctx context.Context, flag, name string, models []*store.Model) (store.Backend, error) {
	backend, _, err := c.open(ctx, flag, name, adminTimeout)
	if err != nil {
		return nil, err
	}
	if err := backend.Migrate(ctx, models); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", flag, err), backend.Close(context.WithoutCancel(ctx)))
	}
	return backend, nil
}

// progress returns a function that shows the progress of a copy on a terminal; nil if w is not a terminal.
func progress(w io.Writer) func(doing string, done, total int64) {
	if !terminal(w) {
		return nil
	}
	return bar(w)
}

// bar returns a function that draws a progress bar, at most ten times a second, and ends the line when all is done.
func bar(w io.Writer) func(doing string, done, total int64) {
	const width = 30
	var drawn time.Time
	return func(doing string, done, total int64) {
		if done < total && time.Since(drawn) < 100*time.Millisecond {
			return
		}
		drawn = time.Now()
		filled := int(width * done / max(total, 1))
		fmt.Fprintf(w, "\r%-24s [%-*s] %d of %d", doing, width, strings.Repeat("#", min(filled, width)), done, total)
		if done == total {
			fmt.Fprintln(w)
		}
	}
}
