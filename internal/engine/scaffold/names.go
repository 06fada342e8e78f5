package scaffold

import (
	"fmt"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var (
	tagPattern      = regexp.MustCompile(`^[a-z][a-z0-9]{0,29}$`)
	schemaPattern   = regexp.MustCompile(`^[A-Z][A-Za-z0-9]{0,29}$`)
	propertyPattern = regexp.MustCompile(`^[a-z][A-Za-z0-9_]{0,59}$`)
)

// reservedTags cannot be packages of a tag: gen/wire imports or declares the names, the go command gives them a meaning, or they say
// nothing.
var reservedTags = []string{
	"api", "app", "context", "engine", "handlers", "server", "wire",
	"internal", "main", "testdata", "vendor", "init",
	"base", "common", "helper", "helpers", "misc", "types", "util", "utils",
}

// checkTag returns an error for a name that cannot be a tag, and so a package and a collection.
func checkTag(name string) error {
	if plain := strings.Map(lowerOnly, name); !tagPattern.MatchString(name) {
		if !tagPattern.MatchString(plain) {
			plain = "reviews"
		}
		return fmt.Errorf("invalid resource name %q: it becomes a Go package; use a lower-case letter, then those and digits, such as %s",
			name, plain)
	}
	if token.IsKeyword(name) || slices.Contains(reservedTags, name) || isYAMLWord(name) {
		return fmt.Errorf("the resource name %s has a meaning in Go or YAML; use another one", name)
	}
	return nil
}

// isYAMLWord reports whether parsers of YAML 1.1 or 1.2 take a name for something else than a string.
func isYAMLWord(name string) bool {
	return len(name) > 1 && slices.Contains(notStrings, strings.ToLower(name))
}

var notStrings = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"} // in YAML 1.1 or 1.2

// checkProperty returns an error for a name that cannot be a property: at the top of documents, or of an object in them.
func checkProperty(name string, top bool) error {
	if !propertyPattern.MatchString(name) {
		return fmt.Errorf("invalid name %q; use a lower-case letter, then letters, digits or _, such as date_created", name)
	}
	if top && slices.Contains([]string{"id", "and", "or", "nor"}, name) || isYAMLWord(name) {
		return fmt.Errorf("the name %s has a meaning in documents, filters or YAML; use another one, such as %s_name", name, name)
	}
	return nil
}

func lowerOnly(r rune) rune {
	if r = unicode.ToLower(r); 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
		return r
	}
	return -1
}

// singulars are words that the rules of singular do not cover.
var singulars = map[string]string{
	"people": "person", "children": "child", "men": "man", "women": "woman", "mice": "mouse", "feet": "foot", "teeth": "tooth",
	"news": "news", "series": "series", "species": "species", "movies": "movie", "cookies": "cookie", "shoes": "shoe",
	"houses": "house", "databases": "database", "analyses": "analysis", "indices": "index", "knives": "knife", "leaves": "leaf",
	"lives": "life", "shelves": "shelf", "wives": "wife", "wolves": "wolf", "data": "data", "media": "media", "caches": "cache",
	"statuses": "status", "buses": "bus", "aliases": "alias", "lenses": "lens", "quizzes": "quiz", "ties": "tie", "pies": "pie",
}

// singular returns the singular of an English plural. A word that has no plural ending is returned as it is.
func singular(plural string) string {
	for word, one := range singulars {
		if strings.HasSuffix(plural, word) && (plural == word || len(word) > 4) {
			return plural[:len(plural)-len(word)] + one
		}
	}
	for _, ending := range []struct{ many, one string }{
		{"ies", "y"}, {"sses", "ss"}, {"shes", "sh"}, {"ches", "ch"}, {"xes", "x"}, {"zzes", "zz"}, {"oes", "o"},
		{"ss", "ss"}, {"us", "us"}, {"is", "is"}, {"s", ""},
	} {
		if stem, ok := strings.CutSuffix(plural, ending.many); ok && (len(stem) > 1 || ending.many == "us") {
			return stem + ending.one
		}
	}
	return plural
}

// upperFirst returns the text with its first letter in upper case.
func upperFirst(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// phrase returns a name in words: "blog post" of BlogPost, "date created" of date_created.
func phrase(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && (r == '_' || unicode.IsUpper(r)) {
			b.WriteByte(' ')
		}
		if r != '_' {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// article returns the phrase with its indefinite article.
func article(phrase string) string {
	if strings.ContainsRune("aeiou", rune(phrase[0])) && !strings.HasPrefix(phrase, "uni") && !strings.HasPrefix(phrase, "use") {
		return "an " + phrase
	}
	return "a " + phrase
}
