package mongo

import (
	"context"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/storetest"
)

// TestMain fails if a store has left a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestBackend runs the suite that defines a store.
func TestBackend(t *testing.T) {
	t.Parallel()
	serverURI(t)
	storetest.Run(t, open)
}

// open returns a store in its own database, which is deleted when the store is closed.
func open(t *testing.T) store.Backend {
	t.Helper()
	return dropped{openAt(t, serverURI(t))}
}

// dropped is a store that drops its database when it is closed.
type dropped struct{ *DB }

func (d dropped) Close(ctx context.Context) error {
	_ = d.database.Drop(ctx)
	return d.DB.Close(ctx)
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
	t.Skip("MONGODB_TEST_URI is not set: internal/engine/store/mongo/ferret/run starts a server and runs these tests")
	return ""
}

// realURI is the connection string of a replica set of MongoDB's own, for what no stand-in does, or skips the test; where
// CI_REQUIRE_REAL=1, a skip is a failure.
func realURI(t testing.TB) string {
	t.Helper()
	uri := os.Getenv("MONGODB_REAL_URI")
	if uri == "" && os.Getenv("CI_REQUIRE_REAL") == "1" {
		t.Fatal("MONGODB_REAL_URI is not set, and CI_REQUIRE_REAL=1 forbids to skip")
	}
	if uri == "" {
		t.Skip("MONGODB_REAL_URI is not set: it names a replica set to test with")
	}
	return uri
}

// ownDatabase is the URI with a new database's name.
func ownDatabase(t testing.TB, uri string) string {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal("the server's URI is not one") // err would quote it
	}
	u.Path = "/test_" + uuid.NewString()
	return u.String()
}

// openAt opens a database of its own on a server. The time is ample: the server may be a slow stand-in.
func openAt(t testing.TB, uri string) *DB {
	t.Helper()
	db, err := Open(context.Background(), Config{Name: "example", URI: ownDatabase(t, uri), Wait: 10 * time.Second, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return db
}
