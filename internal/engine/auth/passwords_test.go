package auth

import (
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// TestPasswordsAreExact stores one password and tries ones that lesser schemes take for the same.
func TestPasswordsAreExact(t *testing.T) {
	t.Parallel()
	a72 := strings.Repeat("a", 72)
	for _, tt := range []struct{ name, stored, tried string }{
		{"NUL cycle", "abc", "abc\x00abc"},
		{"NUL cycle, the other way", "abc\x00abc", "abc"},
		{"NUL at the end", "abc", "abc\x00"},
		{"NUL inside", "abc\x00def", "abc\x00xyz"},
		{"72 bytes and a suffix", a72, a72 + "b"},
		{"a suffix beyond 72 bytes", a72 + "b", a72 + "c"},
		{"a prefix of 72 bytes", a72 + "b", a72},
		{"a prefix of 76 bytes", a72 + "aaaa1", a72 + "aaaa2"},
		{"one byte less", a72, a72[:71]},
		{"case", "Correct horse", "correct horse"},
		{"space before", "correct horse", " correct horse"},
		{"space after", "correct horse", "correct horse "},
		{"line end after", "correct horse", "correct horse\n"},
		{"compatibility forms", "ﬁsh and chips", "fish and chips"},
		{"kinds of spaces", "correct\u00a0horse", "correct horse"},
		{"full width", "password", "ｐassword"},
		{"not UTF-8", "abc\xff", "abc\xfe"},
		{"its digest", "correct horse", string(digest("correct horse"))},
		{"empty", "correct horse", ""},
		{"long", strings.Repeat("é", 5000), strings.Repeat("é", 4999)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			passwords := NewWeakPasswordsForTests()
			stored, err := passwords.Hash(t.Context(), tt.stored)
			if err != nil {
				t.Fatal(err)
			}
			if ok, rehash, err := passwords.Check(t.Context(), stored, tt.stored); !ok || rehash || err != nil {
				t.Errorf("itself: %t, rehash %t, %v", ok, rehash, err)
			}
			if ok, rehash, err := passwords.Check(t.Context(), stored, tt.tried); ok || rehash || err != nil {
				t.Errorf("the other: %t, rehash %t, %v", ok, rehash, err)
			}
		})
	}
}

// TestPlainHashes checks bcrypt hashes of other systems. Those of 72 bytes and NUL are compared by x/crypto alone as equal.
func TestPlainHashes(t *testing.T) {
	t.Parallel()
	a72 := strings.Repeat("a", 72)
	for _, tt := range []struct {
		name, stored, tried string
		ok                  bool
	}{
		{"same", "correct horse", "correct horse", true},
		{"same, 72 bytes", a72, a72, true},
		{"same, 36 characters of 72 bytes", strings.Repeat("é", 36), strings.Repeat("é", 36), true},
		{"other", "correct horse", "wrong horse", false},
		{"72 bytes and a suffix", a72, a72 + "b", false},
		{"NUL cycle", "abc", "abc\x00abc", false},
		{"NUL stored and tried", "abc\x00abc", "abc\x00abc", false},
		{"digest stored", string(digest("correct horse")), "correct horse", false},
	} {
		hash := string(must(bcrypt.GenerateFromPassword([]byte(tt.stored), bcrypt.MinCost)))
		for _, version := range []string{"$2a$", "$2b$", "$2y$"} {
			t.Run(tt.name+" "+version, func(t *testing.T) {
				t.Parallel()
				ok, rehash, err := NewWeakPasswordsForTests().Check(t.Context(), swap(t, hash, "$2a$", version), tt.tried)
				if ok != tt.ok || rehash != tt.ok || err != nil {
					t.Errorf("got %t, rehash %t, %v", ok, rehash, err)
				}
			})
		}
	}
	// A hash from the bcrypt paper's reference implementation, by way of OpenWall's test vectors.
	ok, _, err := NewWeakPasswordsForTests().Check(t.Context(), "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U")
	if !ok || err != nil {
		t.Errorf("known hash: %t, %v", ok, err)
	}
}

func TestRehash(t *testing.T) {
	t.Parallel()
	old, now := newPasswords(4, 1), newPasswords(5, 1)
	stored := must(old.Hash(t.Context(), "correct horse"))
	if ok, rehash, err := now.Check(t.Context(), stored, "correct horse"); !ok || !rehash || err != nil {
		t.Errorf("a cheaper hash: %t, rehash %t, %v", ok, rehash, err)
	}
	if ok, rehash, err := now.Check(t.Context(), stored, "wrong horse"); ok || rehash || err != nil {
		t.Errorf("a cheaper hash, wrong password: %t, rehash %t, %v", ok, rehash, err)
	}
	stored = must(now.Hash(t.Context(), "correct horse"))
	if !strings.HasPrefix(stored, "$bcrypt-sha384-nfc$2a$05$") {
		t.Errorf("stored as %s", stored)
	}
	for name, p := range map[string]*Passwords{"same cost": now, "lower cost": old} {
		if ok, rehash, err := p.Check(t.Context(), stored, "correct horse"); !ok || rehash || err != nil {
			t.Errorf("%s: %t, rehash %t, %v", name, ok, rehash, err)
		}
	}
	if again := must(now.Hash(t.Context(), "correct horse")); again == stored {
		t.Error("two hashes of a password are the same")
	}
}

// TestStoredForm keeps what is in databases valid. The hash has been checked with OpenSSL and libcrypt.
func TestStoredForm(t *testing.T) {
	t.Parallel()
	const stored = "$2a$04$.Tj.jecz2MJVmHKshi3oMeV/dsVvIYn7ikR59BZ74kVNZlA9fiiya"
	for _, name := range []string{scheme, schemeExact} {
		if ok, rehash, err := newPasswords(4, 1).Check(t.Context(), name+stored, "correct horse battery staple"); !ok || rehash ||
			err != nil {
			t.Errorf("%s: got %t, rehash %t, %v", name, ok, rehash, err)
		}
	}
}

