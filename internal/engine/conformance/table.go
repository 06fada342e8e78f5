package conformance

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// kinds are the rows of the table.
var kinds = [...]string{spec.FeatureOperation, spec.FeatureStatus, spec.FeatureMedia, spec.FeatureHeader, spec.FeatureProperty,
	spec.FeatureCode, spec.FeatureParameter}

// Table writes how much of the contract was seen, with a row for each kind of feature, and lists the missing features. It returns
// an error if a feature is missing, or if a response has violated the contract.
func (c *Coverage) Table(w io.Writer, contract *spec.Contract) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "of the contract\tseen\tof\t%\t")
	missing := map[string][]string{}
	features := contract.Features()
	for _, kind := range kinds {
		seen, total := 0, 0
		for _, f := range features {
			if f.Kind != kind {
				continue
			}
			if total++; c.Has(f) {
				seen++
			} else {
				missing[kind] = append(missing[kind], f.Name)
			}
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%.1f\t\n", kind, seen, total, 100*float64(seen)/float64(max(total, 1)))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	unseen := 0
	for _, kind := range kinds {
		list(w, "not seen, "+kind, missing[kind])
		unseen += len(missing[kind])
	}
	broken := c.Broken()
	list(w, "violations of the contract", broken)
	if unseen > 0 || len(broken) > 0 {
		return fmt.Errorf("%d features of the contract were not seen, and there are %d violations", unseen, len(broken))
	}
	return nil
}

func list(w io.Writer, title string, names []string) {
	if len(names) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s (%d)\n", title, len(names))
	for _, name := range names {
		fmt.Fprintln(w, "  "+name)
	}
}
