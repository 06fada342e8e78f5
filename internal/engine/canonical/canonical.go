// Package canonical defines the canonical form of text that people compare by eye or type again, so that texts that look the same are
// equal. It is the only package that handles Unicode normalization (golang.org/x/text) and internationalized domain names
// (golang.org/x/net/idna).
//
// Each form is idempotent.
package canonical

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
)

// Limits of an e-mail address in octets (RFC 5321, section 4.5.3.1; RFC 3696, erratum 1690).
const (
	MaxEmail = 254
	maxLocal = 64
)

// Password returns the form in which passwords are hashed: Unicode's Normalization Form C, because some keyboards send é as one character
// and others as two. Nothing else is changed; bytes that are not UTF-8 stay as they are.
func Password(password string) string { return norm.NFC.String(password) }

// Line returns the canonical form of one line of text, such as a person's name. It removes spaces at both ends, replaces each run of spaces
// by one ASCII space, and applies the PRECIS profile OpaqueString (RFC 8265, section 4.2): Normalization Form C. It returns an error for
// control characters, invisible characters, characters that change the direction, and text without any other characters.
func Line(text string) (string, error) {
	text = strings.TrimFunc(text, unicode.IsSpace)
	if text == "" {
		return "", errors.New("must NOT be blank")
	}
	if err := visible(text); err != nil {
		return "", err
	}
	line, err := precis.OpaqueString.String(text)
	if err != nil {
		return "", errors.New("must be one line of visible characters")
	}
	return strings.Join(strings.FieldsFunc(line, unicode.IsSpace), " "), nil
}

// Email returns the canonical form of an e-mail address. It removes spaces at both ends. It changes the part before the @ to lower case by
// the PRECIS profile UsernameCaseMapped (RFC 8265, section 3.3); this part must be a dot-atom (RFC 5322, section 3.2.3; RFC 6532 beyond
// ASCII). It converts the domain to its ASCII form, with internationalized labels in Punycode (RFC 5891). The error describes the problem
// without the address. Email does not check whether the address exists.
func Email(address string) (string, error) {
	address = strings.TrimFunc(address, unicode.IsSpace)
	if err := visible(address); err != nil {
		return "", err
	}
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "", errors.New("must have an @, as in ann@example.com")
	}
	local, err := localPart(address[:at])
	if err != nil {
		return "", err
	}
	domain, err := domainOf(address[at+1:])
	if err != nil {
		return "", err
	}
	if address = local + "@" + domain; len(address) > MaxEmail {
		return "", fmt.Errorf("must NOT have more than %d octets", MaxEmail)
	}
	return address, nil
}

func localPart(text string) (string, error) {
	local, err := precis.UsernameCaseMapped.String(text)
	if err != nil || local == "" || strings.ContainsFunc(local, notAtext) {
		return "", errors.New("must have only letters, digits, dots and !#$%&'*+-/=?^_`{|}~ before the @")
	}
	if strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return "", errors.New("must have dots only between other characters before the @")
	}
	if len(local) > maxLocal {
		return "", fmt.Errorf("must NOT have more than %d octets before the @", maxLocal)
	}
	return local, nil
}

// notAtext reports whether a character cannot be in a dot-atom.
func notAtext(r rune) bool {
	return r <= unicode.MaxASCII && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~.", r)
}

var domains = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.CheckJoiners(true), idna.StrictDomainName(true),
	idna.VerifyDNSLength(true))

func domainOf(text string) (string, error) {
	domain, err := domains.ToASCII(text)
	last := domain[strings.LastIndexByte(domain, '.')+1:]
	switch {
	case err != nil || last == "":
		return "", errors.New("must have a domain name after the @, as in ann@example.com")
	case last == domain:
		return "", errors.New("must have a dot in the domain, as in ann@example.com")
	case !strings.ContainsFunc(last, func(r rune) bool { return r < '0' || r > '9' }):
		return "", errors.New("must have a domain name after the @, not an IP address")
	}
	return domain, nil
}

// visible returns an error for invisible characters. It names the first by its code point.
func visible(text string) error {
	for _, r := range text {
		if r == unicode.ReplacementChar || !shown(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Join_Control, r) ||
			unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return fmt.Errorf("must NOT contain the invisible character %U", r)
		}
	}
	return nil
}

// shown reports whether a terminal or a page displays a character, and without moving its neighbours.
func shown(r rune) bool {
	// a Braille cell without dots
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) && r != '\u2800'
}
