package conformance

import (
	"encoding/xml"
	"fmt"
	"io"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// Report contains the results of a run, in the order of its requests.
type Report struct {
	Title   string // the contract's, with its version
	URL     string
	Results []Result
}

// Result is one case of one operation.
type Result struct {
	Tag, Operation, Case string
	Problem              string // the violation, without values of requests and responses; empty if there is none
}

func (r *Report) add(op *spec.Operation, name, problem string) {
	r.Results = append(r.Results, Result{op.Tag, op.ID, name, problem})
}

// Failures returns the results that have a problem.
func (r *Report) Failures() (failures []Result) {
	for _, result := range r.Results {
		if result.Problem != "" {
			failures = append(failures, result)
		}
	}
	return failures
}

// Text writes the report as text, with a line for each operation and for each problem.
func (r *Report) Text(w io.Writer) error {
	fmt.Fprintf(w, "%s at %s\n", r.Title, r.URL)
	var order []string
	cases, problems := map[string]int{}, map[string][]Result{}
	for _, result := range r.Results {
		if cases[result.Operation]++; cases[result.Operation] == 1 {
			order = append(order, result.Operation)
		}
		if result.Problem != "" {
			problems[result.Operation] = append(problems[result.Operation], result)
		}
	}
	for _, operation := range order {
		state := "ok  "
		if len(problems[operation]) > 0 {
			state = "FAIL"
		}
		fmt.Fprintf(w, "%s  %-20s %3d cases\n", state, operation, cases[operation])
		for _, result := range problems[operation] {
			fmt.Fprintf(w, "      %s: %s\n", result.Case, result.Problem)
		}
	}
	_, err := fmt.Fprintf(w, "%d operations, %d cases, %d problems\n", len(order), len(r.Results), len(r.Failures()))
	return err
}

// JUnit writes the report as JUnit XML, with a suite for each tag.
func (r *Report) JUnit(w io.Writer) error {
	type failure struct {
		Message string `xml:"message,attr"`
	}
	type testCase struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		Failure *failure `xml:"failure"`
	}
	type suite struct {
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Cases    []testCase `xml:"testcase"`
	}
	document := struct {
		XMLName  xml.Name `xml:"testsuites"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Suites   []*suite `xml:"testsuite"`
	}{Name: r.Title, Tests: len(r.Results), Failures: len(r.Failures())}
	byTag := map[string]*suite{}
	for _, result := range r.Results {
		s := byTag[result.Tag]
		if s == nil {
			s = &suite{Name: result.Tag}
			byTag[result.Tag] = s
			document.Suites = append(document.Suites, s)
		}
		c := testCase{Class: result.Tag + "." + result.Operation, Name: result.Case}
		if result.Problem != "" {
			c.Failure = &failure{result.Problem}
			s.Failures++
		}
		s.Tests++
		s.Cases = append(s.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
