package storetest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// difference describes how the backend's result differs from want, the reference's result of the same call; it returns "" if they are
// equal. Where the backend may choose, the reference continues with its choice.
func (r *reference) difference(t *testing.T, got, want outcome) string {
	t.Helper()
	same := answers(got.err, want.err) && got.count == want.count && len(got.documents) == len(want.documents)
	for i := 0; same && i < len(got.documents); i++ {
		same = r.accepts(t, got.documents[i], want.documents[i])
	}
	if same {
		return ""
	}
	return " got " + got.String() + "\nwant " + want.String()
}

// accepts reports whether a document equals the wanted one, byte for byte; only members that one change has added may be in any order.
func (r *reference) accepts(t *testing.T, got, want store.Document) bool {
	t.Helper()
	if got.ID != want.ID || got.Version != want.Version {
		return false
	}
	if string(got.JSON) == string(want.JSON) {
		return true
	}
	have, all := members(got.JSON), members(want.JSON)
	fixed := len(all) - r.loose[want.ID]
	if len(have) != len(all) || string(object(have)) != string(got.JSON) ||
		string(object(have[:fixed])) != string(object(all[:fixed])) || sorted(t, got.JSON) != sorted(t, want.JSON) {
		return false
	}
	r.documents[want.ID] = got
	delete(r.loose, want.ID)
	return true
}

// answers reports whether a fault equals the wanted one; causes may differ.
func answers(got, want error) bool {
	return reflect.DeepEqual(bare(got), bare(want))
}

// bare returns a fault without its cause, which depends on the backend.
func bare(err error) error {
	f, ok := err.(*fault.Error)
	if !ok {
		return err
	}
	answer := *f
	answer.Err = nil
	return &answer
}

func (o outcome) String() string {
	if f, ok := o.err.(*fault.Error); ok {
		return fmt.Sprintf("the fault of kind %d, code %q, fields %v: %v", f.Kind, f.Code, f.Fields, f)
	}
	if o.err != nil {
		return fmt.Sprintf("%T: %v", o.err, o.err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "count %d, %d documents", o.count, len(o.documents))
	for _, d := range o.documents {
		fmt.Fprintf(&b, "\n     %q at version %d: %s", d.ID, d.Version, d.JSON)
	}
	return b.String()
}
