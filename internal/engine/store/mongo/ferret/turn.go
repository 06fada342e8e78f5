package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"

	"go.mongodb.org/mongo-driver/bson"
)

// maxMessage is the size of the largest message of MongoDB's wire protocol, in bytes.
const maxMessage = 48_000_000

// turn is a FerretDB that does one command at a time in each database. FerretDB reads a document and writes it back in two steps, between
// which another write can come; MongoDB changes a document in one step.
type turn struct {
	databases sync.Map // by name: the *sync.Mutex that a command holds

	dir    string // with the data
	socket string // that FerretDB listens on
}

// serve passes the messages of every connection on, until the listener is closed.
func (t *turn) serve(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return // closed
		}
		go func() {
			defer client.Close()
			server, err := net.Dial("unix", t.socket)
			if err != nil {
				return
			}
			defer server.Close()
			for t.relay(client, server) == nil {
			}
		}()
	}
}

// relay passes on one message and its answer; the driver sends none that has no answer.
func (t *turn) relay(client, server net.Conn) error {
	request, err := message(client)
	if err != nil {
		return err
	}
	answer, err := t.exchange(server, request)
	if err != nil {
		return err
	}
	_, err = client.Write(answer)
	return err
}

func (t *turn) exchange(server net.Conn, request []byte) ([]byte, error) {
	command := commandOf(request)
	database, _ := command.Lookup("$db").StringValueOK()
	lock, _ := t.databases.LoadOrStore(database, new(sync.Mutex))
	lock.(*sync.Mutex).Lock()
	defer lock.(*sync.Mutex).Unlock()
	if _, err := server.Write(request); err != nil {
		return nil, err
	}
	answer, err := message(server)
	if _, absent := command.LookupErr("createIndexes"); absent == nil && err == nil {
		err = freeNulls(t.dir, database)
	}
	return answer, err
}

// commandOf returns the command in a message of the kind OP_MSG; all but a connection's first message are.
func commandOf(message []byte) bson.Raw {
	const header, flags, opMsg = 16, 5, 2013
	if len(message) < header+flags || binary.LittleEndian.Uint32(message[12:]) != opMsg {
		return nil
	}
	return bson.Raw(message[header+flags:])
}

// message reads one message, which begins with its length.
func message(from io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size < 16 || size > maxMessage {
		return nil, fmt.Errorf("a message of %d bytes", size)
	}
	text := make([]byte, size)
	copy(text, head[:])
	_, err := io.ReadFull(from, text[len(head):])
	return text, err
}
