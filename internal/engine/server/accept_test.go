package server

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// TestQuality has the examples of RFC 9110, section 12.5.1.
func TestQuality(t *testing.T) {
	t.Parallel()
	const precedence = "text/*, text/plain, text/plain;format=flowed, */*"
	const weights = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5"
	for _, tt := range []struct {
		accept, media string
		want          float64
		named         bool
	}{
		{"audio/*; q=0.2, audio/basic", "audio/basic", 1, true},
		{"audio/*; q=0.2, audio/basic", "audio/ogg", 0.2, false},
		{"audio/*; q=0.2, audio/basic", "text/plain", 0, false},
		{"text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c", "text/html", 1, true},
		{"text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c", "text/x-dvi", 0.8, true},
		{"text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c", "text/plain", 0.5, true},
		{precedence, "text/plain;format=flowed", 1, true},
		{precedence, "text/plain", 1, true},
		{precedence, "text/html", 1, false},
		{precedence, "image/png", 1, false},
		{weights, "text/plain;format=flowed", 1, true},
		{weights, "text/plain", 0.7, true},
		{weights, "text/html", 0.3, false},
		{weights, "image/jpeg", 0.5, false},
		{weights, "text/plain;format=fixed", 0.4, true},
		{weights, "text/html;level=3", 0.3, false}, // the RFC says 0.7: left over from RFC 7231, which has text/html;q=0.7 in its example
		{"text/html;q=0.1|text/html;level=1", "text/html;level=1", 1, true},
		{"", "text/html", 0, false},
		{"*", "text/html", 0, false},
		{"*/html", "text/html", 0, false},
		{"*/*;level=1", "text/html", 0, false},
		{"text/html;q=0.1, text/html;q=0.9", "text/html", 0.1, true},
		{"TEXT/HTML;Q=0.300;Level=1", "text/html;level=1", 0.3, true},
	} {
		if got, named := quality(strings.Split(tt.accept, "|"), tt.media); got != tt.want || named != tt.named {
			t.Errorf("%s in %s: %v, %v; want %v, %v", tt.media, tt.accept, got, named, tt.want, tt.named)
		}
	}
}

func TestListMembers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{ // lines separated by |
		"": nil, " , ,": nil, "a": {"a"}, " a ,\tb": {"a", "b"}, "a,,b|c": {"a", "b", "c"}, `"a,b", c`: {`"a,b"`, "c"},
		`"a\",b", c`: {`"a\",b"`, "c"},
		`x="a, b`:    {`x="a, b`}, `a\,b`: {`a\`, "b"},
	} {
		if got := slices.Collect(listMembers(strings.Split(text, "|"))); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func FuzzQuality(f *testing.F) {
	f.Add("text/*;q=0.3, text/plain;q=0.7, */*;q=0.5", "text/html")
	f.Add(`a/b;x="\",";q=1.000,,;`, "a/b;x=1")
	f.Fuzz(func(t *testing.T, accept, media string) {
		if q, named := quality([]string{accept}, media); math.IsNaN(q) || q < 0 || q > 1 || named && q == 0 && accept == "" {
			t.Errorf("%q of %q: %v, %v", media, accept, q, named)
		}
		prefersProblem([]string{accept, media})
	})
}
