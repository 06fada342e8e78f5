package foreignapp_test

import (
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/foreignapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// The tests of any contract know bodies, parameters and responses of every kind.
func TestTestkit(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T){
		"methods": func(t *testing.T) { testkit.Methods(t, foreignapp.App()) },
		"headers": func(t *testing.T) { testkit.Headers(t, foreignapp.App()) },
		"log":     func(t *testing.T) { testkit.SecretsStayOutOfTheLog(t, foreignapp.App()) },
	} {
		t.Run(name, test)
	}
}
