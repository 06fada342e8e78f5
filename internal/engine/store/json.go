package store

import (
	"context"
	"io"
	"os"
	"runtime"
	"slices"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// maxInMemory is the minimum size in bytes of a text that is kept in a file, if the request has a MemoryBudget.
const maxInMemory = 256 << 10

// The buffer of a list has at least minBuffer bytes, and its size doubles up to twice maxDoubled.
const (
	minBuffer  = 4 << 10
	maxDoubled = 32 << 10
)

// JSON is a JSON text from the store: a document or a list of documents. A long text is kept in a file that is deleted at the end of the
// request (MemoryBudget.NewContext); it must not be used after that.
type JSON struct {
	text []byte
	file *os.File // instead of text
	size int64

	total *int64
}

// Total returns the number of all documents that match the filter of a list, whatever its limit and offset, if it was asked for
// (Collection.FindPage).
func (j JSON) Total() (total int64, counted bool) {
	if j.total == nil {
		return 0, false
	}
	return *j.total, true
}

func inMemory(text []byte) JSON { return JSON{text: text, size: int64(len(text))} }

// Len returns the size of the text in bytes.
func (j JSON) Len() int64 { return j.size }

// WriteTo writes the text. It implements io.WriterTo and can be called more than once.
func (j JSON) WriteTo(w io.Writer) (int64, error) {
	if j.file == nil {
		n, err := w.Write(j.text)
		return int64(n), err
	}
	return io.Copy(w, io.NewSectionReader(j.file, 0, j.size))
}

// jsonWriter collects a JSON text. It reserves its bytes in the budget of a request.
type jsonWriter struct {
	ctx    context.Context
	buffer []byte
	file   *os.File // the text before the buffer, if it is long
	size   int64
}

// element appends a document to a list, restricted to some fields.
func (w *jsonWriter) element(fields *filter.Fields, document []byte) error {
	separator := byte(',')
	if w.size == 0 {
		separator = '['
	}
	old := len(w.buffer)
	if more := len(document) + 1; old+more > cap(w.buffer) && old < maxDoubled {
		w.buffer = slices.Grow(w.buffer, max(more, old, minBuffer)) // append alone grows such a slice by a quarter only
	}
	w.buffer = fields.AppendProject(append(w.buffer, separator), document)
	return w.added(len(w.buffer) - old)
}

// list returns the list of the elements.
func (w *jsonWriter) list() (JSON, error) {
	if w.size == 0 {
		return w.end("[]")
	}
	return w.end("]")
}

// single returns a document, restricted to some fields.
func (w *jsonWriter) single(fields *filter.Fields, document []byte) (JSON, error) {
	w.buffer = document
	if fields != nil {
		w.buffer = fields.AppendProject(nil, document)
	}
	if err := w.added(len(w.buffer)); err != nil {
		return JSON{}, err
	}
	return w.end("")
}

func (w *jsonWriter) added(n int) error {
	if err := take(w.ctx, n); err != nil {
		return err
	}
	w.size += int64(n)
	if len(w.buffer) < maxInMemory {
		return nil
	}
	return w.spill()
}

// spill moves the buffer to a file. If no file can be created, the text stays in memory.
func (w *jsonWriter) spill() error {
	if w.file == nil {
		m, ok := w.ctx.Value(budgetKey{}).(*listMemory)
		if !ok || m.spool == "" {
			return nil
		}
		file, err := createUnnamed(m.spool)
		if err != nil {
			return nil
		}
		m.files = append(m.files, file)
		w.file = file
	}
	if _, err := w.file.Write(w.buffer); err != nil {
		return fault.Wrap(err, fault.Unavailable, "", "The server has no space for a response of this size. Request less.")
	}
	w.buffer = w.buffer[:0]
	return nil
}

// end appends the last bytes and returns the text.
func (w *jsonWriter) end(last string) (JSON, error) {
	w.buffer = append(w.buffer, last...)
	w.size += int64(len(last))
	if w.file == nil {
		return inMemory(w.buffer), nil
	}
	err := w.spill()
	return JSON{file: w.file, size: w.size}, err
}

// createUnnamed creates a file in a directory and, where the system allows it, removes its name.
func createUnnamed(directory string) (*os.File, error) {
	file, err := os.CreateTemp(directory, "response-*.tmp")
	if err == nil {
		_ = os.Remove(file.Name()) // Windows refuses it until the file is closed
	}
	return file, err
}

// discard closes a file that createUnnamed has created.
func discard(file *os.File) {
	_ = file.Close()
	if runtime.GOOS == "windows" {
		_ = os.Remove(file.Name())
	}
}
