// Command meter runs the tests of all tags of the contract and says how much of the contract they have seen. It exits with 1
// when a test fails, when a documented status was not seen, and when an answer was seen that the contract does not have.
//
//	go run ./cmd/meter [-all]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"

	"github.com/newsdesk-api/newsdesk"
	"github.com/newsdesk-api/newsdesk/internal/meter"
	"github.com/newsdesk-api/newsdesk/internal/spec"
)

func main() {
	all := flag.Bool("all", false, "list everything that was not seen")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *all); err != nil {
		fmt.Fprintln(os.Stderr, "meter:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, all bool) error {
	contract, err := spec.Load(newsdesk.OpenAPI)
	if err != nil {
		return err
	}
	directory, err := os.MkdirTemp("", "meter")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	test := exec.CommandContext(ctx, "go", append([]string{"test", "-count=1"}, packages(contract)...)...)
	test.Env = append(os.Environ(), meter.Directory+"="+directory)
	test.Stdout, test.Stderr = out, out
	failed := test.Run()
	tally, err := meter.Load(os.DirFS(directory))
	if err != nil {
		return err
	}
	if err := tally.Table(out, contract, all); err != nil {
		return err
	}
	if failed != nil {
		return fmt.Errorf("go test: %w", failed)
	}
	return nil
}

// packages are those of the tags: the tag is the folder.
func packages(contract *spec.Contract) (found []string) {
	for _, tag := range contract.Tags() {
		found = append(found, "./internal/"+tag)
	}
	return found
}
