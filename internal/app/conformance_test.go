package app_test

import (
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

func TestMain(m *testing.M) { apptest.Main(m, "") }

// These tests follow from the contract, so they include every new operation.
func TestAccess(t *testing.T) {
	t.Parallel()
	testkit.Access(t, apptest.App())
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	testkit.Refusals(t, apptest.App())
}

func TestMethods(t *testing.T) {
	t.Parallel()
	testkit.Methods(t, apptest.App())
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	testkit.Headers(t, apptest.App())
}

func TestErrorsLeakNothing(t *testing.T) {
	t.Parallel()
	testkit.ErrorsLeakNothing(t, apptest.App())
}

func TestSecretsStayOutOfTheLog(t *testing.T) {
	t.Parallel()
	testkit.SecretsStayOutOfTheLog(t, apptest.App())
}
