package main

import (
	"reflect"
	"strings"
	"testing"
)

func TestAsk(t *testing.T) {
	t.Parallel()
	for answers, want := range map[string]addResource{
		"reviews\ntitle:string!\nrating:five\nrating:integer\n\nauthor\nprivate\n": {
			Name: "reviews", Properties: []string{"title:string!", "rating:integer"}, Owner: "author", Private: true},
		"reviews\n\n\n\n":         {Name: "reviews", Owner: "owner"},
		"reviews\n\nnone\npublic": {Name: "reviews", Owner: "none", Public: true},
	} {
		c := addResource{Owner: "owner"}
		var out strings.Builder
		if err := c.ask(strings.NewReader(answers), &out); err != nil || !reflect.DeepEqual(c, want) {
			t.Errorf("%q: %+v, %v; want %+v", answers, c, err, want)
		}
		if wrong := strings.Contains(answers, "five"); strings.Contains(out.String(), `unknown type "five"`) != wrong {
			t.Errorf("%q: %s", answers, out.String())
		}
	}
	for _, answers := range []string{"", "reviews\n\nowner\neverybody\n"} {
		if err := (&addResource{}).ask(strings.NewReader(answers), &strings.Builder{}); err == nil {
			t.Errorf("%q: no error", answers)
		}
	}
}

// The test's standard input is not a terminal.
func TestAddResourceWithoutArguments(t *testing.T) {
	t.Parallel()
	if err := (addResource{}).Run(); err == nil || !strings.Contains(err.Error(), "name the resource and its properties") {
		t.Errorf("%v", err)
	}
}
