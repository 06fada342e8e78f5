package sessions_test

import (
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m, "sessions") }

func TestDerived(t *testing.T) { testkit.Derived(t, "sessions") }
