package testkit

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/conformance"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// seen records the features of the contract that the exchanges of the test binary have demonstrated.
var seen conformance.Coverage

// Main runs the tests of a tag. The run fails if a documented status of one of its operations was not seen, unless Refusals covers it, or
// the run is restricted (-run, -skip), or there is no tag. If the environment variable CONTRACT_COVERAGE names a directory, Main writes
// there what was seen, for make coverage.
func Main(m *testing.M, app server.App, tag string) {
	code := m.Run()
	if directory := os.Getenv(conformance.CoverageDirectory); directory != "" {
		if err := seen.Save(directory); err != nil {
			fmt.Println("FAIL:", err)
			code = 1
		}
	}
	if code == 0 && !partial() {
		code = audit(app, tag)
	}
	os.Exit(code)
}

func audit(app server.App, tag string) int {
	contract, err := load(app)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	var missing []string
	for _, op := range contract.Operations() {
		for _, status := range op.Statuses() {
			if op.Tag == tag && !slices.Contains(refusals(op), status) && !wasSeen(op, status) {
				missing = append(missing, op.ID+" "+status)
			}
		}
	}
	if len(missing) == 0 {
		return 0
	}
	slices.Sort(missing)
	fmt.Printf("FAIL: documented responses that no test of %s has seen: %q\n", tag, missing)
	return 1
}

func wasSeen(op *spec.Operation, status string) bool {
	return seen.Has(spec.Feature{Kind: spec.FeatureStatus, Name: op.ID + " " + status})
}

func partial() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.bench", "test.fuzz"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return true
		}
	}
	return false
}
