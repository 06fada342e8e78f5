package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// The extensions of OpenAPI that a contract may use.
const (
	xScopes     = "x-required-scopes" // operation: [news:write], the scopes that the caller's token must have
	xErrorCodes = "x-error-codes"     // operation: [NEWS_PUBLISHED], codes of errors that only it has
	// root and operation: {body: 1MiB, deadline: 10s, rate: [30/m per address, 5/s per token], concurrent: 4 per account}
	xLimits = "x-limits"
	xRoles  = "x-roles" // root: {editor: [news:read, news:write]}, the scopes that each role grants
	// schema: {name: news, owner: author, private: false, admin: news:admin, orphans: keep, quota: {documents: 100000, bytes: 1GiB},
	// indexes: [{fields: [a, b], unique: false}]}
	xCollection = "x-collection"
	xToken      = "x-token"           // bearer security scheme: {signUp: signUp, signIn: signIn, token: /token, deleteAccount: deleteMe}
	xCodes      = "x-extensible-enum" // schema of strings: [NOT_FOUND], the values in responses; later versions may add more
	xDefault    = "x-default"         // property of a request body: now, the time of the request
	xWas        = "x-was"             // property of a collection's schema: body, its former name, which older programs use
	xRemoved    = "x-removed"         // schema of a collection: {body: delete, summary: keep}, former properties, and what becomes of them
)

// MaxDeadline is the duration that every deadline must be shorter than: the server closes the connection then.
const MaxDeadline = 30 * time.Second

// Limits bound one operation.
type Limits struct {
	Body     int64         // maximum size of a request body, in bytes
	Deadline time.Duration // maximum time from the validation of the request to its response
	Endless  bool          // the response is a stream without a deadline; Deadline limits what comes before it
	Rates    []Rate        // all of them apply; empty: no limit

	Concurrent []Concurrency // all of them apply; empty: no limit
}

// collection is the value of x-collection.
type collection struct {
	Name    string `json:"name"`
	Owner   string `json:"owner"`
	Private bool   `json:"private"`
	Admin   string `json:"admin"`
	Orphans string `json:"orphans"`
	Quota   *struct {
		Documents *int64 `json:"documents"`
		Bytes     string `json:"bytes"`
	} `json:"quota"`
	Indexes []index `json:"indexes"`
	Was     any     `json:"x-was"` // refused
}

// quota returns how much an owner can store; nil means no limit.
func (x collection) quota() (*store.Quota, error) {
	if x.Quota == nil {
		return nil, nil
	}
	q := &store.Quota{}
	if n := x.Quota.Documents; n != nil {
		if q.Documents = *n; q.Documents < 1 {
			return nil, fmt.Errorf("quota: documents: %d is less than 1", q.Documents)
		}
	}
	if text := x.Quota.Bytes; text != "" {
		mebibytes, large := strings.CutSuffix(text, "GiB")
		if large {
			text = mebibytes + "MiB"
		}
		size, err := parseSize(text)
		if err != nil {
			return nil, fmt.Errorf("quota: bytes: %q is not a size such as 64KiB, 10MiB or 1GiB", x.Quota.Bytes)
		}
		if q.Bytes = size; large {
			q.Bytes <<= 10
		}
	}
	if *q == (store.Quota{}) {
		return nil, fmt.Errorf("quota: set documents, bytes or both: {documents: 100000, bytes: 1GiB}")
	}
	return q, nil
}

type index struct {
	Fields []string `json:"fields"`
	Unique bool     `json:"unique"`
}

var (
	// Names are used in SQL.
	namePattern  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	scopePattern = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]+$`) // RFC 6749, section 3.3
	sizePattern  = regexp.MustCompile(`^([1-9][0-9]{0,8})(B|KiB|MiB)?$`)
)

// readLimits returns base with the changes of x-limits.
func readLimits(extensions map[string]any, base Limits) (Limits, error) {
	var said struct {
		Body     *string `json:"body"`
		Deadline *string `json:"deadline"`
		Rate     texts   `json:"rate"`

		Concurrent texts `json:"concurrent"`
	}
	if _, err := read(extensions, xLimits, &said); err != nil {
		return base, err
	}
	if said.Body != nil {
		size, err := parseSize(*said.Body)
		if err != nil {
			return base, fmt.Errorf("%s.body: %w", xLimits, err)
		}
		base.Body = size
	}
	if said.Deadline != nil && *said.Deadline == "none" {
		base.Endless = true
	} else if said.Deadline != nil {
		base.Endless = false
		deadline, err := time.ParseDuration(*said.Deadline)
		if err != nil || deadline <= 0 {
			return base, fmt.Errorf("%s.deadline: %q is not a duration such as 5s", xLimits, *said.Deadline)
		}
		base.Deadline = deadline
	}
	if said.Rate != nil {
		rates, err := parseRates(said.Rate)
		if err != nil {
			return base, fmt.Errorf("%s.rate: %w", xLimits, err)
		}
		base.Rates = rates
	}
	if said.Concurrent != nil {
		concurrent, err := parseConcurrent(said.Concurrent)
		if err != nil {
			return base, fmt.Errorf("%s.concurrent: %w", xLimits, err)
		}
		base.Concurrent = concurrent
	}
	return base, nil
}

func readScopes(extensions map[string]any) ([]string, error) {
	var scopes []string
	if _, err := read(extensions, xScopes, &scopes); err != nil {
		return nil, err
	}
	for _, scope := range scopes {
		if !scopePattern.MatchString(scope) {
			return nil, fmt.Errorf("%s: invalid scope %q (RFC 6749, section 3.3)", xScopes, scope)
		}
	}
	return scopes, nil
}

// read decodes the extension key into v and reports whether it is present. Unknown members are errors:
// a misspelt protection must not be ignored.
func read(extensions map[string]any, key string, v any) (bool, error) {
	value, ok := extensions[key]
	if !ok {
		return false, nil
	}
	if at, is := blank(value); is {
		return false, fmt.Errorf("%s%s is empty; set a value or remove it", key, at)
	}
	text, err := json.Marshal(value)
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(v)
	}
	if err != nil {
		return false, fmt.Errorf("%s: %s", key, inWords(err))
	}
	return true, nil
}

// blank returns the location of an empty value, if there is one. An empty owner, for example, must not mean that documents have no owner.
func blank(value any) (at string, is bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return "", v == ""
	case []any:
		for _, item := range v {
			if at, is := blank(item); is {
				return at, true
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if at, is := blank(v[name]); is {
				return "." + name + at, true
			}
		}
	}
	return "", false
}

// inWords replaces the Go types in an error of encoding/json with terms of the contract.
func inWords(err error) string {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return strings.TrimPrefix(err.Error(), "json: ")
	}
	words := map[reflect.Kind]string{reflect.Slice: "a list", reflect.Struct: "an object", reflect.Map: "an object",
		reflect.String: "a string", reflect.Bool: "true or false", reflect.Int64: "an integer"}
	given := "got " + strings.ReplaceAll(wrong.Value, "array", "list")
	if wrong.Field != "" {
		given = wrong.Field + ": " + given
	}
	return fmt.Sprintf("%s, want %s", given, words[wrong.Type.Kind()])
}

func parseSize(text string) (int64, error) {
	parts := sizePattern.FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("%q is not a size such as 64KiB or 1MiB", text)
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	return n << map[string]int{"KiB": 10, "MiB": 20}[parts[2]], err
}
