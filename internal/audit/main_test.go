package audit_test

import (
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m, "audit") }

func TestDerived(t *testing.T) { testkit.Derived(t, "audit") }
