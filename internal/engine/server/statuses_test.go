package server

import (
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// A kind without a status would be an answer that net/http cannot write.
func TestEveryKindHasAStatus(t *testing.T) {
	t.Parallel()
	for kind := fault.Internal; kind <= fault.InsufficientStorage; kind++ {
		if got := statuses[kind]; got.status < 400 || got.status > 599 || got.name == "" {
			t.Errorf("kind %d: %+v", kind, got)
		}
	}
	if len(statuses) != int(fault.InsufficientStorage)+1 {
		t.Errorf("%d statuses for %d kinds: is there a new kind after Full?", len(statuses), fault.InsufficientStorage+1)
	}
}
