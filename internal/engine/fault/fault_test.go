package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

func TestKindOf(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	stale := fault.Wrap(cause, fault.PreconditionFailed, "CODE", "version %d", 7)
	for name, tt := range map[string]struct {
		err  error
		want fault.Kind
	}{
		"nothing":             {nil, fault.Internal},
		"an unknown error":    {cause, fault.Internal},
		"a fault":             {stale, fault.PreconditionFailed},
		"a wrapped fault":     {fmt.Errorf("context: %w", stale), fault.PreconditionFailed},
		"a fault in a fault":  {fault.Wrap(stale, fault.Conflict, "", ""), fault.Conflict},
		"a forgotten kind":    {&fault.Error{}, fault.Internal},
		"joined with another": {errors.Join(cause, stale), fault.PreconditionFailed},
	} {
		if got := fault.KindOf(tt.err); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
	if !errors.Is(stale, cause) || stale.Detail != "version 7" || stale.Code != "CODE" || stale.Error() != "version 7: cause" {
		t.Errorf("%+v", stale)
	}
}
