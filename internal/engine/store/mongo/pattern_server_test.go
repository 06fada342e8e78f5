package mongo

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// TestPatterns compares the server's regular expressions (PCRE in MongoDB) with RE2 on random patterns.
func TestPatterns(t *testing.T) {
	t.Parallel()
	const patterns = 600
	m := articles(t)
	db := migrated(t, m)
	values := []string{"", " ", "a", "A", "b", "ab", "a.b", "b\na", "a\n", "\n", "\r\n", "\t", "aé", "É", "e\u0301", "ß", "ẞ", "ss", "ſ",
		"K", "k", "\u212A", "i", "İ", "ı", "σς",
		"12", "١", "x_y-z", "\u00A0", "\u2028", "\x01", "\x7F", "\uFFFD", "Ω", "𝒜", "🦊", "א", "$where", `\`, "[a]", "(a)", "a{2}"}
	for i, v := range values {
		title, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Insert(t.Context(), m, document(t, fmt.Sprintf(`{"id":"%02d","title":%s}`, i, title))); err != nil {
			t.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(5, 5))
	tried := 0
	for range patterns {
		source := expression(random)
		w, err := m.Schema.Where(fmt.Appendf(nil, `{"title":{"regexp":%q}}`, source))
		if err != nil {
			continue // too large for the language
		}
		tried++
		pattern := w.(*filter.Comparison).Value.(*filter.Pattern)
		want, got := []string{}, []string{}
		for i, v := range values {
			if pattern.MatchString(v) {
				want = append(want, fmt.Sprintf("%02d", i))
			}
		}
		err = db.Find(t.Context(), m, &filter.Query{Where: w, Limit: len(values)}, func(d store.Document) error {
			got = append(got, d.ID)
			return nil
		})
		if err != nil || !slices.Equal(got, want) {
			sent, _ := regexSource(pattern, db.server.ferret)
			t.Fatalf("%q, sent as %q, found %q, %v, want %q", source, sent, got, err, want)
		}
	}
	if tried < patterns*3/4 {
		t.Errorf("only %d of %d patterns were tried", tried, patterns)
	}
}

// expression is a random regular expression of RE2's.
func expression(random *rand.Rand) string {
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	var b strings.Builder
	b.WriteString(pick("", "", "", "(?i)", "(?m)", "(?s)", "(?im)", "(?U)"))
	for range 1 + random.IntN(4) {
		b.WriteString(pick("a", "B", "k", "ß", "σ", "é", ".", `\.`, `\n`, `\x00`, `\x{1F98A}`, `\Qa.b\E`, "[a-c]", "[^a-c]", `[^\n]`,
			"[K-Z]", "[[:alpha:]]", "[^[:word:]]",
			`\d`, `\D`, `\w`, `\W`, `\s`, `\S`, `\pL`, `\PL`, `\p{Greek}`, `[^\pL\d]`, "(?:a|é|)", "(a)(b)?", "(?i:k)", "(?s:.)",
			"(?m:^a$)", "^", "$", `\A`, `\z`, `\b`, `\B`))
		b.WriteString(pick("", "", "", "?", "*", "+", "+?", "{2}", "{0,1}?", "{1,}"))
		b.WriteString(pick("", "", "", "", "", "|"))
	}
	return b.String()
}
