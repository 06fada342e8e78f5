package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"text/tabwriter"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
)

type keys struct {
	List   keyList   `cmd:"" help:"Print the keys, the one that signs first."`
	Rotate keyRotate `cmd:"" help:"Make a new key of the same kind, which signs from now on."`
}

// Help returns the text that --help adds.
func (keys) Help() string {
	return "Give the --data or --key that the server has. A running server notices within 2 seconds and needs no restart; nobody is signed out."
}

type keyList struct{}

// Run prints what each key does, and nothing secret.
func (keyList) Run(c *config, o output) error {
	keys, err := c.keysOfFile()
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

// use is what the key in that place does.
func use(place int, retired time.Time) string {
	switch {
	case place == 0:
		return "signs"
	case retired.IsZero():
		return "verifies"
	}
	return "retired " + retired.Format(time.RFC3339) + ", verifies for the server's --token-ttl"
}

type keyRotate struct{}

// Run rotates the keys and prints what happens next.
func (keyRotate) Run(ctx context.Context, c *config, o output) error {
	keys, err := c.keysOfFile()
	if err != nil {
		return err
	}
	next, err := keys.Rotate(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.out, "%s (%s) signs from now on.\nRunning servers notice within 2 seconds.\n%s verifies what it has signed for the server's --token-ttl. If it has leaked, delete it from %s.\n",
		next.ID(), next.Algorithm(), keys.All()[1].ID(), c.keyFile())
	return err
}

func (c *config) keysOfFile() (*auth.Keys, error) {
	path := c.keyFile()
	if path == "" {
		return nil, errors.New("with --data=:memory: the key is in the server's memory, there is no file of keys; name one with --key")
	}
	keys, err := auth.LoadKeys(path, auth.MaxTTL+auth.MaxLeeway) // whoever rotates need not know how long the server's tokens last
	if errors.Is(err, fs.ErrNotExist) && c.Key == "" {
		err = fmt.Errorf("%w; the server makes it at its first start", err)
	}
	return keys, err
}
