package auth

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestWatch changes the file in all ways; time passes at once, and two seconds are enough for every one of them.
func TestWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := keyFile(t, encodePEM, edKey())
		keys := must(LoadKeys(path, time.Hour))
		reports := make(chan error, 9)
		ctx, stop := context.WithCancel(t.Context())
		go keys.Watch(ctx, func(err error) { reports <- err })
		reported := func(what string, signs *Key, says ...string) {
			t.Helper()
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if keys.Current().ID() != signs.ID() || len(reports) != len(says) {
				t.Fatalf("%s: %v signs, want %v; %d reports, want %q", what, keys, signs, len(reports), says)
			}
			for _, want := range says {
				if err := <-reports; want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
					t.Errorf("%s: report %v, want %q", what, err, want)
				}
			}
		}
		write := func(text []byte) {
			t.Helper()
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		reported("nothing", edKey())
		next := must(must(LoadKeys(path, time.Hour)).Rotate(t.Context()))
		reported("rotated by another process", next, "")
		next = must(keys.Rotate(t.Context()))
		reported("rotated by this one", next, "")
		good := must(os.ReadFile(path))
		write(good)
		reported("written as it was", next)
		write([]byte("no key"))
		reported("bad", next, "neither")
		reported("still bad", next)
		write([]byte(" "))
		reported("bad in another way", next, "empty")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		reported("gone", next, "no such file")
		write(good)
		reported("back", next)
		write([]byte(" "))
		reported("bad again", next, "empty")
		write(must(encodeJWKs([]*Key{secretKey()})))
		reported("another one", secretKey(), "")
		stop()
		synctest.Wait()
		write(good)
		reported("after the end", secretKey())
		if err := keys.Reload(); err != nil || keys.Current().ID() != next.ID() {
			t.Errorf("reloaded: %v, %v", keys, err)
		}
	})
}

// TestWatchGoesOn after a report that has panicked.
func TestWatchGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		keys := must(LoadKeys(keyFile(t, encodePEM, edKey()), time.Hour))
		reports := 0
		ctx, stop := context.WithCancel(t.Context())
		go keys.Watch(ctx, func(error) { reports++; panic("the log is full") })
		synctest.Wait()
		for range 2 {
			must(keys.Rotate(t.Context()))
			time.Sleep(2 * time.Second)
		}
		stop()
		synctest.Wait()
		if reports != 2 {
			t.Errorf("%d reports, want 2", reports)
		}
	})
}

// TestReloadPanics has a defect where the file is read: a set that is not there.
func TestReloadPanics(t *testing.T) {
	t.Parallel()
	broken := &Keys{path: keyFile(t, encodePEM, edKey())}
	if err := broken.Reload(); err == nil || !strings.Contains(err.Error(), "unexpected") {
		t.Errorf("got %v", err)
	}
}

// TestReload reads a file that looks as before. What is wrong with it changes nothing.
func TestReload(t *testing.T) {
	t.Parallel()
	path := keyFile(t, encodePEM, edKey())
	keys := must(LoadKeys(path, time.Hour))
	info := must(os.Stat(path))
	other := must(GenerateKey())
	if err := errors.Join(os.WriteFile(path, must(encodePEM([]*Key{other})), 0o600),
		os.Chtimes(path, info.ModTime(), info.ModTime())); err != nil {
		t.Fatal(err)
	}
	if err := keys.refresh(); err != nil || keys.Current().ID() != edKey().ID() {
		t.Fatalf("it does not look as before: %v, %v", keys, err)
	}
	if err := keys.Reload(); err != nil || keys.Current().ID() != other.ID() {
		t.Errorf("got %v, %v", keys, err)
	}
	if err := os.WriteFile(path, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := keys.Reload(); err == nil || keys.Current().ID() != other.ID() {
		t.Errorf("a bad file: %v, %v", keys, err)
	}
}

// TestJunkDoesNotRead sends kids of no key: a file that looks as before is not read, a bad one once a second.
func TestJunkDoesNotRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := keyFile(t, encodePEM, edKey())
		keys := must(LoadKeys(path, time.Hour))
		tokens, read := tokensOf(keys), keys.read
		junk := forge(secretKey(), goodHeader(secretKey()), goodClaims)
		for range 3 {
			time.Sleep(time.Minute)
			_, err := tokens.Verify(junk)
			want401(t, err, invalid)
		}
		if !keys.read.Equal(read) {
			t.Error("the file has been read")
		}
		if err := os.WriteFile(path, []byte("no key"), 0o600); err != nil {
			t.Fatal(err)
		}
		var reads []time.Duration
		start := time.Now()
		for range 30 {
			if _, err := tokens.Verify(junk); err == nil {
				t.Fatal("accepted")
			}
			if !keys.read.Equal(read) {
				read = keys.read
				reads = append(reads, read.Sub(start))
			}
			time.Sleep(100 * time.Millisecond)
		}
		if len(reads) != 3 || reads[0] != 0 || reads[1] != time.Second || reads[2] != 2*time.Second {
			t.Errorf("a bad file was read at %v", reads)
		}
	})
}

// TestRollUnderLoad rotates one file while two servers on it issue and verify each other's tokens: none is refused.
func TestRollUnderLoad(t *testing.T) {
	t.Parallel()
	path := keyFile(t, encodePEM, edKey())
	servers := []*Tokens{tokensOf(must(LoadKeys(path, time.Hour))), tokensOf(must(LoadKeys(path, time.Hour)))}
	first, _, err := servers[0].Issue(ann())
	if err != nil {
		t.Fatal(err)
	}
	rotations := 12
	if testing.Short() {
		rotations = 4
	}
	done := make(chan struct{})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				from, to := servers[i%2], servers[(i/2+n)%2]
				token, _, err := from.Issue(ann())
				_, err2 := to.Verify(token)
				_, err3 := to.Verify(first)
				if err := errors.Join(err, err2, err3); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range rotations {
		if _, err := servers[0].keys.Rotate(t.Context()); err != nil {
			t.Error(err)
		}
	}
	close(done)
	all.Wait()
	if n := len(servers[0].keys.All()); n != rotations+1 {
		t.Errorf("%d keys, want %d", n, rotations+1)
	}
}
