package generate

import (
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// The codes of an operation's own errors are among those of ErrorCode, in their order.
func TestCompleteErrorCodes(t *testing.T) {
	t.Parallel()
	const operation = "      operationId: createThing\n"
	document := strings.Replace(shelf, operation, operation+"      x-error-codes: [THING_SOLD, ALREADY_SOLD, RATE_LIMITED]\n", 1)
	completed := complete(t, document)
	if _, err := spec.Load([]byte(completed)); err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		"x-extensible-enum: [ALREADY_SOLD, AUTHORIZATION_ACCESS_DENIED,", "RATE_LIMITED, SESSION_CHECK_FAILED, THING_SOLD, TOO_",
	} {
		if !strings.Contains(completed, want) {
			t.Errorf("missing: %s\n%s", want, completed)
		}
	}
	written := strings.Replace(document, "  schemas:\n", "  schemas:\n    ErrorCode: {type: string}\n", 1)
	if _, err := spec.Load([]byte(complete(t, written))); err == nil || !strings.Contains(err.Error(), "does not list \"THING_SOLD\"") {
		t.Errorf("with a written schema: %v", err)
	}
}
