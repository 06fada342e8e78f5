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
	"unicode"

	"golang.org/x/crypto/bcrypt"

	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"
)

// Costs of bcrypt: each step doubles the work, 12 is about 0.3 s of a core.
const (
	MinCost     = 10
	DefaultCost = 12
	MaxCost     = 14 // also of a stored hash, or one bad row would hold a core for hours
)

// Passwords hashes and checks passwords. A password is the bytes of its canonical form (canonical.Password): case and spaces
// count, the Unicode normalization form does not. Its length is not limited here. Passwords is safe for concurrent use.
//
// At most so many hashes as configured run at once. Other callers wait until shortly before the deadline of their context, in turns
// by the network that they come from (ClientFromContext). The error is a fault with the code PASSWORD_CHECKS_BUSY and RetryAfter: of kind
// RateLimited for a network whose own requests fill its share of the queue or kept the caller waiting, otherwise of kind Unavailable.
// No error contains a password or a hash.
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

// Turn waits as Hash and Check do, then calls f and returns its error. In f's context Hash, Check and CheckNothing do not wait
// again, so that work which belongs to a hash is not begun before there is time for the hash.
func (p *Passwords) Turn(ctx context.Context, f func(context.Context) error) error {
	var err error
	if busy := p.gate.do(ctx, func() { err = f(context.WithValue(ctx, turnKey{}, p)) }); busy != nil {
		return busy
	}
	return err
}

type turnKey struct{}

// run computes hashes when it is the caller's turn, and not for a caller who has gone.
func (p *Passwords) run(ctx context.Context, work func()) error {
	if ctx.Value(turnKey{}) != p {
		return p.gate.do(ctx, work)
	}
	if err := ctx.Err(); err != nil {
		return tooBusy(err)
	}
	work()
	return nil
}

// Hash returns the text to store: the scheme's name, then a bcrypt hash of the canonical password's SHA-384 in base64. So every
// byte of a password of any length counts, where bcrypt alone ends at 72 bytes and confuses NULs.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	var hash []byte
	var err error
	text := digest(canonical.Password(password))
	if busy := p.run(ctx, func() { hash, err = bcrypt.GenerateFromPassword(text, p.cost) }); busy != nil {
		return "", busy
	}
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return scheme + string(hash), nil
}

// Check reports whether the password is the stored one. Stored is a text made by Hash, now or when it still hashed the bytes that were
// typed, or a plain bcrypt hash ($2a$, $2b$, $2y$) of another system, where a password of more than 72 bytes or with a NUL never
// matches. The latter two know a password in the normalization form in which it was set, and in no other. When ok, rehash reports that
// what Hash makes now is better: replace the stored text. A stored text in another form or of a cost above
// MaxCost is a plain error. A wrong password costs as much as CheckNothing, also against a hash of lower cost; against one of higher
// cost, from when the configuration asked for it, it costs what that one does.
func (p *Passwords) Check(ctx context.Context, stored, password string) (ok, rehash bool, err error) {
	hash, err := parseHash(stored)
	if err != nil {
		return false, false, err
	}
	err = p.run(ctx, func() {
		if ok = hash.matches(password); !ok {
			for _, cost := range costsUpTo(hash.cost, p.cost) {
				p.spend(cost, password)
			}
		}
	})
	return ok, ok && (hash.outdated(password) || hash.cost < p.cost), err
}

// CheckNothing does the work of a Check that fails. Call it when there is no such account, so that the time of the
// answer does not tell.
func (p *Passwords) CheckNothing(ctx context.Context, password string) error {
	return p.run(ctx, func() { p.spend(p.cost, password) })
}

func newPasswords(cost, parallel int) *Passwords {
	if parallel == 0 {
		parallel = max(1, runtime.NumCPU()-1)
	}
	return &Passwords{cost: cost, gate: newGate(parallel), spend: spend}
}

// The names before bcrypt hashes of ours: of the canonical form of a password, and, until version 0.3, of the bytes that were typed.
const (
	scheme      = "$bcrypt-sha384-nfc"
	schemeExact = "$bcrypt-sha384"
)

// digest is what bcrypt gets to see: 64 characters without NUL.
func digest(password string) []byte {
	sum := sha512.Sum384([]byte(password))
	return []byte(base64.StdEncoding.EncodeToString(sum[:]))
}

// storedHash is a bcrypt hash and the name before it, which is empty for a plain one, made of the password itself.
type storedHash struct {
	bcrypt []byte
	cost   int
	scheme string
}

var bcryptForm = regexp.MustCompile(`^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$`)

func parseHash(stored string) (storedHash, error) {
	var h storedHash
	text := stored
	for _, h.scheme = range []string{scheme, schemeExact, ""} {
		var found bool
		if text, found = strings.CutPrefix(stored, h.scheme); found {
			break
		}
	}
	form := bcryptForm.FindStringSubmatch(text)
	if form == nil {
		return storedHash{}, errors.New("check a password: the stored hash is not in a known form")
	}
	cost, err := strconv.Atoi(form[1])
	if err != nil || cost < bcrypt.MinCost || cost > MaxCost {
		return storedHash{}, fmt.Errorf("check a password: the stored hash has cost %s, not %d to %d", form[1], bcrypt.MinCost, MaxCost)
	}
	h.bcrypt, h.cost = []byte(text), cost
	return h, nil
}

// matches always does the work of one comparison.
func (h storedHash) matches(password string) bool {
	text, possible := []byte(password), true
	switch h.scheme {
	case scheme:
		text = digest(canonical.Password(password))
	case schemeExact:
		text = digest(password)
	default:
		if len(password) > 72 || strings.ContainsRune(password, 0) {
			text, possible = digest(password), false
		}
	}
	return bcrypt.CompareHashAndPassword(h.bcrypt, text) == nil && possible
}

// outdated reports whether Hash makes of this password, which matches, something else than h but for the cost and the salt. ASCII has one
// normalization form.
func (h storedHash) outdated(password string) bool {
	switch h.scheme {
	case scheme:
		return false
	case schemeExact:
		return strings.ContainsFunc(password, func(r rune) bool { return r > unicode.MaxASCII })
	}
	return true
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
	_, _ = bcrypt.GenerateFromPassword(digest(canonical.Password(password)), cost)
}
