package transfer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/strictjson"
)

const (
	maxLine  = store.MaxDocument + 1<<20 // bytes
	maxDepth = 64                        // of nested arrays and objects
)

// item is a document of the text.
type item struct {
	line     int // on which it begins, from 1
	size     int64
	model    *store.Model
	members  map[string]any
	problems []Problem // if there are any, there is no document
}

// source is a text that contains documents. Its next returns io.EOF at the end.
type source interface{ next() (item, error) }

// lineReader reads documents from NDJSON.
type lineReader struct {
	in     *bufio.Reader
	line   int
	begun  bool                    // a line that is not empty was read
	m      *store.Model            // of all lines; nil if they are tagged
	models map[string]*store.Model // by collection, of tagged lines
}

// newLineReader returns a reader of the documents of the models: of the first one or, if the lines are tagged, of all.
func newLineReader(models []*store.Model, tagged bool, r io.Reader) (*lineReader, error) {
	text, err := withoutMark(r)
	if err != nil {
		return nil, err
	}
	l := &lineReader{in: bufio.NewReaderSize(text, 64<<10), m: models[0], models: map[string]*store.Model{}}
	if tagged {
		l.m = nil
	}
	for _, m := range models {
		l.models[m.Collection] = m
	}
	return l, nil
}

// next implements source. It skips empty lines. It returns an error for an array of documents, each of whose lines would be rejected.
func (l *lineReader) next() (item, error) {
	for {
		text, long, err := l.read()
		if err != nil {
			return item{}, err
		}
		i := item{line: l.line, size: int64(len(text)), model: l.m}
		switch {
		case long:
			i.problems = []Problem{{"", fmt.Sprintf("the line is longer than %d MiB", maxLine>>20)}}
		case len(text) == 0:
			continue
		case text[0] == '[' && !l.begun:
			return item{}, fmt.Errorf("line %d begins a JSON array; want one JSON object per line, as mongoexport writes it without "+
				"--jsonArray, or jq -c '.[]'", l.line)
		default:
			l.parse(&i, text)
		}
		l.begun = true
		return i, nil
	}
}

// read returns the next line without white space around it, or true for a line that is too long, which it skips.
func (l *lineReader) read() (text []byte, long bool, err error) {
	l.line++
	for {
		part, err := l.in.ReadSlice('\n')
		if len(text)+len(part) > maxLine {
			text, long = nil, true
		}
		if !long {
			text = append(text, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF && len(text) == 0 && len(part) == 0 && !long:
			return nil, false, io.EOF
		case err != nil && err != io.EOF:
			return nil, false, err
		}
		return bytes.Trim(text, " \t\r\n"), long, nil
	}
}

// parse sets the members of an item, or its problems.
func (l *lineReader) parse(i *item, text []byte) {
	fail := func(path, message string) { i.problems = append(i.problems, Problem{path, message}) }
	decoded, wrong := strictjson.Decode(text, maxDepth)
	if wrong != nil {
		fail("", "is not valid JSON: "+wrong.Error())
		return
	}
	object, isObject := decoded.(map[string]any)
	if !isObject {
		fail("", "must be a JSON object; write one object per line (mongoexport without --jsonArray)")
		return
	}
	if l.m == nil {
		name, _ := object["collection"].(string)
		if i.model = l.models[name]; i.model == nil {
			fail("/collection", "must be the name of a collection")
			return
		}
		if object, isObject = object["document"].(map[string]any); !isObject {
			fail("/document", "must be a JSON object")
			return
		}
	}
	value, err := plain(object)
	if err != nil {
		path, message := splitPath(err.Error())
		fail(path, message)
		return
	}
	if i.members, isObject = value.(map[string]any); !isObject {
		fail("", "must be a document")
		return
	}
	if id, has := i.members["_id"]; has { // MongoDB's name
		delete(i.members, "_id")
		delete(i.members, "_v") // the version, in this program's own collections
		if _, has := i.members["id"]; !has {
			i.members["id"] = id
		}
	}
}
