// Package mongo implements the store on a MongoDB server or replica set, version 4.4 or later.
//
// A model is one MongoDB collection of the same name. A document is {_id, _v, …}: its id, a string; its version, an int64; then its other
// properties in their order, under their own names, which never begin with an underscore. Integers that fit are int64 and all other numbers
// are doubles, so a number is returned as encoding/json writes that value. A property that the contract declares as a date-time is a BSON
// date, to the millisecond. Other programs that read the database see plain documents.
//
// Every write waits until it is in the journal of a majority of servers, and reads see only such writes. UpdateAll and DeleteAll are
// transactions on a replica set and through mongos, but not on a standalone server.
//
// The API contains no types of the driver, and text from clients never becomes the name of a field or an operator.
package mongo

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/event"
	driver "go.mongodb.org/mongo-driver/mongo"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Config contains the settings of Open.
type Config struct {
	// URI is a connection string, mongodb://… or mongodb+srv://…. Errors do not contain its user and password. Its settings of write and
	// read concern, read preference, retries and timeouts are ignored. Connections to other hosts must use TLS, unless tls=false in the URI
	// declares the network as trusted.
	URI string
	// Name is the name of the program for the server, and of the database if the URI names none.
	Name string
	// Wait is how long Open tries to reach the server; 0 means one attempt of up to 3 seconds.
	Wait time.Duration
	// Timeout is the maximum duration of a method of the store, except Migrate and Plan; 0 means four seconds. An earlier deadline of the
	// caller takes precedence.
	Timeout time.Duration

	monitor *event.CommandMonitor // for tests: sees every command
}

// DB is a store in a MongoDB database. It is a store.Backend. If the server does not respond within Config.Timeout, or cannot be reached
// for three seconds, methods return Unavailable with a RetryAfter.
type DB struct {
	client   *driver.Client
	database *driver.Database
	timeout  time.Duration
	place    string
	server   server

	running sync.WaitGroup // methods that have begun
	usages  usages
	shapes  store.Compiled[*shape]
}

// server contains the properties in which servers differ.
type server struct {
	transactions bool
	ferret       bool // FerretDB: its regular expressions are RE2's, not PCRE's, and it has no partial indexes
}

var _ store.Backend = (*DB)(nil)

// Open connects to the server. It returns an error of one line if the server cannot be reached or rejects the user, or if the URI is
// invalid.
func Open(ctx context.Context, c Config) (*DB, error) {
	options, database, err := clientOptions(c.URI, c.Name)
	if err != nil {
		return nil, err
	}
	client, err := driver.Connect(ctx, options.SetMonitor(c.monitor))
	if err != nil {
		return nil, badURI(c.URI, err)
	}
	db := &DB{client: client, database: client.Database(database), timeout: c.Timeout}
	db.place = "mongodb://" + strings.Join(options.Hosts, ",") + "/" + database
	if db.timeout <= 0 {
		db.timeout = defaultTimeout
	}
	if err := db.greet(ctx, c.Wait); err != nil {
		_ = client.Disconnect(context.WithoutCancel(ctx))
		return nil, fmt.Errorf("open the store: MongoDB at %s cannot be used: %s", strings.Join(options.Hosts, ","), cause(err))
	}
	return db, nil
}

// greet queries the server's capabilities, and retries until the server responds or the time is over.
func (db *DB) greet(ctx context.Context, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, max(wait, selectionTimeout))
	defer cancel()
	for {
		err := db.ask(ctx)
		if err == nil || ctx.Err() != nil || fault.KindOf(problem(err)) != fault.Unavailable {
			return err
		}
	}
}

func (db *DB) ask(ctx context.Context) error {
	var hello struct {
		SetName string `bson:"setName"`
		Msg     string `bson:"msg"`
	}
	admin := db.client.Database("admin")
	if err := admin.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		return err
	}
	var build struct {
		FerretDB string `bson:"ferretdbVersion"`
	}
	if err := admin.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&build); err != nil {
		return err
	}
	db.server = server{transactions: hello.SetName != "" || hello.Msg == "isdbgrid", ferret: build.FerretDB != ""}
	return nil
}

// String returns the URI's hosts and the database, without secrets: mongodb://a:27017,b:27017/news.
func (db *DB) String() string { return db.place }

// Probe implements store.Backend. It does not write: a primary that responds accepts writes, unless its disk is full.
func (db *DB) Probe(ctx context.Context) error { return db.Ping(ctx) }

// Ping implements store.Backend: it returns nil if the primary responds.
func (db *DB) Ping(ctx context.Context) error {
	ctx, done := db.begin(ctx)
	defer done()
	return problem(db.client.Ping(ctx, nil))
}

// Close implements store.Backend. It waits for the methods that have begun, until ctx ends.
func (db *DB) Close(ctx context.Context) error {
	drained := make(chan struct{})
	go func() {
		db.running.Wait()
		close(drained)
	}()
	select {
	case <-drained:
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), selectionTimeout)
	defer cancel()
	return problem(db.client.Disconnect(ctx))
}

// begin starts a method: its commands end with the returned context, and Close waits for done.
func (db *DB) begin(ctx context.Context) (_ context.Context, done func()) {
	db.running.Add(1)
	ctx, cancel := context.WithTimeout(ctx, db.timeout)
	return ctx, func() {
		cancel()
		db.running.Done()
	}
}

// commented sets the comment in a command's options to the operation that causes it. The server's log and profiler show the comment.
func commented[O interface{ SetComment(C) O }, C any](ctx context.Context, o O) O {
	if operation := store.Operation(ctx); operation != "" {
		o.SetComment(any(operation).(C)) // the driver expects a string or any
	}
	return o
}
