// Command coverage runs the tests of all tags of the contract, once for each media type of errors, and prints how much of the contract
// they have covered. It exits with 1 if a test fails, if a feature of the contract is not covered, or if a response violates the
// contract.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk"
	"github.com/newsdesk-api/newsdesk/internal/engine/conformance"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "coverage:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	contract, err := spec.Load(newsdesk.OpenAPI)
	if err != nil {
		return err
	}
	directory, err := os.MkdirTemp("", "coverage")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	var failed error
	for _, accept := range mediaTypes(contract) {
		test := exec.CommandContext(ctx, "go", append([]string{"test", "-count=1"}, packages(contract)...)...)
		test.Env = append(os.Environ(), conformance.CoverageDirectory+"="+directory, conformance.CoverageAccept+"="+accept)
		test.Stdout, test.Stderr = out, out
		fmt.Fprintf(out, "Accept: %s\n", accept)
		failed = errors.Join(failed, test.Run())
	}
	coverage, err := conformance.LoadCoverage(os.DirFS(directory))
	if err != nil {
		return err
	}
	if err := coverage.Table(out, contract); err != nil {
		return err
	}
	if failed != nil {
		return fmt.Errorf("go test: %w", failed)
	}
	return nil
}

// packages returns the packages of the tags, which are named after them, and the package whose tests follow from the contract.
func packages(contract *spec.Contract) []string {
	found := []string{"./internal/app"}
	for _, tag := range contract.Tags() {
		found = append(found, "./internal/"+tag)
	}
	return found
}

// mediaTypes returns the media types of all responses.
func mediaTypes(contract *spec.Contract) []string {
	found := map[string]bool{}
	for _, f := range contract.Features() {
		if f.Kind == spec.FeatureMedia {
			found[f.Name[strings.LastIndexByte(f.Name, ' ')+1:]] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}
