package copystore

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Checksum is a SHA-256 checksum over the ids, versions and JSON of documents, in the order of ids.
type Checksum [sha256.Size]byte

// String returns the first 16 hexadecimal digits, which are enough to compare two by eye.
func (c Checksum) String() string { return hex.EncodeToString(c[:8]) }

// sum computes a checksum.
type sum struct {
	hash.Hash
	head []byte
}

func newSum() *sum { return &sum{Hash: sha256.New()} }

// add adds a document. The lengths make the encoding unambiguous.
func (s *sum) add(d *store.Document) {
	s.head = binary.AppendUvarint(s.head[:0], uint64(len(d.ID)))
	s.head = append(s.head, d.ID...)
	s.head = binary.AppendVarint(s.head, d.Version)
	s.head = binary.AppendUvarint(s.head, uint64(len(d.JSON)))
	_, _ = s.Write(s.head) // a hash returns no error
	_, _ = s.Write(d.JSON)
}

func (s *sum) checksum() (c Checksum) {
	s.Sum(c[:0])
	return c
}
