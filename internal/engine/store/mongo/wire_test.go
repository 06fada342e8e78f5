package mongo

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/event"
	"go.mongodb.org/mongo-driver/x/bsonx/bsoncore"
)

// replicaSet is the primary of a replica set without documents: it sends prepared responses, and records the commands that the driver
// reports. It covers what no stand-in supports: transactions, retries, and a server's exact texts.
type replicaSet struct {
	address string
	answer  func(command bson.Raw) bson.D // nil: the usual response

	mu       sync.Mutex
	commands []bson.Raw
	open     int // connections
}

// serve starts a replica set that the test stops.
func serve(t *testing.T, answer func(bson.Raw) bson.D) *replicaSet {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &replicaSet{address: listener.Addr().String(), answer: answer}
	var all sync.WaitGroup
	var conns sync.Map
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conns.Store(conn, true)
			all.Go(func() {
				r.count(1)
				defer r.count(-1)
				defer conn.Close()
				for r.exchange(conn) == nil {
				}
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		conns.Range(func(c, _ any) bool {
			_ = c.(net.Conn).Close()
			return true
		})
		all.Wait()
	})
	return r
}

// store opens a store on the replica set.
func (r *replicaSet) store(t *testing.T) *DB {
	t.Helper()
	monitor := &event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.commands = append(r.commands, bytes.Clone(e.Command))
	}}
	db, err := Open(t.Context(), Config{Name: "example", URI: "mongodb://" + r.address + "/?replicaSet=rs0", Timeout: time.Minute,
		monitor: monitor})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return db
}

func (r *replicaSet) count(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open += n
}

func (r *replicaSet) connections() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open
}

// seen returns the commands that its store has sent since the last call.
func (r *replicaSet) seen() []bson.Raw {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.commands
	r.commands = nil
	return list
}

// exchange reads one message, an OP_QUERY or OP_MSG, and answers its command; documents that came beside it do not matter.
func (r *replicaSet) exchange(conn net.Conn) error {
	var head [16]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return err
	}
	body := make([]byte, binary.LittleEndian.Uint32(head[:])-16)
	if _, err := io.ReadFull(conn, body); err != nil {
		return err
	}
	var prefix []byte
	const reply, query, opMsg = 1, 2004, 2013
	code := uint32(opMsg)
	var command bson.Raw
	if binary.LittleEndian.Uint32(head[12:]) == query {
		code, prefix = reply, make([]byte, 20)
		prefix[16] = 1 // document
		_, rest, _ := bsoncore.ReadKey(body[4:])
		command = bson.Raw(rest[8:])
	} else {
		prefix = make([]byte, 5)
		size := binary.LittleEndian.Uint32(body[5:])
		command = bson.Raw(body[5 : 5+size])
	}
	answer, err := bson.Marshal(r.reply(command))
	if err != nil {
		return err
	}
	out := binary.LittleEndian.AppendUint32(nil, uint32(16+len(prefix)+len(answer)))
	out = binary.LittleEndian.AppendUint32(out, 0)
	out = append(out, head[4:8]...) // responseTo
	out = binary.LittleEndian.AppendUint32(out, code)
	_, err = conn.Write(append(append(out, prefix...), answer...))
	return err
}

func (r *replicaSet) reply(command bson.Raw) bson.D {
	ok := bson.E{Key: "ok", Value: 1}
	first, err := command.IndexErr(0)
	if err != nil {
		return bson.D{{Key: "ok", Value: 0}}
	}
	switch first.Key() {
	case "hello", "isMaster", "ismaster":
		return bson.D{ok, {Key: "isWritablePrimary", Value: true}, {Key: "ismaster", Value: true}, {Key: "helloOk", Value: true},
			{Key: "setName", Value: "rs0"}, {Key: "setVersion", Value: 1}, {Key: "hosts", Value: bson.A{r.address}},
			{Key: "me", Value: r.address},
			{Key: "primary", Value: r.address}, {Key: "maxBsonObjectSize", Value: 16 << 20}, {Key: "maxMessageSizeBytes", Value: 48000000},
			{Key: "maxWriteBatchSize", Value: 100000}, {Key: "logicalSessionTimeoutMinutes", Value: 30}, {Key: "minWireVersion", Value: 0},
			{Key: "maxWireVersion", Value: 21}}
	case "buildInfo", "ping", "endSessions":
		return bson.D{ok}
	}
	if r.answer != nil {
		if d := r.answer(command); d != nil {
			return d
		}
	}
	batch := bson.A{}
	switch first.Key() {
	case "findAndModify":
		return bson.D{ok, {Key: "value", Value: bson.D{{Key: "_id", Value: "a"}, {Key: versionField, Value: int64(2)}}}}
	case "aggregate":
		batch = bson.A{bson.D{{Key: "n", Value: 1}}}
	case "find", "listIndexes":
	default:
		return bson.D{ok, {Key: "n", Value: 1}, {Key: "nModified", Value: 1}}
	}
	return bson.D{ok, {Key: "cursor", Value: bson.D{{Key: "id", Value: int64(0)}, {Key: "ns", Value: "example.articles"},
		{Key: "firstBatch", Value: batch}}}}
}
