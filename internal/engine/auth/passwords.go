package auth

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// Costs of bcrypt: each step doubles the work, 12 is about 0.3 s of a core.
const (
	MinCost     = 10
	DefaultCost = 12
	MaxCost     = 14 // also of a stored hash, or one bad row would hold a core for hours
)

// Passwords hashes and checks passwords. A password is its exact bytes: case, spaces and Unicode form count (NFC and NFD
// spellings differ), its length is not limited here. Safe for concurrent use.
//
// At most so many hashes as configured run at once; 8 times as many wait, 2 s at most or until the context ends. Whoever
// cannot be served gets a fault of kind Unavailable with RetryAfter. No error holds a password or a hash.
type Passwords struct {
	cost  int
	gate  *gate
	spend func(cost int, password string) // the work of one hash; tests count it
}

// NewPasswords makes a Passwords of a bcrypt cost, MinCost to MaxCost; 0 means DefaultCost. Parallel is how many hashes
// may run at once; 0 means all cores but one, and one at least.
func NewPasswords(cost, parallel int) (*Passwords, error) {
	if cost == 0 {
		cost = DefaultCost
	}
	if cost < MinCost || cost > MaxCost {
		return nil, fmt.Errorf("passwords: a bcrypt cost of %d is not accepted; use %d to %d", cost, MinCost, MaxCost)
	}
	if parallel < 0 {
		return nil, fmt.Errorf("passwords: %d hashes at once are not possible; use 1 or more, or 0 for the default", parallel)
	}
	return newPasswords(cost, parallel), nil
}

// NewWeakPasswordsForTests hashes with bcrypt's lowest cost, which protects nobody, for 256 callers at once, so that a test of what many do
// at the same time is not one of the queue. For tests only.
func NewWeakPasswordsForTests() *Passwords {
	return newPasswords(bcrypt.MinCost, 256)
}

// Hash returns the text to store: the scheme's name, then a bcrypt hash of the password's SHA-384 in base64. So every
// byte of a password of any length counts, where bcrypt alone ends at 72 bytes and confuses NULs.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	var hash []byte
	var err error
	if busy := p.gate.do(ctx, func() { hash, err = bcrypt.GenerateFromPassword(digest(password), p.cost) }); busy != nil {
		return "", busy
	}
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return scheme + string(hash), nil
}

// Check tells whether the password is the stored one. Stored is a text made by Hash or a plain bcrypt hash ($2a$, $2b$,
// $2y$) of another system, where a password of more than 72 bytes or with a NUL never matches. When ok, rehash says that
// the stored text is weaker than what Hash makes now: replace it. A stored text in another form or of a cost above
// MaxCost is a plain error. A wrong password costs as much as CheckNothing, also against a cheaper hash; against a dearer one, from
// when the cost was higher, it costs what that one does.
func (p *Passwords) Check(ctx context.Context, stored, password string) (ok, rehash bool, err error) {
	hash, err := parseHash(stored)
	if err != nil {
		return false, false, err
	}
	err = p.gate.do(ctx, func() {
		if ok = hash.matches(password); !ok {
			for _, cost := range costsUpTo(hash.cost, p.cost) {
				p.spend(cost, password)
			}
		}
	})
	return ok, ok && (hash.plain || hash.cost < p.cost), err
}

// CheckNothing does the work of a Check that fails. Call it when there is no such account, so that the time of the
// answer does not tell.
func (p *Passwords) CheckNothing(ctx context.Context, password string) error {
	return p.gate.do(ctx, func() { p.spend(p.cost, password) })
}

func newPasswords(cost, parallel int) *Passwords {
	if parallel == 0 {
		parallel = max(1, runtime.NumCPU()-1)
	}
	return &Passwords{cost: cost, gate: newGate(parallel), spend: spend}
}

// scheme stands before a bcrypt hash of ours.
const scheme = "$bcrypt-sha384"

// digest is what bcrypt gets to see: 64 characters without NUL.
func digest(password string) []byte {
	sum := sha512.Sum384([]byte(password))
	return []byte(base64.StdEncoding.EncodeToString(sum[:]))
}

// storedHash is a bcrypt hash, plain when it was made of the password itself.
type storedHash struct {
	bcrypt []byte
	cost   int
	plain  bool
}

var bcryptForm = regexp.MustCompile(`^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$`)

func parseHash(stored string) (storedHash, error) {
	text, ours := strings.CutPrefix(stored, scheme)
	form := bcryptForm.FindStringSubmatch(text)
	if form == nil {
		return storedHash{}, errors.New("check a password: the stored hash is not in a known form")
	}
	cost, err := strconv.Atoi(form[1])
	if err != nil || cost < bcrypt.MinCost || cost > MaxCost {
		return storedHash{}, fmt.Errorf("check a password: the stored hash has cost %s, not %d to %d", form[1], bcrypt.MinCost, MaxCost)
	}
	return storedHash{bcrypt: []byte(text), cost: cost, plain: !ours}, nil
}

// matches always does the work of one comparison.
func (h storedHash) matches(password string) bool {
	if !h.plain {
		return bcrypt.CompareHashAndPassword(h.bcrypt, digest(password)) == nil
	}
	if len(password) > 72 || strings.ContainsRune(password, 0) {
		_ = bcrypt.CompareHashAndPassword(h.bcrypt, digest(password))
		return false
	}
	return bcrypt.CompareHashAndPassword(h.bcrypt, []byte(password)) == nil
}

// costsUpTo lists the costs whose work, added to that of have, makes that of want: 2^h + 2^h + 2^(h+1) + … = 2^w.
func costsUpTo(have, want int) []int {
	var costs []int
	for cost := have; cost < want; cost++ {
		costs = append(costs, cost)
	}
	return costs
}

// spend does the work of one hash and forgets the result.
func spend(cost int, password string) {
	_, _ = bcrypt.GenerateFromPassword(digest(password), cost)
}
