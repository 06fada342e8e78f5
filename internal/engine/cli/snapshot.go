package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
)

// snapshotCommand makes a copy of the database of a server, prints its path, and deletes it when the client disconnects. A program of
// another version can use it, too.
type snapshotCommand struct{}

func (snapshotCommand) anyBuild() {}

func (snapshotCommand) execute(ctx context.Context, s *session, o output) error {
	db, err := s.sqlite("mongodump")
	if err != nil {
		return err
	}
	path, _ := cutScheme(s.config.store())
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	directory, err := os.MkdirTemp(filepath.Dir(path), sqlite.Temporary(path, "snapshot"))
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	path = filepath.Join(directory, "copy.sqlite")
	if err := db.Backup(ctx, path, copying(o, "copy")); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(o.out, path); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// snapshot returns the path of a copy of the database that a server uses; empty if there is no server. The copy exists until release is
// called.
func (c *config) snapshot(ctx context.Context, o output) (path string, release func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		_, err := c.runInServer(ctx, output{strings.NewReader(""), writer, o.log}, snapshotCommand{})
		ended <- err
		writer.Close()
	}()
	line, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil { // the command has ended
		cancel()
		return "", func() {}, <-ended
	}
	return strings.TrimSpace(line), func() {
		cancel()
		<-ended
	}, nil
}
