package canonical_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"
)

func TestEmail(t *testing.T) {
	t.Parallel()
	a64 := strings.Repeat("a", 64)
	label := strings.Repeat("d", 60)
	d186 := label + "." + label + "." + label + ".org" // 187 octets
	for address, want := range map[string]string{
		"ann@example.com":                        "ann@example.com",
		"Ann.O'Neil+news@EXAMPLE.com":            "ann.o'neil+news@example.com",
		" ann@example.com":                       "ann@example.com",
		"ann@example.com\r\n":                    "ann@example.com",
		"\u00a0ann@example.com\u3000":            "ann@example.com",
		"info@dömäin.com":                        "info@xn--dmin-moa0i.com",
		"info@do\u0308ma\u0308in.com":            "info@xn--dmin-moa0i.com",
		"info@XN--DMIN-MOA0I.com":                "info@xn--dmin-moa0i.com",
		"info@straße.de":                         "info@xn--strae-oqa.de",
		"ａｎｎ@ｅｘａｍｐｌｅ．ｃｏｍ":                        "ann@example.com",
		"ann@例え。テスト":                             "ann@xn--r8jz45g.xn--zckzah",
		"Jose\u0301@example.com":                 "jos\u00e9@example.com",
		"用户@例え.jp":                               "用户@xn--r8jz45g.jp",
		a64 + "@example.com":                     a64 + "@example.com",
		a64 + "@" + d186:                         a64 + "@" + d186,
		"a@b.co":                                 "a@b.co",
		"ann@123.example.com":                    "ann@123.example.com",
		"\"ann\"@example.com":                    "",
		"a@b":                                    "",
		"ann":                                    "",
		"":                                       "",
		" ":                                      "",
		"@example.com":                           "",
		"ann@":                                   "",
		"ann@.com":                               "",
		"ann@example..com":                       "",
		"ann@example.com.":                       "",
		"ann@-example.com":                       "",
		"ann@exa_mple.com":                       "",
		"ann@127.0.0.1":                          "",
		"ann@[127.0.0.1]":                        "",
		"ann@example.com, bob@example.com":       "",
		"ann@bob@example.com":                    "",
		"<ann@example.com>":                      "",
		"ann smith@example.com":                  "",
		"ann @example.com":                       "",
		"ann@ example.com":                       "",
		".ann@example.com":                       "",
		"ann.@example.com":                       "",
		"a..b@example.com":                       "",
		"ann\r\nbcc: bob@example.com":            "",
		"ann\x1b[31m@example.com":                "",
		"ann\x00@example.com":                    "",
		"ann\u009b@example.com":                  "",
		"ann\u200b@example.com":                  "",
		"ann\u202e@example.com":                  "",
		"ann\u2066@example.com":                  "",
		"ann\u00ad@example.com":                  "",
		"ann\ufe0f@example.com":                  "",
		"ann\u3164@example.com":                  "",
		"\ufeffann@example.com":                  "",
		"ann@exam\u200bple.com":                  "",
		"ann@exam\u202eple.com":                  "",
		"ann@xn--a.com":                          "",
		"ann\xff@example.com":                    "",
		a64 + "a@example.com":                    "",
		strings.Repeat("é", 33) + "@example.com": "",
		"ann@" + label + "ddddd.com":             "",
		"aaaaa" + a64[:59] + "@a" + d186 + ".aa": "",
	} {
		got, err := canonical.Email(address)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%+q: %+q, %v; want %+q", address, got, err, want)
		}
		if err != nil && len(address) > 12 && strings.Contains(err.Error(), address) {
			t.Errorf("the error quotes the address: %v", err)
		}
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Ann":                       "Ann",
		" Ann ":                     "Ann",
		"Ann  Smith":                "Ann Smith",
		"Ann\u00a0Smith":            "Ann Smith",
		"Ann\r\n":                   "Ann",
		"Zoe\u0308 O'Neil-Ångström": "Zo\u00eb O'Neil-Ångström",
		"עברית":                     "עברית",
		"علی\u200cرضا":              "علی\u200cرضا", // this joiner is allowed between such letters
		"李雷 🙂":                      "李雷 🙂",
		"":                          "",
		" \t ":                      "",
		"Ann\u200dSmith":            "",
		"Ann\nSmith":                "",
		"Ann\tSmith":                "",
		"Ann\u2028Smith":            "",
		"\x1b[2JAnn":                "",
		"Ann\u0085Smith":            "",
		"\u202eAnn":                 "",
		"Ann\u2067":                 "",
		"A\u200bnn":                 "",
		"A\u034fnn":                 "",
		"\u2800":                    "",
		"\u115f":                    "",
		"A\U000e0061nn":             "",
		"A\ue000nn":                 "",
		"A\uffffnn":                 "",
		"A\xffnn":                   "",
	} {
		if got, err := canonical.Line(text); got != want || (err == nil) != (want != "") {
			t.Errorf("%+q: %+q, %v; want %+q", text, got, err, want)
		}
	}
	if _, err := canonical.Line("A\u202enn"); err == nil || err.Error() != "must NOT contain the invisible character U+202E" {
		t.Errorf("the error: %v", err)
	}
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Zoë O'Neil 李 🙂":         "Zoë O'Neil 李 🙂",
		"":                       "",
		"\x1b[2J\x1b]0;x\a":      `\x1b[2J\x1b]0;x\a`,
		"a\r\nb\tc":              `a\r\nb\tc`,
		"a\u009b31m\x7f":         `a\u009b31m\x7f`,
		"a\u202eb\u2066\u200b":   `a\u202eb\u2066\u200b`,
		"a\u2028\ufeff\u00a0":    `a\u2028\ufeff\u00a0`,
		"a\xff\xc3b":             `a\xff\xc3b`,
		`a\x1b`:                  `a\\x1b`,
		"\U000e0061\u3164\ufe0f": `\U000e0061\u3164\ufe0f`,
	} {
		if got := canonical.Terminal(text); got != want {
			t.Errorf("%+q: %+q, want %+q", text, got, want)
		}
	}
	if got := canonical.Lines("one\ntwo\x1b\r\n"); got != "one\ntwo\\x1b\\r\n" {
		t.Errorf("lines: %q", got)
	}
}

