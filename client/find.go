package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"slices"
)

const defaultPageSize = 100

// Filter says which documents of a list to get, and in which order. Its zero value is all of them, by id.
type Filter[T any] struct {
	Where Where[T] // the zero value is no condition: all documents
	Order Order[T]
	Limit int // the most documents in all; 0 is no limit
	// PageSize is how many documents a request asks for: 100 when it is 0, and at most 1,000. It changes nothing but the
	// number of requests.
	PageSize int
}

// page is the `filter` of one request.
type page[T any] struct {
	Where *Where[T] `json:"where,omitempty"`
	Order []string  `json:"order"`
	Limit int       `json:"limit"`
}

// find asks for one page after the other. A page begins after the last document of the one before, not at a number of
// documents: so while others write, a document that is there all the time, and keeps its place in the order, comes exactly once.
func find[T any](filter Filter[T], get func(RequestEditor) (*http.Response, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		fail := func(err error) { yield(*new(T), err) }
		if filter.Limit < 0 || filter.PageSize < 0 {
			fail(fmt.Errorf("client: a filter with Limit %d and PageSize %d; use 0 for no limit and for the default", filter.Limit,
				filter.PageSize))
			return
		}
		keys := filter.Order.total()
		next := page[T]{}
		if filter.Where.clause != nil {
			next.Where = &filter.Where
		}
		var last json.RawMessage
		for _, k := range keys {
			next.Order = append(next.Order, k.String())
		}
		for got := 0; ; {
			next.Limit = filter.PageSize
			if next.Limit == 0 {
				next.Limit = defaultPageSize
			}
			if filter.Limit > 0 {
				next.Limit = min(next.Limit, filter.Limit-got)
			}
			documents, err := receive[[]json.RawMessage](get(query("filter", next)))
			if err != nil {
				fail(err)
				return
			}
			count := len(documents)
			if count > next.Limit || count > 0 && bytes.Equal(documents[count-1], last) {
				fail(fmt.Errorf("client: the server does not follow the filter: %d documents where at most %d new ones were asked for",
					count, next.Limit))
				return
			}
			for _, document := range documents {
				var v T
				if err := json.Unmarshal(document, &v); err != nil {
					fail(fmt.Errorf("client: a document of the list: %w", err))
					return
				}
				if !yield(v, nil) {
					return
				}
			}
			if got += count; count < next.Limit || got == filter.Limit {
				return
			}
			last = documents[count-1]
			rest, err := after[T](keys, last)
			if err != nil {
				fail(fmt.Errorf("client: a document of the list: %w", err))
				return
			}
			if filter.Where.clause != nil {
				rest = And(filter.Where, rest)
			}
			next.Where = &rest
		}
	}
}

// query sets a parameter in the filter language.
func query(name string, value any) RequestEditor {
	return func(_ context.Context, r *http.Request) error {
		text, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("client: %s: %w", name, err)
		}
		parameters := r.URL.Query()
		parameters.Set(name, string(text))
		r.URL.RawQuery = parameters.Encode()
		return nil
	}
}

// segment refuses a parameter of the path that would make the address another operation's (RFC 3986, section 5.2.4).
func segment(name, value string) RequestEditor {
	return func(context.Context, *http.Request) error {
		if value == "" || value == "." || value == ".." {
			return fmt.Errorf("client: there is nothing with the %s %q; nothing was sent", name, value)
		}
		return nil
	}
}

// with adds editors to those of a caller, whose slice stays as it is. They come first: the caller has the last word.
func with(editors []RequestEditor, first ...RequestEditor) []RequestEditor {
	return slices.Concat(first, editors)
}
