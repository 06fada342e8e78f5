package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
)

type backupCommand struct {
	Target string `arg:"" name:"target" help:"A new file, or an existing directory for a file with the current time in its name."`
	Keep   int    `placeholder:"NUMBER" help:"With a directory: keep this many of its backups and delete older ones. Default: keep all."`
}

// Help returns the text that --help adds.
func (backupCommand) Help() string {
	return "It prints the path of the backup, a copy of the database that was checked. A server can run meanwhile. The key file is not " +
		"part of the backup; see docs/operate/backup.md. To back up regularly, run the server with --backup-every and --backup-dir."
}

// Run writes a backup and prints its path.
func (b backupCommand) Run(ctx context.Context, contract *spec.Contract, c *config, o output) (err error) {
	if _, file := cutScheme(c.store()); !file {
		return c.useTool("mongodump")
	}
	if b.Target, err = filepath.Abs(b.Target); err != nil {
		return err
	}
	return c.run(ctx, contract, o, b)
}

func (backupCommand) asItIs() {}

func (b backupCommand) execute(ctx context.Context, s *session, o output) error {
	db, err := s.sqlite("mongodump")
	if err != nil {
		return err
	}
	into := backups{db: db, name: s.config.name, directory: b.Target, keep: b.Keep}
	draw := copying(o, "back up")
	if info, err := os.Stat(b.Target); err != nil || !info.IsDir() {
		if b.Keep != 0 {
			return errors.New("--keep needs a directory")
		}
		if err := db.Backup(ctx, b.Target, draw); err != nil {
			return err
		}
		_, err := fmt.Fprintln(o.out, b.Target)
		return err
	}
	path, err := into.write(ctx, draw)
	if path != "" {
		fmt.Fprintln(o.out, path)
	}
	return err
}

// copying returns a function that shows progress on a terminal; nil if the log is not a terminal.
func copying(o output, doing string) func(done, total int64) {
	show := progress(o.log)
	if show == nil {
		return nil
	}
	return func(done, total int64) { show(doing, done, total) }
}

// sqlite returns the database. If the store is MongoDB, the error says how to use its own tool.
func (s *session) sqlite(tool string) (*sqlite.DB, error) {
	if db, is := s.backend.(*sqlite.DB); is {
		return db, nil
	}
	return nil, s.config.useTool(tool)
}

// useTool returns the error for a command that MongoDB's own tools replace; tool is empty if none does.
func (c *config) useTool(tool string) error {
	if tool == "" {
		return errors.New("the store is MongoDB, which manages its files itself")
	}
	hint := ""
	if _, err := exec.LookPath(tool); err != nil {
		hint = ", which is not installed here"
	}
	return fmt.Errorf(`the store is MongoDB; use its own tool%s: %s --uri="$%s_STORE" --gzip --archive=FILE`,
		hint, tool, environmentName(c.name))
}

type restoreCommand struct {
	File string `arg:"" help:"A backup, or a directory of backups, of which the newest is used."`
}

// Help returns the text that --help adds.
func (restoreCommand) Help() string {
	return "Stop the server first. The backup is checked before, and does not change. The replaced database stays beside it."
}

// Run puts a copy of a backup in the place of the database.
func (r restoreCommand) Run(ctx context.Context, contract *spec.Contract, c *config, o output) error {
	path, file := cutScheme(c.store())
	if !file {
		return c.useTool("mongorestore")
	}
	if path == memory {
		return errors.New("--data=:memory: keeps no documents; pass the --data or --store of the server")
	}
	if c.Store == "" {
		if err := c.makeData(); err != nil {
			return err
		}
	}
	from := r.File
	if info, err := os.Stat(from); err == nil && info.IsDir() {
		all, err := (backups{name: c.name, directory: from}).list()
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return fmt.Errorf("the directory %s contains no backups of %s", from, c.name)
		}
		from = all[len(all)-1]
	}
	replaced, err := sqlite.Restore(ctx, from, path, func(ctx context.Context, db *sqlite.DB) error {
		_, err := db.Plan(ctx, engine.Models(contract))
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out, "restored %s\n  from      %s\n", path, from)
	if replaced != "" {
		fmt.Fprintf(o.out, "  replaced  %s\n", replaced)
	}
	return nil
}

