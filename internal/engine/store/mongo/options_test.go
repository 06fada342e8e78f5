package mongo

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/mongo/readpref"
)

// TestOptions reads back what safety depends on, from a URI that asks for the opposite.
func TestOptions(t *testing.T) {
	t.Parallel()
	o, database, err := clientOptions("mongodb://127.0.0.1/?w=0&journal=false&readConcernLevel=local&readPreference=nearest"+
		"&retryWrites=false&retryReads=false&serverSelectionTimeoutMS=90000&connectTimeoutMS=90000&socketTimeoutMS=1&timeoutMS=1"+
		"&maxPoolSize=0", "example")
	if err != nil {
		t.Fatal(err)
	}
	for name, is := range map[string]bool{
		"database":                 database == "example",
		"write concern":            o.WriteConcern.W == "majority" && o.WriteConcern.Journal != nil && *o.WriteConcern.Journal,
		"read concern":             o.ReadConcern.Level == "majority",
		"read preference":          o.ReadPreference.Mode() == readpref.PrimaryMode,
		"retryable writes":         *o.RetryWrites,
		"retryable reads":          *o.RetryReads,
		"server selection timeout": *o.ServerSelectionTimeout == 3*time.Second,
		"connect timeout":          *o.ConnectTimeout == 2*time.Second,
		"no timeout but ctx's":     o.SocketTimeout == nil && o.Timeout == nil,
		"pool":                     *o.MaxPoolSize == 100,
	} {
		if !is {
			t.Errorf("%s is not as it must be", name)
		}
	}
}

func TestURI(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ uri, database, refused string }{
		{"mongodb://localhost", "example", ""},
		{"mongodb://[::1]:27018/press", "press", ""},
		{"mongodb://u:s3cret@127.0.0.1/press?authSource=admin", "press", ""},
		{"mongodb://u:s3cret@db.example.org/press?tls=true", "press", ""},
		{"mongodb://u:s3cret@db.example.org/press?tls=false", "press", ""},
		{"mongodb://u:s3cret@localhost,db.example.org/press", "", "db.example.org would not be encrypted"},
		{"mongodb://u:s3cret@10.0.0.1/", "", "tls=true"},
		{"", "", "expected mongodb://"},
		{"http://u:s3cret@localhost/", "", "expected mongodb://"},
		{"mongodb://u:s3cret%zz@localhost/", "", "percent-encoded"},
		{"mongodb://u:s3c/ret@localhost/", "", "percent-encoded"},
		{"mongodb://localhost/?authMechanism=s3cret", "", "expected mongodb://"},
		{"mongodb://u:%s3c@localhost/", "", "percent-encoded"},
		{"mongodb://localhost/?connectTimeoutMS=s3cret", "", "expected mongodb://"},
		{"mongodb://localhost:port/", "", "expected mongodb://"},
	} {
		t.Run(tt.uri, func(t *testing.T) {
			t.Parallel()
			_, database, err := clientOptions(tt.uri, "example")
			if tt.refused == "" {
				if err != nil || database != tt.database {
					t.Errorf("database %q, %v, want %q", database, err, tt.database)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.refused) {
				t.Errorf("got %v, want an error with %q", err, tt.refused)
			} else if strings.Contains(err.Error(), "s3") || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error holds the secret, or more than a line: %v", err)
			}
		})
	}
}

// A name that the DNS does not know is not a mistake of the URI's form; the name may be the end of a password with an @ in it.
func TestUnknownHost(t *testing.T) {
	t.Parallel()
	err := badURI("mongodb+srv://u:s3@cret@h/", fmt.Errorf("see the driver's manual: %w",
		&net.DNSError{Name: "cret@h", Err: "no such host"}))
	if !strings.Contains(err.Error(), "DNS") || strings.Contains(err.Error(), "cret") {
		t.Error(err)
	}
}
