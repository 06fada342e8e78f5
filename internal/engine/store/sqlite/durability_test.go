package sqlite

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestKill kills a writing process 20 times, and checks that every write that was acknowledged to it is stored.
func TestKill(t *testing.T) {
	t.Parallel()
	path := file(t)
	for round := range 20 {
		child := child(t, path)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		var acknowledged []string
		for lines := bufio.NewScanner(out); lines.Scan(); { // including writes acknowledged before the kill took effect
			if acknowledged = append(acknowledged, lines.Text()); len(acknowledged) == 20+10*round {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := child.Wait(); err == nil || len(acknowledged) < 20 {
			t.Fatalf("round %d: the process ended by itself after %q", round, acknowledged)
		}

		m := news(t)
		db, err := Open(t.Context(), path)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		migrated(t, db, m)
		for _, id := range acknowledged {
			if _, err := db.Get(t.Context(), m, id); err != nil {
				t.Errorf("round %d: an acknowledged write is lost: %v", round, err)
			}
		}
		c := <-db.readers
		if sound, err := c.one(t.Context(), "PRAGMA integrity_check"); sound != "ok" {
			t.Errorf("round %d: %v, %v", round, sound, err)
		}
		db.readers <- c
		shut(t, db)
	}
}

func TestOneProcess(t *testing.T) {
	t.Parallel()
	path := file(t)
	open(t, path)
	out, err := child(t, path).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "in use by another process") {
		t.Errorf("a second process: %v, %s", err, out)
	}
}

const childVariable = "SQLITE_TEST_CHILD"

// child is a process that runs TestChild on the database at path.
func child(t *testing.T, path string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self, "-test.run=^TestChild$")
	c.Env = append(os.Environ(), childVariable+"="+path)
	return c
}

// TestChild is what the other process runs: it stores documents from
// several goroutines until it is killed, and prints the id of each that was acknowledged.
func TestChild(t *testing.T) {
	path := os.Getenv(childVariable)
	if path == "" {
		t.Skip("only in the process that another test has started")
	}
	m := news(t)
	db := open(t, path, m)
	for worker := range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for i := 0; !t.Failed(); i++ {
				id := fmt.Sprintf("%d-%d-%d", os.Getpid(), worker, i)
				insert(t, db, m, `{"id":%q,"title":"t","tags":["a"]}`, id)
				fmt.Println(id)
			}
		})
	}
}
