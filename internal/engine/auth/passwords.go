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
	MaxCost     = 14 // also for stored hashes; otherwise one bad row would occupy a core for hours
)

// Passwords hashes and checks passwords. It hashes the canonical form of a password (canonical.Password): case and spaces count, the
// Unicode normalization form does not. There is no maximum length. Passwords is safe for concurrent use.
//
// The configuration limits how many hashes are computed at once. Further calls wait, at most until one second before the deadline of their
// context; the networks of the clients (identity.Client.Network) take turns. A call that does not get its turn returns a fault with the
// code PASSWORD_CHECKS_BUSY and RetryAfter: of kind RateLimited if other requests of the same network were the cause, otherwise of kind
// Unavailable. No error contains a password or a hash.
type Passwords struct {
	cost  int
	gate  *gate
	spend func(cost int, password string) // the work of one hash; tests count it
}

// NewPasswords returns a Passwords with a bcrypt cost from MinCost to MaxCost; 0 means DefaultCost. parallel is the number of hashes at
// once; 0 means the number of cores minus one, but at least one.
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

// NewWeakPasswordsForTests returns a Passwords with bcrypt's lowest cost, which protects nobody, and 256 hashes at once, so that tests
// of concurrency do not test the queue. It is for tests only.
func NewWeakPasswordsForTests() *Passwords {
	return newPasswords(bcrypt.MinCost, 256)
}

// Turn waits like Hash and Check, then calls f and returns its error. Within f's context, Hash, Check and CheckNothing do not wait
// again. Use it if work before a hash must not start before there is time for the hash.
func (p *Passwords) Turn(ctx context.Context, f func(context.Context) error) error {
	var err error
	if busy := p.gate.do(ctx, func() { err = f(context.WithValue(ctx, turnKey{}, p)) }); busy != nil {
		return busy
	}
	return err
}

// Stats returns the number of hashes that run, or turns that were given, and the number of calls that wait.
func (p *Passwords) Stats() (running int64, waiting int) { return p.gate.queue.Stats() }

type turnKey struct{}

// run computes hashes when it is the caller's turn, unless the caller has disconnected.
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

// Hash returns the text to store: a prefix for the scheme, then a bcrypt hash of the canonical password's SHA-384 in base64. Thus all
// bytes of a password count; bcrypt itself uses only 72 bytes and stops at NUL.
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

// Check reports whether the password matches a stored text: (1) one from Hash, (2) one from a version before 0.3, which hashed the bytes as
// typed, or (3) a plain bcrypt hash ($2a$, $2b$, $2y$) of another system. (2) and (3) match only in the normalization form in which the
// password was set. (3) never matches a password with more than 72 bytes or with a NUL. rehash reports, if ok is true, that Hash now
// creates a better text, which should replace the stored one. A stored text in another form, or with a cost above MaxCost, is a plain
// error. A wrong password takes as long as CheckNothing, or longer if the stored hash has a higher cost.
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

// CheckNothing takes as long as a Check that fails. Call it if there is no such account, so that the response time does not reveal it.
func (p *Passwords) CheckNothing(ctx context.Context, password string) error {
	return p.run(ctx, func() { p.spend(p.cost, password) })
}

func newPasswords(cost, parallel int) *Passwords {
	if parallel == 0 {
		parallel = max(1, runtime.NumCPU()-1)
	}
	return &Passwords{cost: cost, gate: newGate(parallel), spend: spend}
}

// The prefixes of stored bcrypt hashes: of the canonical form of a password, and, until version 0.3, of the bytes as typed.
const (
	scheme      = "$bcrypt-sha384-nfc"
	schemeExact = "$bcrypt-sha384"
)

// digest returns the input of bcrypt: 64 characters without NUL.
func digest(password string) []byte {
	sum := sha512.Sum384([]byte(password))
	return []byte(base64.StdEncoding.EncodeToString(sum[:]))
}

// storedHash is a bcrypt hash and its prefix, which is empty for a plain bcrypt hash of the password itself.
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

// matches always takes the time of one comparison.
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

// outdated reports whether Hash would create something other than h, apart from cost and salt, for this password, which matches h.
// ASCII has only one normalization form.
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
