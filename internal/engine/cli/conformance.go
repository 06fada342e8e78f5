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

// conformanceCheck is the command that tests a deployment against its contract.
type conformanceCheck struct {
	URL      string `arg:"" name:"url" help:"URL of the server, such as https://news.example.com, without the base path of the contract."`
	Contract string `enum:"served,own" default:"served" placeholder:"served|own" help:"${contract} Default: ${default}."`
	JUnit    string `name:"junit" placeholder:"FILE" type:"path" help:"Also write the report to a file, as JUnit XML."`
}

// Help returns the text that --help adds.
func (conformanceCheck) Help() string {
	return "It signs up an account, sends valid, boundary and invalid requests to each operation, with and without a token, and checks " +
		"every response. It changes and deletes only what it has created. At the end it deletes all of that, and the account. " +
		"It sends one request at a time, and waits after a 429 response."
}

const (
	fetchTimeout = 30 * time.Second
	maxContract  = 4 << 20 // bytes
)

// Run prints the report. It returns an error if the deployment violates its contract, or if there is no report.
func (k conformanceCheck) Run(ctx context.Context, own *spec.Contract, o output) error {
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
	report, err := conformance.Run(ctx, conformance.Config{Contract: document, URL: strings.TrimSuffix(k.URL, "/") + own.BasePath()})
	if report == nil {
		return err
	}
	var text strings.Builder // may contain text of the deployment
	err = errors.Join(err, report.Text(&text), k.writeJUnit(report))
	_, written := fmt.Fprint(o.out, canonical.Lines(text.String()))
	if err := errors.Join(err, written); err != nil {
		return err
	}
	if n := len(report.Failures()); n > 0 {
		return fmt.Errorf("the deployment violates its contract: %d of %d cases failed", n, len(report.Results))
	}
	return nil
}

func (k conformanceCheck) writeJUnit(report *conformance.Report) error {
	if k.JUnit == "" {
		return nil
	}
	file, err := os.Create(k.JUnit)
	if err != nil {
		return fmt.Errorf("--junit: %w", err)
	}
	return errors.Join(report.JUnit(file), file.Close())
}

// fetchContract loads the contract that a deployment serves.
func fetchContract(ctx context.Context, url string) (*spec.Contract, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	failed := func(why any) error {
		return fmt.Errorf("cannot read the deployment's openapi.json: %v; --contract=own uses the contract of this program", why)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(url, "/")+"/openapi.json", nil)
	if err != nil {
		return nil, failed("invalid URL")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, failed(errors.Unwrap(err)) // without the URL, which may contain a password
	}
	defer response.Body.Close()
	document, err := io.ReadAll(io.LimitReader(response.Body, maxContract+1))
	switch {
	case err != nil:
		return nil, failed(err)
	case response.StatusCode != http.StatusOK:
		return nil, failed(response.Status)
	case len(document) > maxContract:
		return nil, failed(fmt.Sprintf("it is longer than %d bytes", maxContract))
	}
	read, err := spec.Load(document)
	if err != nil {
		return nil, failed(err)
	}
	return read, nil
}
