package conformance_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/conformance"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// Two test binaries have each seen a part, which together is all, or nearly all.
func TestCoverageTable(t *testing.T) {
	t.Parallel()
	contract := testkit.Contract(t, testapp.App())
	all := contract.Features()
	for _, tt := range []struct {
		name   string
		unseen string // a feature
		broken error
		want   []string // in the table
		err    string
	}{
		{"all", "", nil, []string{"100.0"}, ""},
		{"a status is missing", "ready 503", nil, []string{"not seen, status (1)", "  ready 503\n"},
			"1 features of the contract were not seen, and there are 0 violations"},
		{"a media type is missing", "ready 503 application/problem+json", nil, []string{"not seen, media type (1)"}, "1 features"},
		{"a parameter is missing", "getNote header If-None-Match", nil, []string{"not seen, parameter (1)"}, "1 features"},
		{"a property is missing", "Note.title", nil, []string{"not seen, property (1)", "  Note.title\n"}, "1 features"},
		{"an answer is broken", "", errors.New("ping: status 418 is not documented"),
			[]string{"violations of the contract (1)", "status 418"},
			"0 features of the contract were not seen, and there are 1 violations"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			directory := t.TempDir()
			for half := range 2 {
				var seen conformance.Coverage
				for i, f := range all {
					if i%2 == half && f.Name != tt.unseen {
						seen.Enter([]spec.Feature{f}, nil)
					}
				}
				seen.Enter(nil, tt.broken)
				if err := seen.Save(directory); err != nil {
					t.Fatal(err)
				}
			}
			tally, err := conformance.LoadCoverage(os.DirFS(directory))
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			err = tally.Table(&out, contract)
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in\n%s", want, &out)
				}
			}
		})
	}
}

func TestLoadCoverageRefuses(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	if err := os.WriteFile(filepath.Join(directory, "x.jsonl"), []byte("{}\njunk"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := conformance.LoadCoverage(os.DirFS(directory)); err == nil || !strings.Contains(err.Error(), "x.jsonl: at byte 3") {
		t.Errorf("%v, want the file and the place", err)
	}
}
