package auth

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"
)

// keyFile is the path of a new file of those keys.
func keyFile(t testing.TB, encode func([]*Key) ([]byte, error), keys ...*Key) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, must(encode(keys)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// tokensOf returns Tokens on the real clock, good for an hour.
func tokensOf(keys *Keys) *Tokens {
	return must(NewTokens(keys, TokenConfig{Issuer: "example", Audience: "api", ClientID: "web", TTL: time.Hour - time.Minute,
		Leeway: time.Minute, Revoked: never}))
}

func TestRotate(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		encode func([]*Key) ([]byte, error)
		key    *Key
		begins string
	}{
		"Ed25519, PEM": {encodePEM, edKey(), "-----BEGIN PRIVATE KEY"},
		"P-256, PEM":   {encodePEM, ecKey(), "-----BEGIN PRIVATE KEY"},
		"RSA, PEM":     {encodePEM, rsaKey(), "-----BEGIN PRIVATE KEY"},
		"Ed25519, JWK": {encodeJWKs, edKey(), "{"},
		"P-256, JWK":   {encodeJWKs, ecKey(), "{"},
		"RSA, JWK":     {encodeJWKs, rsaKey(), "{"},
		"secret, JWK":  {encodeJWKs, secretKey(), "{"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := keyFile(t, tt.encode, tt.key)
			keys, other := must(LoadKeys(path, time.Hour)), must(LoadKeys(path, time.Hour))
			here, there := tokensOf(keys), tokensOf(other)
			old, _, err := here.Issue(ann())
			if err != nil {
				t.Fatal(err)
			}
			next, err := keys.Rotate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if keys.Current().ID() != next.ID() || next.ID() == tt.key.ID() || next.Algorithm() != tt.key.Algorithm() ||
				reflect.TypeOf(next.private) != reflect.TypeOf(tt.key.private) {
				t.Errorf("%v follows %v, %v was returned", keys, tt.key, next)
			}
			if all := keys.All(); len(all) != 2 || all[1].ID() != tt.key.ID() || time.Since(all[1].Retired()) > time.Minute ||
				!next.Retired().IsZero() {
				t.Errorf("the set is %v", all)
			}
			token, _, err := here.Issue(ann())
			for _, tokens := range []*Tokens{there, here} { // the other process has heard of nothing
				_, err1 := tokens.Verify(token)
				_, err2 := tokens.Verify(old)
				if err := errors.Join(err, err1, err2); err != nil {
					t.Error(err)
				}
			}
			text, err := os.ReadFile(path)
			info, err2 := os.Stat(path)
			if err := errors.Join(err, err2); err != nil || !strings.HasPrefix(string(text), tt.begins) || runtime.GOOS != "windows" &&
				info.Mode() != 0o600 {
				t.Errorf("the file begins %.20q, mode %v, %v", text, info.Mode(), err)
			}
			entries, err := os.ReadDir(filepath.Dir(path))
			if err != nil || len(entries) != 2 || entries[1].Name() != "key.pem.lock" {
				t.Errorf("the folder has %v, %v", entries, err)
			}
		})
	}
}

