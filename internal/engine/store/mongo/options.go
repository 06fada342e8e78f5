package mongo

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/mongo/readconcern"
	"go.mongodb.org/mongo-driver/mongo/readpref"
	"go.mongodb.org/mongo-driver/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/x/mongo/driver/connstring"
)

// The time limits. An earlier deadline of the caller takes precedence.
const (
	defaultTimeout   = 4 * time.Second // of a method of the store, except Migrate and Plan
	selectionTimeout = 3 * time.Second // until a server that can do the operation is found
	connectTimeout   = 2 * time.Second
	heartbeat        = 2 * time.Second // between checks of a server's state
	retryAfter       = time.Second     // in the fault if the server does not respond
	migrateTimeout   = 10 * time.Minute
)

const (
	maxPool       = 100 // connections to each server, unless the URI sets it
	maxConnecting = 8   // connections that are established at the same time
)

// CheckURI returns the error that Open would return for a URI of the scheme mongodb, without a connection. The error does not contain the
// password.
func CheckURI(uri, name string) error {
	_, _, err := clientOptions(uri, name)
	return err
}

// clientOptions returns the driver's options, with explicit values of everything that safety depends on, and the name of the database,
// which is name if the URI names none.
func clientOptions(uri, name string) (o *options.ClientOptions, database string, err error) {
	parsed, err := connstring.ParseAndValidate(uri)
	if err != nil {
		return nil, "", badURI(uri, err)
	}
	if remote := slices.IndexFunc(parsed.Hosts, func(h string) bool { return !local(h) }); remote >= 0 && !parsed.SSLSet {
		return nil, "", fmt.Errorf("open the store: the connection to MongoDB at %s would not be encrypted: "+
			"add tls=true to the URI, or tls=false if every machine on the way may read and change the data", parsed.Hosts[remote])
	}
	majority := writeconcern.Majority()
	journal := true
	majority.Journal = &journal
	o = options.Client().ApplyURI(uri).
		SetAppName(name).
		SetWriteConcern(majority).
		SetReadConcern(readconcern.Majority()).
		SetReadPreference(readpref.Primary()).
		SetRetryWrites(true).
		SetRetryReads(true).
		SetServerSelectionTimeout(selectionTimeout).
		SetConnectTimeout(connectTimeout).
		SetHeartbeatInterval(heartbeat).
		SetMaxConnecting(maxConnecting)
	// The deadline of each context also applies to the socket. The timeouts that a URI can set here would abort index builds, or override
	// maxTimeMS.
	o.SocketTimeout, o.Timeout = nil, nil
	if o.MaxPoolSize == nil || *o.MaxPoolSize == 0 {
		o.SetMaxPoolSize(maxPool)
	}
	if err := o.Validate(); err != nil {
		return nil, "", badURI(uri, err)
	}
	if parsed.Database == "" {
		return o, name, nil
	}
	return o, parsed.Database, nil
}

// badURI returns the error for an invalid URI. The driver's reason may quote the URI, so it is included only if the URI cannot contain a
// secret.
func badURI(uri string, err error) error {
	if errors.As(err, new(*net.DNSError)) {
		return errors.New("open the store: the DNS has no servers for the host of the mongodb+srv:// URI")
	}
	reason := ""
	if !strings.ContainsAny(uri, "@?") {
		reason = ": " + err.Error()
	}
	return fmt.Errorf("open the store: invalid MongoDB URI%s: expected "+
		"mongodb://user:password@host:port/database or mongodb+srv://…, with user and password percent-encoded and options after a ?",
		reason)
}

// local reports whether the address is on this machine.
func local(address string) bool {
	if strings.HasSuffix(address, ".sock") {
		return true
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
