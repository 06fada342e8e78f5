package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// auditCommand prints the audit log.
type auditCommand struct {
	Since time.Duration `default:"24h" placeholder:"TIME" help:"How far to go back: 90m or 720h. Default: ${default}."`
	User  string        `placeholder:"EMAIL" help:"Only events that concern the account with this e-mail address."`
	JSON  bool          `name:"json" help:"Print one JSON object per line, for programs."`
}

// Run prints the events, one per line.
func (a auditCommand) Run(ctx context.Context, contract *spec.Contract, c *config, o output) error {
	return c.run(ctx, contract, o, a)
}

func (a auditCommand) execute(ctx context.Context, s *session, o output) error {
	if err := s.accounts(); err != nil {
		return err
	}
	id := ""
	if a.User != "" {
		found, err := s.find(ctx, a.User)
		if err != nil {
			return err
		}
		id = found.ID
	}
	print := a.line
	if a.JSON {
		print = func(e account.Event) ([]byte, error) { return json.Marshal(e) }
	}
	out := bufio.NewWriter(o.out)
	err := s.services.Accounts.Audit.Each(byOperator(ctx), time.Now().Add(-a.Since), id, func(e account.Event) error {
		line, err := print(e)
		if err != nil {
			return err
		}
		_, err = out.Write(append(line, '\n'))
		return err
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// line returns an event for people. Text of clients is escaped.
func (auditCommand) line(e account.Event) ([]byte, error) {
	line := fmt.Appendf(nil, "%s %s", e.Date, e.Action)
	for _, part := range []struct{ name, value string }{
		{"user", e.User}, {"actor", e.Actor}, {"session", e.Session}, {"address", e.Address}, {"detail", e.Detail}, {"client", e.Client},
	} {
		if part.value != "" {
			line = fmt.Appendf(line, " %s=%q", part.name, canonical.Terminal(part.value))
		}
	}
	return line, nil
}
