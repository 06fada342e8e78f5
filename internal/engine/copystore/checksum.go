package copystore

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Checksum is the SHA-256 of documents in the order of their ids: of each, the id, the version and the JSON.
type Checksum [sha256.Size]byte

// String returns the first 16 hexadecimal digits, enough to tell two apart by eye.
func (c Checksum) String() string { return hex.EncodeToString(c[:8]) }

// sum is a checksum in the making.
type sum struct {
	hash.Hash
	head []byte
}

func newSum() *sum { return &sum{Hash: sha256.New()} }

// add goes on with a document. Lengths keep two documents from looking like two others.
func (s *sum) add(d *store.Document) {
	s.head = binary.AppendUvarint(s.head[:0], uint64(len(d.ID)))
	s.head = append(s.head, d.ID...)
	s.head = binary.AppendVarint(s.head, d.Version)
	s.head = binary.AppendUvarint(s.head, uint64(len(d.JSON)))
	_, _ = s.Write(s.head) // a hash takes everything
	_, _ = s.Write(d.JSON)
}

func (s *sum) checksum() (c Checksum) {
	s.Sum(c[:0])
	return c
}
