package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"
	"github.com/newsdesk-api/newsdesk/internal/engine/conformance"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// contract is the command that holds a deployment to its contract.
type contract struct {
	URL      string `arg:"" name:"url" help:"Where the API is, such as https://news.example.com."`
	Contract string `enum:"served,own" default:"served" placeholder:"served|own" help:"The contract to hold it to: the one that it serves at openapi.json, or the one that this program was built with. Default: ${default}."`
	JUnit    string `name:"junit" placeholder:"FILE" type:"path" help:"Write the report as JUnit XML too."`
}

// Help returns the text that --help adds.
func (contract) Help() string {
	return "It signs up an account of its own, sends each operation valid, boundary and invalid requests, with a token and without, and checks every answer. " +
		"It changes and deletes only what it has made, and deletes all of that, and the account, in the end. It sends one request at a time and waits when it is told to (429)."
}

const (
	fetchTimeout = 30 * time.Second
	maxContract  = 4 << 20 // bytes
)

// Run prints the report. The error says that there are problems, or why there is no report.
func (k contract) Run(ctx context.Context, own *spec.Contract, o output) error {
	if err := conformance.CheckURL(k.URL); err != nil {
		return err
	}
	document := own
	if k.Contract == "served" {
		served, err := fetchContract(ctx, k.URL)
		if err != nil {
			return err
		}
		document = served
	}
	report, err := conformance.Run(ctx, conformance.Config{Contract: document, URL: k.URL})
	if report == nil {
		return err
	}
	var text strings.Builder // with words of the deployment's
	err = errors.Join(err, report.Text(&text), k.writeJUnit(report))
	if _, written := fmt.Fprint(o.out, canonical.Lines(text.String())); errors.Join(err, written) != nil {
		err = errors.Join(err, written)
		return err
	}
	if n := len(report.Failures()); n > 0 {
		return fmt.Errorf("the deployment breaks its contract: %d of %d cases", n, len(report.Results))
	}
	return nil
}

func (k contract) writeJUnit(report *conformance.Report) error {
	if k.JUnit == "" {
		return nil
	}
	file, err := os.Create(k.JUnit)
	if err != nil {
		return fmt.Errorf("--junit: %w", err)
	}
	return errors.Join(report.JUnit(file), file.Close())
}

// fetchContract reads the contract that a deployment serves.
func fetchContract(ctx context.Context, url string) (*spec.Contract, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	failed := func(why any) error {
		return fmt.Errorf("the deployment's openapi.json cannot be read: %v; --contract=own takes the one of this program", why)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(url, "/")+"/openapi.json", nil)
	if err != nil {
		return nil, failed("the URL is none")
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, failed(errors.Unwrap(err)) // without the URL, which may hold a password
	}
	defer answer.Body.Close()
	document, err := io.ReadAll(io.LimitReader(answer.Body, maxContract+1))
	switch {
	case err != nil:
		return nil, failed(err)
	case answer.StatusCode != http.StatusOK:
		return nil, failed(answer.Status)
	case len(document) > maxContract:
		return nil, failed(fmt.Sprintf("it is longer than %d bytes", maxContract))
	}
	read, err := spec.Load(document)
	if err != nil {
		return nil, failed(err)
	}
	return read, nil
}
