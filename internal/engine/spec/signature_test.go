package spec

import (
	"fmt"
	"testing"
)

func TestSignature(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"createNote":     "path [], parameters false, filter , body NoteInput, answer Note, list false",
		"findNotes":      "path [], parameters true, filter filter Note 1, body , answer PartialNote, list true",
		"updateAllNotes": "path [], parameters true, filter where Note 2, body NotePatch, answer Count, list false",
		"getNote":        "path [{id string  }], parameters true, filter filter Note 3, body , answer PartialNote, list false",
		"deleteNote":     "path [{id string  }], parameters true, filter , body , answer , list false",
		"endSession":     "path [{id string  }], parameters false, filter , body , answer , list false",
		"listSessions":   "path [], parameters false, filter , body , answer Session, list true",
		"whoAmI":         "path [], parameters false, filter , body , answer string, list false",
	}
	for _, op := range testapp(t).Operations() {
		s := op.Signature()
		filter := ""
		if s.Filter != nil {
			filter = fmt.Sprintf("%s %s %d", s.Filter.Name, s.Filter.Schema, s.Filter.Form)
		}
		got := fmt.Sprintf("path %v, parameters %t, filter %s, body %s, answer %s, list %t", s.Path, s.Parameters, filter, s.Body, s.Answer,
			s.List)
		if want[op.ID] != "" && got != want[op.ID] {
			t.Errorf("%s: %s; want %s", op.ID, got, want[op.ID])
		}
		delete(want, op.ID)
		if s.Summary == "" {
			t.Errorf("%s has no summary", op.ID)
		}
	}
	if len(want) != 0 {
		t.Errorf("missing operations: %v", want)
	}
}
