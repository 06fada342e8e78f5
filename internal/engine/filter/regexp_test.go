package filter_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// TestMatchContext compares matching in portions with matching at once.
func TestMatchContext(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		``, `b`, `ab`, `^a`, `^b`, `b$`, `c$`, `^a*$`, `^a*bc$`, `^a+b`, `^abc$`, `\Aab`, `bc\z`, `\bc`, `\Bc`, `a\b`, `(?m)^c`, `(?m)b$`,
		`(?i)BC`, `é`, `.{50}b`, `a.c`, `(?s)a.c`,
		`[^a]`, `(a|b)+c`, `x`, `ax`, `a{90}`, `^.{90}$`, `b|c`, `(?i)É`,
	} {
		re := regexp.MustCompile(source)
		for _, end := range []string{"", "b", "bc", "bc\n", "\nc", "é", "\nb\nc", "É", "\U0010ffff", "b c"} {
			for _, text := range []string{end, strings.Repeat("a", 5000) + end, end + strings.Repeat("a", 5000),
				strings.Repeat("é", 2500) + end} {
				got, err := (&filter.Pattern{Source: source, Regexp: re}).MatchContext(t.Context(), text)
				if want := re.MatchString(text); got != want || err != nil {
					t.Errorf("%q on %d bytes with %q: %v, %v, want %v", source, len(text), end, got, err, want)
				}
			}
		}
	}
}

func TestMatchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	text := strings.Repeat("a", 1<<16)
	for _, condition := range []string{
		`{"title":{"regexp":"(.*a.{450}){2}b"}}`, `{"title":{"like":"%a_a_b"}}`, `{"title":{"ilike":"%a_a_b"}}`,
		`{"title":{"nilike":"%a_a_b"}}`,
		`{"nor":[{"title":{"regexp":"a$"}}]}`, `{"tags":{"regexp":"a$"}}`,
	} {
		where, err := news(t).Where([]byte(condition))
		if err != nil {
			t.Fatal(err)
		}
		matched, err := filter.Match(ended, where, fmt.Appendf(nil, `{"id":"a","title":%q,"tags":[%q]}`, text, text))
		if matched || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, %v", condition, matched, err)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	patterns := map[string]func(context.Context, string) (bool, error){}
	for _, source := range []string{`lorem`, `lorem.*z`, `(?i)lorem`, `[0-9]{4}`, `^a.*z$`} {
		patterns["regexp "+source] = (&filter.Pattern{Source: source, Regexp: regexp.MustCompile(source)}).MatchContext
	}
	for _, pattern := range []string{`%lorem%`, `%l_rem%`} {
		for name, fold := range map[string]bool{"like": false, "ilike": true} {
			patterns[name+" "+pattern] = func(ctx context.Context, text string) (bool, error) {
				return filter.MatchLike(ctx, pattern, text, fold)
			}
		}
	}
	for name, match := range patterns {
		for _, size := range []int{60, 600, 6000, 60000} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				text := strings.Repeat("ipsum dolor sit amet ", size/21+1)[:size]
				b.SetBytes(int64(size))
				for b.Loop() {
					if found, err := match(b.Context(), text); found || err != nil {
						b.Fatal(found, err)
					}
				}
			})
		}
	}
}
