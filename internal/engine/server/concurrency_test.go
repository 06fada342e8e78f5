package server

import (
	"errors"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// A refusal of the store that the operation does not document must not reach a client as 429.
func TestDocumented(t *testing.T) {
	t.Parallel()
	limited, other := fault.New(fault.RateLimited, "CODE", "Too many."), errors.New("another")
	if got := documented(limited, true); got != error(limited) {
		t.Errorf("documented: %v", got)
	}
	got := documented(limited, false)
	if f, ok := errors.AsType[*fault.Error](got); !ok || f.Kind != fault.Unavailable || f.Code != "CODE" ||
		limited.Kind != fault.RateLimited {
		t.Errorf("not documented: %v", got)
	}
	if documented(other, false) != other || documented(nil, false) != nil {
		t.Error("another error was changed")
	}
}
