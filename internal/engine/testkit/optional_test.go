package testkit

import (
	"fmt"
	"strings"
	"testing"
)

// What anybody may read is no hole: neither the matrix nor the derived tests say so.
func TestOptionalSignIn(t *testing.T) {
	t.Parallel()
	loaded := OptionalSignIn(t)
	contract := read(t, loaded.Document())
	for _, hole := range contract.contradictions() {
		t.Error(hole)
	}
	for _, path := range []string{"/news", "/news/count", "/news/{id}"} {
		matrix(t, contract, loaded, contract.operation("GET", path), t.Errorf)
	}
	derived(t, loaded, "news")
	a := NewOf(t, loaded)
	for token, want := range map[string]int{"": 200, "junk": 401, a.Token("ann"): 200} {
		if answer := a.Do("GET", "/news", token, ""); answer.StatusCode != want {
			t.Errorf("with %q: %d, want %d", token, answer.StatusCode, want)
		}
	}
}

// TestPlantedOptionalSignIn lets everybody in where that is a hole.
func TestPlantedOptionalSignIn(t *testing.T) {
	t.Parallel()
	optional := []any{map[string]any{"bearerAuth": []any{}}, map[string]any{}}
	for name, tt := range map[string]struct {
		plant func(schemas, paths map[string]any)
		want  string
	}{
		"a change": {func(_, paths map[string]any) {
			at(paths, "/news/{id}", "delete")["security"] = optional
			delete(at(paths, "/news/{id}", "delete"), "x-required-scopes")
		}, "deleteNews: it reaches any News and needs no scope"},
		"what is private": {func(schemas, _ map[string]any) {
			at(schemas, "News", "x-collection")["private"] = true
		}, "findNews: it reaches any News and needs no scope"},
	} {
		found := read(t, edited(t, OptionalSignIn(t).Document(), tt.plant)).contradictions()
		if all := strings.Join(found, "\n"); !strings.Contains(all, tt.want) {
			t.Errorf("%s: found %q, want %q in it", name, found, tt.want)
		}
	}
	// The contract asks for a token, and the server does not.
	strict := read(t, Contract(t).Document())
	var found []string
	matrix(t, strict, OptionalSignIn(t), strict.operation("GET", "/news"), func(format string, args ...any) {
		found = append(found, fmt.Sprintf(format, args...))
	})
	if all := strings.Join(found, "\n"); !strings.Contains(all, "findNews: nobody is answered 200, want 401") {
		t.Errorf("found %q", found)
	}
}
