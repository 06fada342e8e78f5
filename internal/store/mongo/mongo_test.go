package mongo

import (
	"context"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/newsdesk-api/newsdesk/internal/store"
	"github.com/newsdesk-api/newsdesk/internal/store/storetest"
)

// TestMain fails when a store has left a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestBackend holds the store against the definition of one.
func TestBackend(t *testing.T) {
	t.Parallel()
	uri := serverURI(t)
	storetest.Run(t, func(t *testing.T) store.Backend {
		t.Helper()
		return openAt(t, uri)
	})
}

// serverURI is the connection string of the server to test with, or skips the test; where CI_REQUIRE_MONGO=1, a skip is a failure.
func serverURI(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"MONGODB_REAL_URI", "MONGODB_TEST_URI"} {
		if uri := os.Getenv(name); uri != "" {
			return uri
		}
	}
	if os.Getenv("CI_REQUIRE_MONGO") == "1" {
		t.Fatal("MONGODB_TEST_URI is not set, and CI_REQUIRE_MONGO=1 forbids to skip")
	}
	t.Skip("MONGODB_TEST_URI is not set: internal/store/mongo/ferret/run starts a server and runs these tests")
	return ""
}

// openAt opens a database of its own on a server, which a real one drops again when the test ends. The time is ample: the server may be a slow stand-in.
func openAt(t testing.TB, uri string) *DB {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal("MONGODB_TEST_URI is not a URI") // err would quote it
	}
	u.Path = "/test_" + uuid.NewString()
	db, err := Open(context.Background(), Config{URI: u.String(), Wait: 10 * time.Second, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return db
}
