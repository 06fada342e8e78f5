package keys_test

import (
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/apitest"
)

func TestMain(m *testing.M) { apitest.Main(m, "keys") }

func TestDerived(t *testing.T) { apitest.Derived(t, "keys") }
