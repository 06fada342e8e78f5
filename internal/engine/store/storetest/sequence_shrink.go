package storetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// maxTries is the maximum number of sequences that shrink performs on the backend.
const maxTries = 500

// shrink returns a sequence that fails as well, with fewer and simpler steps.
func shrink(steps []Step, fails func([]Step) bool) []Step {
	tries := 0
	try := func(other []Step) bool {
		if tries++; tries > maxTries || !fails(other) {
			return false
		}
		steps = other
		return true
	}
	for changed := true; changed; {
		changed = false
		for n := max(len(steps)/2, 1); n > 0; n /= 2 {
			for i := 0; i+n <= len(steps); {
				if !try(slices.Concat(steps[:i], steps[i+n:])) {
					i += n
				} else {
					changed = true
				}
			}
		}
		for i := 0; i < len(steps); i++ {
			simplified := func(s Step) bool {
				return try(slices.Replace(slices.Clone(steps), i, i+1, s))
			}
			for slices.ContainsFunc(steps[i].simpler(), simplified) {
				changed = true
			}
		}
	}
	return steps
}

// simpler are steps with one thing less each.
func (s Step) simpler() (out []Step) {
	add := func(change func(s *Step)) {
		other := s
		change(&other)
		out = append(out, other)
	}
	if s.Version != 0 {
		add(func(s *Step) { s.Version = 0 })
	}
	for i := range s.Set {
		add(func(s *Step) { s.Set = slices.Delete(slices.Clone(s.Set), i, i+1) })
	}
	if s.Where != "" {
		add(func(s *Step) { s.Where = "" })
		for _, part := range simplerFilters(`{"where":` + s.Where + `}`) {
			add(func(s *Step) { s.Where = string(valueAt(part, []string{"where"})) })
		}
	}
	switch all := members([]byte(s.JSON)); s.Call {
	case "Insert":
		for i := 1; i < len(all); i++ { // the id is first
			add(func(s *Step) { s.JSON = string(object(slices.Delete(slices.Clone(all), i, i+1))) })
		}
	case "Find":
		for i := range all {
			add(func(s *Step) { s.JSON = string(object(slices.Delete(slices.Clone(all), i, i+1))) })
		}
		for _, part := range simplerFilters(s.JSON) {
			add(func(s *Step) { s.JSON = string(part) })
		}
	}
	return out
}

// simplerFilters are a filter's parts, as text.
func simplerFilters(text string) (out []json.RawMessage) {
	var query map[string]any
	in := json.NewDecoder(strings.NewReader(text))
	in.UseNumber()
	if err := in.Decode(&query); err != nil || query["where"] == nil {
		return nil
	}
	for _, part := range parts(query) {
		text, err := json.Marshal(part)
		if err == nil {
			out = append(out, text)
		}
	}
	slices.SortFunc(out, func(a, b json.RawMessage) int { return bytes.Compare(a, b) }) // parts has no order
	return out
}

// source is a test that performs the steps, for a file in the backend's folder in which open is what gives Run a new backend.
func source(steps []Step) string {
	var b strings.Builder
	b.WriteString("func TestSequence(t *testing.T) {\n\tstoretest.Replay(t, open(t),\n")
	for _, s := range steps {
		fmt.Fprintf(&b, "\t\tstoretest.Step{Call: %q", s.Call)
		for _, field := range []struct{ name, value string }{{"ID", s.ID}, {"JSON", s.JSON}, {"Where", s.Where}} {
			if field.value != "" {
				fmt.Fprintf(&b, ", %s: %s", field.name, literal(field.value))
			}
		}
		if s.Version != 0 {
			fmt.Fprintf(&b, ", Version: %d", s.Version)
		}
		if len(s.Set) > 0 {
			fmt.Fprintf(&b, ", Set: []store.Change{%s}", changeLiterals(s.Set))
		}
		b.WriteString("},\n")
	}
	b.WriteString("\t)\n}\n")
	return b.String()
}

func changeLiterals(set []store.Change) string {
	var out []string
	for _, c := range set {
		text := fmt.Sprintf("{Name: %q", c.Name)
		if c.JSON != nil {
			text += fmt.Sprintf(", JSON: []byte(%s)", literal(string(c.JSON)))
		}
		out = append(out, text+"}")
	}
	return strings.Join(out, ", ")
}

func literal(s string) string {
	if strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