// FuzzForms checks that each form is idempotent, within its limits, and visible.
func FuzzForms(f *testing.F) {
	for _, text := range []string{"Ann@Example.com", "info@do\u0308main.com", " Zoe\u0308  B ", "علی\u200cرضا", "a\u202eb@c.d", "\x1b",
		"\xff", "ſ@ẞ.de", "ǅ@x.y", "İ@İ.tr", "\u1e9b\u0323"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if once := canonical.Password(text); canonical.Password(once) != once {
			t.Errorf("password %+q becomes %+q, then %+q", text, once, canonical.Password(once))
		}
		if once, err := canonical.Email(text); err == nil {
			if again, err := canonical.Email(once); err != nil || again != once {
				t.Errorf("address %+q becomes %+q, then %+q, %v", text, once, again, err)
			}
			local, domain, _ := strings.Cut(once, "@")
			if len(once) > canonical.MaxEmail || len(local) > 64 || strings.ContainsFunc(domain,
				func(r rune) bool { return r > unicode.MaxASCII }) {
				t.Errorf("address %+q becomes %+q", text, once)
			}
			visible(t, once)
		}
		if once, err := canonical.Line(text); err == nil {
			if again, err := canonical.Line(once); err != nil || again != once {
				t.Errorf("line %+q becomes %+q, then %+q, %v", text, once, again, err)
			}
			visible(t, once)
		}
		visible(t, canonical.Terminal(text))
	})
}

func visible(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) || r == '\u200b' || !utf8.ValidString(text) {
			t.Errorf("%+q contains %U", text, r)
		}
	}
}