const (
	composed   = "caf\u00e9 au lait"  // as most keyboards send it
	decomposed = "cafe\u0301 au lait" // as some do
)

// A password is the same however its characters are composed.
func TestNormalizationForms(t *testing.T) {
	t.Parallel()
	p := NewWeakPasswordsForTests()
	for _, set := range []string{composed, decomposed} {
		stored := must(p.Hash(t.Context(), set))
		for _, typed := range []string{composed, decomposed} {
			if ok, rehash, err := p.Check(t.Context(), stored, typed); !ok || rehash || err != nil {
				t.Errorf("set as %+q, typed as %+q: %t, rehash %t, %v", set, typed, ok, rehash, err)
			}
		}
	}
}

// A hash from before knows the bytes that were typed. The first sign-in with them replaces it.
func TestExactHashes(t *testing.T) {
	t.Parallel()
	p := NewWeakPasswordsForTests()
	for _, set := range []string{composed, decomposed, "correct horse"} {
		for name, text := range map[string][]byte{schemeExact: digest(set), "": []byte(set)} {
			stored := name + string(must(bcrypt.GenerateFromPassword(text, bcrypt.MinCost)))
			ok, rehash, err := p.Check(t.Context(), stored, set)
			if want := name == "" || set != "correct horse"; !ok || rehash != want || err != nil {
				t.Errorf("%.14s of %+q: %t, rehash %t, %v; want true, rehash %t", stored, set, ok, rehash, err, want)
			}
		}
	}
}

// TestStoredHashRefuses fails closed, and at once: cost 31 would take days.
func TestStoredHashRefuses(t *testing.T) {
	t.Parallel()
	good := must(NewWeakPasswordsForTests().Hash(t.Context(), "correct horse"))
	for name, stored := range map[string]string{
		"nothing":         "",
		"the password":    "correct horse",
		"scheme alone":    scheme,
		"cost 15":         swap(t, good, "$04$", "$15$"),
		"cost 31":         swap(t, good, "$04$", "$31$"),
		"cost 31, plain":  swap(t, strings.TrimPrefix(good, scheme), "$04$", "$31$"),
		"cost 99":         swap(t, good, "$04$", "$99$"),
		"cost 3":          swap(t, good, "$04$", "$03$"),
		"negative cost":   swap(t, good, "$04$", "$-4$"),
		"version 2x":      swap(t, good, "$2a$", "$2x$"),
		"version 3a":      swap(t, good, "$2a$", "$3a$"),
		"argon2":          "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG",
		"other scheme":    strings.Replace(good, "sha384", "sha256", 1),
		"scheme twice":    scheme + good,
		"cut":             good[:len(good)-1],
		"longer":          good + "a",
		"line end":        good + "\n",
		"other character": good[:len(good)-1] + "!",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ok, rehash, err := NewWeakPasswordsForTests().Check(t.Context(), stored, "correct horse")
			if ok || rehash || err == nil || fault.KindOf(err) != fault.Internal {
				t.Fatalf("got %t, rehash %t, %v", ok, rehash, err)
			}
			if len(stored) > 20 && strings.Contains(err.Error(), stored[len(stored)-20:]) {
				t.Errorf("the error quotes the hash: %v", err)
			}
		})
	}
}

// TestSameWork shows that a wrong password costs what CheckNothing costs, against a cheaper hash too, counted in rounds of bcrypt.
func TestSameWork(t *testing.T) {
	t.Parallel()
	const cost = 7
	rounds := 0
	passwords := newPasswords(cost, 1)
	passwords.spend = func(cost int, _ string) { rounds += 1 << cost }
	for _, wrong := range []string{"wrong horse", composed, decomposed} {
		rounds = 0
		if err := passwords.CheckNothing(t.Context(), wrong); err != nil || rounds != 1<<cost {
			t.Errorf("nothing: %d rounds, %v", rounds, err)
		}
	}
	for have := bcrypt.MinCost; have <= cost+1; have++ {
		plain := must(bcrypt.GenerateFromPassword([]byte("correct horse"), have))
		ours := must(newPasswords(have, 1).Hash(t.Context(), "correct horse"))
		for _, stored := range []string{string(plain), ours, schemeExact + strings.TrimPrefix(ours, scheme)} {
			for _, wrong := range []string{"wrong horse", "wrong\x00horse", strings.Repeat("wrong", 20), composed, decomposed} {
				rounds = 1 << have // of the comparison
				if ok, _, err := passwords.Check(t.Context(), stored, wrong); ok || err != nil || rounds != max(1<<cost, 1<<have) {
					t.Errorf("%.20s and %q: %d rounds, %t, %v", stored, wrong, rounds, ok, err)
				}
			}
		}
	}
}

func TestNewPasswords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cost, parallel int
		ok             bool
	}{
		{0, 0, true}, {10, 1, true}, {14, 64, true},
		{9, 0, false}, {bcrypt.MinCost, 0, false}, {15, 0, false}, {-1, 0, false}, {12, -1, false},
	} {
		if p, err := NewPasswords(tt.cost, tt.parallel); (err == nil) != tt.ok {
			t.Errorf("cost %d, %d at once: %v, %v", tt.cost, tt.parallel, p, err)
		}
	}
	p := must(NewPasswords(0, 0))
	if p.cost != 12 || p.gate.parallel < 1 {
		t.Errorf("by default: cost %d, %d at once", p.cost, p.gate.parallel)
	}
}
