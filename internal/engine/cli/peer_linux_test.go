package cli

import (
	"os"
	"testing"
)

func TestIsOperator(t *testing.T) {
	t.Parallel()
	for uid, want := range map[uint32]bool{0: true, uint32(os.Geteuid()): true, 4242: false} {
		if got := isOperator(uid); got != want {
			t.Errorf("user %d may control the server: %t, want %t", uid, got, want)
		}
	}
}
