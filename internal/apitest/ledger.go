package apitest

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// seen is the ledger of the test binary: which operation has answered with which status.
var seen ledger

type ledger struct {
	lock    sync.Mutex
	answers map[string]bool // "createNews 200"
}

func (l *ledger) enter(operation string, status int) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.answers == nil {
		l.answers = map[string]bool{}
	}
	l.answers[operation+" "+strconv.Itoa(status)] = true
}

// Main runs a tag's tests and fails the run when a documented status of one of its operations was not seen. A run of
// some of the tests only (-run, -skip) is let off.
func Main(m *testing.M, tag string) {
	code := m.Run()
	if code == 0 && !partial() {
		code = audit(tag)
	}
	os.Exit(code)
}

func audit(tag string) int {
	contract, err := embedded()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	var missing []string
	for _, op := range contract.Operations() {
		for _, status := range op.Statuses() {
			if answer := op.ID + " " + status; op.Tag == tag && !seen.answers[answer] {
				missing = append(missing, answer)
			}
		}
	}
	if len(missing) == 0 {
		return 0
	}
	slices.Sort(missing)
	fmt.Printf("FAIL: documented answers that no test of %s has seen: %q\n", tag, missing)
	return 1
}

func partial() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.bench", "test.fuzz"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return true
		}
	}
	return false
}
