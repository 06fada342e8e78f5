package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
)

type keys struct {
	List   keyList   `cmd:"" help:"List the keys. The first one signs."`
	Create keyCreate `cmd:"" help:"Create a key file with one key, before the first start of the server."`
	Rotate keyRotate `cmd:"" help:"Create a new key, which signs from now on."`
}

// Help returns the text that --help adds.
func (keys) Help() string {
	return "Pass the same --data or --key as the server. A running server loads the changed keys within 2 seconds; nobody is signed out."
}

type keyList struct{}

// Run prints the id, algorithm and use of each key.
func (k keyList) Run(ctx context.Context, c *config, o output) error { return c.runOnKeys(ctx, o, k) }

func (keyList) execute(_ context.Context, s *session, o output) error {
	keys, err := s.config.keysOfFile()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(o.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "kid\talgorithm\tuse")
	for i, key := range keys.All() {
		fmt.Fprintf(table, "%s\t%s\t%s\n", key.ID(), key.Algorithm(), use(i, key.Retired()))
	}
	return table.Flush()
}

// use returns what the key at that index is used for.
func use(index int, retired time.Time) string {
	switch {
	case index == 0:
		return "signs"
	case retired.IsZero():
		return "verifies"
	}
	return "retired " + retired.Format(time.RFC3339) + ", verifies for the server's --token-ttl"
}

type keyCreate struct {
	Algorithm string `enum:"EdDSA,ES256,RS256" default:"EdDSA" placeholder:"EdDSA|ES256|RS256" help:"${algorithm} Default: ${default}."`
}

// Run creates the file and prints the key's id and algorithm. It returns an error, and changes nothing, if the file exists.
func (k keyCreate) Run(ctx context.Context, c *config, o output) error { return c.runOnKeys(ctx, o, k) }

func (k keyCreate) execute(_ context.Context, s *session, o output) error {
	c := s.config
	path := c.keyFile()
	if path == "" {
		return errNoKeyFile
	}
	if c.Key == "" {
		if err := c.makeData(); err != nil {
			return err
		}
	}
	keys, err := auth.CreateKeys(path, k.Algorithm, auth.MaxTTL+auth.MaxLeeway)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("the file %s exists and was not changed; to add a key to it, use %s key rotate --algorithm=%s",
			path, c.name, k.Algorithm)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.out, "Created key %s (%s) in %s.\n", keys.Current().ID(), keys.Current().Algorithm(), path)
	return err
}

type keyRotate struct {
	Algorithm string `enum:",EdDSA,ES256,RS256" default:"" placeholder:"EdDSA|ES256|RS256" help:"${algorithm} Default: no change."`
}

// Run rotates the keys and prints their new uses.
func (k keyRotate) Run(ctx context.Context, c *config, o output) error { return c.runOnKeys(ctx, o, k) }

func (k keyRotate) execute(ctx context.Context, s *session, o output) error {
	keys, err := s.config.keysOfFile()
	if err != nil {
		return err
	}
	rotate := keys.Rotate
	if k.Algorithm != "" {
		rotate = func(ctx context.Context) (*auth.Key, error) { return keys.RotateTo(ctx, k.Algorithm) }
	}
	next, err := rotate(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.out, "%s (%s) signs from now on.\nRunning servers load it within 2 seconds.\n"+
		"%s still verifies the tokens that it has signed, for the server's --token-ttl. If it has leaked, delete it from %s.\n",
		next.ID(), next.Algorithm(), keys.All()[1].ID(), s.config.keyFile())
	return err
}

// runOnKeys executes a command in the server that runs with this data directory, which knows its key file, or else in this process.
func (c *config) runOnKeys(ctx context.Context, o output, command storeCommand) error {
	o.in = strings.NewReader("")
	if c.Key == "" {
		if done, err := c.runInServer(ctx, o, command); done {
			return err
		}
	}
	return command.execute(ctx, &session{config: c}, o)
}

var errNoKeyFile = errors.New("--data=:memory: has no key file, because the server keeps its key in memory; pass one with --key")

func (c *config) keysOfFile() (*auth.Keys, error) {
	path := c.keyFile()
	if path == "" {
		return nil, errNoKeyFile
	}
	keys, err := auth.LoadKeys(path, auth.MaxTTL+auth.MaxLeeway) // the command does not know the server's --token-ttl
	if errors.Is(err, fs.ErrNotExist) && c.Key == "" {
		err = fmt.Errorf("%w; the server creates it at its first start", err)
	}
	return keys, err
}
