package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
)

const defaultPageSize = 100

// Filter selects the documents of a list and their order. The zero value selects all documents, ordered by id.
type Filter[T any] struct {
	Where Where[T] // the zero value selects all documents
	Order Sorting[T]
	Limit int // maximum number of documents; 0 means no limit
	// PageSize is how many documents one request returns: 100 if it is 0, and at most 1,000. It affects only the number of
	// requests.
	PageSize int
}

// page is the `filter` of one request.
type page[T any] struct {
	Where *Where[T] `json:"where,omitempty"`
	Order []string  `json:"order"`
	Limit int       `json:"limit"`
}

// find requests one page after the other. Each page starts after the last document of the previous page, not at an offset. So a
// document that exists all the time and keeps its position in the order is returned exactly once, even during writes.
func find[T any](filter Filter[T], get func(RequestEditor) (*http.Response, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		fail := func(err error) { yield(*new(T), err) }
		if filter.Limit < 0 || filter.PageSize < 0 {
			fail(fmt.Errorf("client: invalid filter with Limit %d and PageSize %d; use 0 for no limit and for the default", filter.Limit,
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
				fail(fmt.Errorf("client: the server does not follow the filter: got %d documents, want at most %d new ones",
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

// query sets a query parameter in the filter language.
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

// segment rejects a path parameter that would change the URL to that of another operation (RFC 3986, section 5.2.4).
func segment(name, value string) RequestEditor {
	return func(context.Context, *http.Request) error {
		if value == "" || value == "." || value == ".." {
			return fmt.Errorf("client: invalid %s %q; the request was not sent", name, value)
		}
		return nil
	}
}

// segments rejects a path parameter that is a list, if it is empty, or if the server would read an item as two.
func segments(name, separator string, items []string) RequestEditor {
	for _, item := range items {
		if strings.Contains(item, separator) {
			return func(context.Context, *http.Request) error {
				return fmt.Errorf("client: invalid %s: the item %q contains %q; the request was not sent", name, item, separator)
			}
		}
	}
	return segment(name, strings.Join(items, ""))
}

// texts returns the items of a path parameter that is a list.
func texts[T any](items []T) []string {
	all := make([]string, len(items))
	for i, item := range items {
		all[i] = fmt.Sprint(item)
	}
	return all
}

// with prepends editors to those of the caller, without changing the caller's slice. The caller's editors run last and win.
func with(editors []RequestEditor, first ...RequestEditor) []RequestEditor {
	return slices.Concat(first, editors)
}
