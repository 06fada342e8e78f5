package users_test

import (
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m, "users") }

func TestDerived(t *testing.T) { testkit.Derived(t, "users") }