type compactCommand struct {
	Rewrite bool `help:"Allow a database of an earlier version to be rewritten, for which writes wait."`
}

// Help returns the text that --help adds.
func (compactCommand) Help() string {
	return "It returns the space of deleted documents to the file system. A server can run meanwhile."
}

// Run compacts the database and prints its size before and after.
func (k compactCommand) Run(ctx context.Context, contract *spec.Contract, c *config, o output) error {
	if _, file := cutScheme(c.store()); !file {
		return c.useTool("")
	}
	return c.run(ctx, contract, o, k)
}

func (compactCommand) asItIs() {}

func (k compactCommand) execute(ctx context.Context, s *session, o output) error {
	db, err := s.sqlite("")
	if err != nil {
		return err
	}
	before, after, err := db.Compact(ctx, k.Rewrite || !s.serving, copying(o, "compact"))
	if errors.Is(err, sqlite.ErrNeedsVacuum) {
		return fmt.Errorf("%w; compact --rewrite rewrites it once, all %d bytes, and writes wait meanwhile", err, before)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.out, "%d bytes before, %d after\n", before, after)
	return err
}

// backups is a directory of backups. Their names contain the time, so that they sort by it.
type backups struct {
	db        *sqlite.DB
	name      string // of the program
	directory string
	keep      int // 0: all
}

const backupTime = "20060102T150405.000Z"

// abandonedAfter is the age at which an incomplete backup belongs to a process that was killed: a running one writes to its file all the
// time, except while it verifies it.
const abandonedAfter = 24 * time.Hour

// write writes a backup, and deletes the oldest ones. It returns the path of the new one, also if only the deletion fails.
func (b backups) write(ctx context.Context, progress func(done, total int64)) (string, error) {
	if b.keep < 0 {
		return "", errors.New("the number of backups to keep must not be negative")
	}
	b.removeAbandoned()
	path := b.path(time.Now())
	if err := b.db.Backup(ctx, path, progress); err != nil {
		return "", err
	}
	all, err := b.list()
	if err != nil || b.keep == 0 {
		return path, err
	}
	for _, old := range all[:max(0, len(all)-b.keep)] {
		err = errors.Join(err, os.Remove(old))
	}
	return path, err
}

// path returns the path of a backup of that time.
func (b backups) path(at time.Time) string {
	return filepath.Join(b.directory, b.name+"-"+at.UTC().Format(backupTime)+".sqlite")
}

// list returns the paths of the backups in the directory, the oldest first. It ignores files with other names. If the clock was put back,
// backups have a time in the future: these are the first, because the others were made after them.
func (b backups) list() ([]string, error) {
	entries, err := os.ReadDir(b.directory)
	if err != nil {
		return nil, err
	}
	own := regexp.MustCompile(`^` + regexp.QuoteMeta(b.name) + `-\d{8}T\d{6}\.\d{3}Z\.sqlite$`)
	now := b.path(time.Now())
	var past, future []string
	for _, entry := range entries { // in the order of their names
		switch path := filepath.Join(b.directory, entry.Name()); {
		case !own.MatchString(entry.Name()) || !entry.Type().IsRegular():
		case path > now:
			future = append(future, path)
		default:
			past = append(past, path)
		}
	}
	return append(future, past...), nil
}

// removeAbandoned deletes incomplete backups of processes that were killed.
func (b backups) removeAbandoned() {
	entries, _ := os.ReadDir(b.directory) // the backup reports the error
	own := regexp.MustCompile(`^\.` + regexp.QuoteMeta(b.name) + `-\d{8}T\d{6}\.\d{3}Z\.sqlite-\d+\.tmp`)
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && own.MatchString(entry.Name()) && time.Since(info.ModTime()) > abandonedAfter {
			_ = os.Remove(filepath.Join(b.directory, entry.Name()))
		}
	}
}
