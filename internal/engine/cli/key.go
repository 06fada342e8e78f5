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
	Create keyCreate `cmd:"" help:"Make a new file with one key, before the server's first start."`
	Rotate keyRotate `cmd:"" help:"Make a new key, which signs from now on."`
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

type keyCreate struct {
	Algorithm string `enum:"EdDSA,ES256,RS256" default:"EdDSA" placeholder:"EdDSA|ES256|RS256" help:"What tokens are signed with. Libraries that do not know EdDSA know ES256 and RS256. Default: ${default}."`
}

// Run makes the file and prints what is in it. It returns an error, and changes nothing, when there is one.
func (k keyCreate) Run(c *config, o output) error {
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
		return fmt.Errorf("the file %s exists; it was left as it is: newsdesk key rotate --algorithm=%s puts a new key in front of those in it", path, k.Algorithm)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.out, "%s (%s) is in %s.\n", keys.Current().ID(), keys.Current().Algorithm(), path)
	return err
}

type keyRotate struct {
	Algorithm string `enum:",EdDSA,ES256,RS256" default:"" placeholder:"EdDSA|ES256|RS256" help:"What tokens are signed with from now on. Default: as before."`
}

// Run rotates the keys and prints what happens next.
func (k keyRotate) Run(ctx context.Context, c *config, o output) error {
	keys, err := c.keysOfFile()
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
	_, err = fmt.Fprintf(o.out, "%s (%s) signs from now on.\nRunning servers notice within 2 seconds.\n%s verifies what it has signed for the server's --token-ttl. If it has leaked, delete it from %s.\n",
		next.ID(), next.Algorithm(), keys.All()[1].ID(), c.keyFile())
	return err
}

var errNoKeyFile = errors.New("with --data=:memory: the key is in the server's memory, there is no file of keys; name one with --key")

func (c *config) keysOfFile() (*auth.Keys, error) {
	path := c.keyFile()
	if path == "" {
		return nil, errNoKeyFile
	}
	keys, err := auth.LoadKeys(path, auth.MaxTTL+auth.MaxLeeway) // whoever rotates need not know how long the server's tokens last
	if errors.Is(err, fs.ErrNotExist) && c.Key == "" {
		err = fmt.Errorf("%w; the server makes it at its first start", err)
	}
	return keys, err
}