// TestRotateTo changes the algorithm: what was signed before verifies until it expires, here and in a process that has heard of nothing.
func TestRotateTo(t *testing.T) {
	t.Parallel()
	for name, encode := range map[string]func([]*Key) ([]byte, error){"PEM": encodePEM, "JWK": encodeJWKs} {
		for _, algorithm := range []string{"EdDSA", "ES256", "RS256"} {
			for _, key := range allKeys() {
				if name == "PEM" && key.Algorithm() == "HS256" {
					continue
				}
				t.Run(key.Algorithm()+" to "+algorithm+", "+name, func(t *testing.T) {
					t.Parallel()
					path := keyFile(t, encode, key)
					keys := must(LoadKeys(path, time.Hour))
					here, there := tokensOf(keys), tokensOf(must(LoadKeys(path, time.Hour)))
					old, _, err := here.Issue(ann())
					if err != nil {
						t.Fatal(err)
					}
					if next := must(keys.RotateTo(t.Context(), algorithm)); next.Algorithm() != algorithm ||
						keys.Current().ID() != next.ID() {
						t.Errorf("%v follows %v", keys, key)
					}
					token, _, err := here.Issue(ann())
					for _, tokens := range []*Tokens{there, here, tokensOf(must(LoadKeys(path, time.Hour)))} {
						_, err1 := tokens.Verify(token)
						_, err2 := tokens.Verify(old)
						if err := errors.Join(err, err1, err2); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
	}
	before := keyFile(t, encodePEM, edKey())
	if _, err := must(LoadKeys(before, time.Hour)).RotateTo(t.Context(), "HS256"); err == nil ||
		!strings.Contains(err.Error(), "EdDSA, ES256 or RS256") {
		t.Errorf("HS256: %v", err)
	}
}

func TestRotateRefuses(t *testing.T) {
	t.Parallel()
	if _, err := must(NewKeys(edKey())).Rotate(t.Context()); err == nil || !strings.Contains(err.Error(), "memory") {
		t.Errorf("without a file: %v", err)
	}
	full := []*Key{edKey()}
	for len(full) < MaxKeys {
		full = append(full, must(GenerateKey()))
	}
	path := keyFile(t, encodePEM, full...)
	keys := must(LoadKeys(path, time.Hour))
	before := must(os.ReadFile(path))
	if _, err := keys.Rotate(t.Context()); err == nil || !strings.Contains(err.Error(), "the maximum is 32") {
		t.Errorf("too many: %v", err)
	}
	if err := os.WriteFile(path, before[:100], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Rotate(t.Context()); err == nil || string(must(os.ReadFile(path))) != string(before[:100]) {
		t.Errorf("a damaged file: %v", err)
	}
	if keys.Current().ID() != edKey().ID() {
		t.Errorf("%v signs", keys)
	}
}

// TestRotateFull drops the key that was retired longest ago when there is no room for another, and no other.
func TestRotateFull(t *testing.T) {
	t.Parallel()
	for _, count := range []int{MaxKeys - 1, MaxKeys} {
		before := []*Key{edKey(), must(GenerateKey())}
		for i := range count - 2 {
			before = append(before, must(GenerateKey()).retire(time.Now().Add(-time.Duration((i+5)%count)*time.Second)))
		}
		keys := must(LoadKeys(keyFile(t, encodePEM, before...), time.Hour))
		want := []*Key{must(keys.Rotate(t.Context()))}
		oldest := slices.MinFunc(before[2:], func(a, b *Key) int { return a.retired.Compare(b.retired) })
		for _, key := range before {
			if count < MaxKeys || key != oldest {
				want = append(want, key)
			}
		}
		if got := keys.All(); !slices.EqualFunc(got, want, func(a, b *Key) bool { return a.ID() == b.ID() }) {
			t.Errorf("of %d keys and another, %d are left: %v, want %v", count, len(got), got, want)
		}
	}
}

// TestRotateWaits while another process rotates, and gives up after a while.
func TestRotateWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := keyFile(t, encodePEM, edKey())
		keys, other := must(LoadKeys(path, time.Hour)), flock.New(path+".lock")
		if locked, err := other.TryLock(); !locked || err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Rotate(t.Context()); !errors.Is(err, context.DeadlineExceeded) || keys.Current().ID() != edKey().ID() {
			t.Errorf("locked: %v, %v", keys, err)
		}
		time.AfterFunc(rotatePatience/2, func() { other.Unlock() })
		if _, err := keys.Rotate(t.Context()); err != nil {
			t.Errorf("unlocked after a while: %v", err)
		}
	})
}

// TestRotateLink changes the file and leaves the link to it.
func TestRotateLink(t *testing.T) {
	t.Parallel()
	path := keyFile(t, encodePEM, edKey())
	link := filepath.Join(t.TempDir(), "link")
	symlink(t, path, link)
	next := must(must(LoadKeys(link, time.Hour)).Rotate(t.Context()))
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 ||
		must(LoadKeys(path, time.Hour)).Current().ID() != next.ID() {
		t.Errorf("%v, %v", info, err)
	}
}

// TestRotateAtOnce has as many processes rotate one file again and again: no key is lost.
func TestRotateAtOnce(t *testing.T) {
	t.Parallel()
	path := keyFile(t, encodePEM, edKey())
	ids := make(chan string, MaxKeys)
	ids <- edKey().ID()
	var all sync.WaitGroup
	for range 6 {
		keys := must(LoadKeys(path, time.Hour))
		all.Go(func() {
			for range 5 {
				next, err := keys.Rotate(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				ids <- next.ID()
			}
		})
	}
	all.Wait()
	close(ids)
	keys := must(LoadKeys(path, time.Hour)).All()
	for id := range ids {
		if !slices.ContainsFunc(keys, func(k *Key) bool { return k.ID() == id }) {
			t.Errorf("%s is lost", id)
		}
	}
}

// TestOldKeyDies follows a key to its end. Its tokens are forged to last longer, as its thief would.
func TestOldKeyDies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := keyFile(t, encodePEM, edKey())
		keys := must(LoadKeys(path, time.Hour))
		tokens := tokensOf(keys)
		claims := swap(t, swap(t, goodClaims, "1800014400", "0"), "1800018000", "253402300799")
		remembered, fresh := forge(edKey(), goodHeader(edKey()), claims), forge(edKey(), goodHeader(edKey()), swap(t, claims, "t1", "t2"))
		if _, err := tokens.Verify(remembered); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Hour)
		must(keys.Rotate(t.Context()))
		time.Sleep(time.Hour - time.Nanosecond)
		if _, err := tokens.Verify(remembered); err != nil || !strings.Contains(string(keys.JWKS()), edKey().ID()) {
			t.Errorf("to the last moment: %v", err)
		}
		time.Sleep(time.Nanosecond)
		for _, token := range []string{remembered, fresh} {
			_, err := tokens.Verify(token)
			want401(t, err, invalid)
		}
		if strings.Contains(string(keys.JWKS()), edKey().ID()) {
			t.Error("it is still published")
		}
		if all := keys.All(); len(all) != 2 {
			t.Errorf("before the next rotation: %v", all)
		}
		must(keys.Rotate(t.Context()))
		if all := keys.All(); len(all) != 2 || all[1].ID() == edKey().ID() || strings.Count(string(must(os.ReadFile(path))), "BEGIN") != 2 {
			t.Errorf("the set is %v", all)
		}
	})
}
