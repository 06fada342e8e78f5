package generate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// An error about the completed document has the line that its author wrote, however much of what is made the author's document has.
func TestLinesOfErrors(t *testing.T) {
	t.Parallel()
	completed, err := Complete([]byte(shelf))
	if err != nil {
		t.Fatal(err)
	}
	made := strings.Split(string(completed), "\n")
	remade := func(change func(line string) (keep bool)) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(made), func(line string) bool { return !change(line) }), "\n")
	}
	for name, document := range map[string]string{
		"nothing is made": shelf,
		"a response is missing": remade(func(line string) bool {
			return !strings.Contains(line, "'429'")
		}),
		"responses are missing": remade(func(line string) bool { return !strings.HasSuffix(line, madeMark) }),
	} {
		if document == string(completed) {
			t.Fatalf("%s: the document is complete", name)
		}
		lines, checked := strings.Split(document, "\n"), 0
		for i, line := range strings.Split(shelf, "\n") {
			if strings.Count(shelf, line) != 1 { // nobody knows which one
				continue
			}
			at, want := slices.Index(made, line)+1, slices.Index(lines, line)+1
			err := fmt.Errorf("contract: line %d: first of line %d\nline %d: second", at, at, at)
			wanted := fmt.Sprintf("contract: line %d: first of line %d\nline %d: second", want, at, want)
			if got := withLines(err, []byte(document), completed); got.Error() != wanted {
				t.Errorf("%s: line %d of the contract:\n%v, want\n%s", name, i+1, got, wanted)
			}
			checked++
		}
		if checked < 20 {
			t.Errorf("%s: only %d lines were checked", name, checked)
		}
	}

	// What was made comes after a line of the author.
	at := slices.IndexFunc(made, func(line string) bool { return strings.HasSuffix(line, madeMark) })
	before := slices.Index(strings.Split(shelf, "\n"), made[at-1]) + 1
	wanted := fmt.Sprintf("line %d: made", before)
	if got := withLines(fmt.Errorf("line %d: made", at+1), []byte(shelf), completed); got.Error() != wanted {
		t.Errorf("%v, want %s", got, wanted)
	}

	same, none := errors.New("line 7: wrong"), fmt.Errorf("line %d: wrong", len(made)+1)
	if got := withLines(same, completed, completed); got != same { //nolint:errorlint // the same value
		t.Errorf("a complete document: %v", got)
	}
	if got := withLines(none, []byte(shelf), completed); got.Error() != none.Error() {
		t.Errorf("a line that the document does not have: %v", got)
	}
	if got := withLines(nil, []byte(shelf), completed); got != nil {
		t.Errorf("no error: %v", got)
	}
}
