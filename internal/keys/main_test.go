package keys_test

import (
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m, "keys") }

func TestDerived(t *testing.T) { testkit.Derived(t, "keys") }
