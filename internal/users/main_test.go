package users_test

import (
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
)

func TestMain(m *testing.M) { apptest.Main(m, "users") }
