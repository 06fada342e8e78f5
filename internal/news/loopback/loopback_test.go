package loopback

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

var update = flag.Bool("update", false, "write this server's side of the table, and docs/loopback.md")

const (
	documentFile = "../../../docs/loopback.md"
	readmeFile   = "../../../README.md"
)

// TestLoopBack sends every recorded request, in order, and compares the responses with LoopBack's and with the verdicts.
func TestLoopBack(t *testing.T) {
	parts := readParts(t)
	t.Run("parts", func(t *testing.T) {
		for _, p := range parts {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				compare(t, p)
			})
		}
	})
	if *update {
		for _, p := range parts {
			p.write(t)
		}
	}
	golden(t, documentFile, func(string) string { return document(parts) })
	golden(t, readmeFile, func(text string) string { return summarized(text, parts) })
}

// golden requires that a file is what want makes of it; -update makes it so.
func golden(t *testing.T, file string, want func(text string) string) {
	t.Helper()
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := want(string(old))
	if text == string(old) {
		return
	}
	if !*update {
		t.Fatalf("%s is not what the table says; run this test with -update", file)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// compare runs the rows of one part against one server, for they build on each other.
func compare(t *testing.T, p *part) {
	s := newSession(t)
	if p.stored {
		s.store(recordedNews)
	}
	for i := range p.rows {
		r := &p.rows[i]
		t.Run(r.title(), func(t *testing.T) {
			got := s.send(t, r)
			short := ""
			if r.Verdict != same {
				short = got.short()
			}
			if *update {
				r.Newsdesk = short
			}
			for _, problem := range r.judge(got) {
				t.Error(problem)
			}
			if r.Newsdesk != short {
				t.Errorf("our answer has changed; when that is right, run this test with -update\nwas %s\nis  %s", r.Newsdesk, short)
			}
		})
	}
}

const (
	same    = "same"
	better  = "better: "
	refused = better + "refused: " // LoopBack took it
	works   = better + "works: "   // LoopBack refused it, or broke
)

// judge returns what the row's verdict gets wrong about our answer.
func (r *row) judge(got answer) (problems []string) {
	complain := func(text string) {
		problems = append(problems, text+"\nLoopBack "+r.LoopBack.short()+"\nNewsdesk "+got.short())
	}
	differs := difference(r.LoopBack, got, r.Exact)
	theyTake, weTake := r.LoopBack.Status < 400, got.Status < 400
	switch {
	case got.Status >= 500:
		complain("a server error")
	case r.Verdict == same && differs != "":
		complain("not the same: " + differs)
	case r.Verdict == same:
	case !strings.HasPrefix(r.Verdict, better):
		complain("the verdict is neither " + same + " nor " + better + "and the reason: " + r.Verdict)
	case reason(*r) == "":
		complain("the verdict gives no reason")
	case differs == "":
		complain("the verdict is out of date: the answers are the same")
	case strings.HasPrefix(r.Verdict, refused) != (theyTake && !weTake):
		complain("a verdict begins with " + refused + "when LoopBack takes what we refuse, and only then: " + r.Verdict)
	case strings.HasPrefix(r.Verdict, works) != (!theyTake && weTake):
		complain("a verdict begins with " + works + "when we take what LoopBack does not, and only then: " + r.Verdict)
	}
	return problems
}

// stored is a news item as the recorded app returned it.
type stored struct {
	ID          string `json:"id"`
	Author      string `json:"author"`
	Title       string `json:"title"`
	Body        string `json:"body"`
	DateCreated string `json:"date_created,omitempty"`
}

// recordedNews are the rows that the filters were recorded on. The fifth has no date; no request can create one here.
var recordedNews = []stored{
	{Title: "Alpha one", Body: "first body", DateCreated: "2021-01-01T00:00:00.000Z"},
	{Title: "beta Two", Body: "second", DateCreated: "2021-02-01T00:00:00.000Z"},
	{Title: "Gamma 100%", Body: "a.b*c", DateCreated: "2021-03-01T00:00:00.000Z"},
	{Title: "delta_4", Body: "x(y", DateCreated: "2021-04-01T00:00:00.000Z"},
	{Title: "alpha ONE", Body: "first body", DateCreated: ""},
	{Title: "10", Body: "9", DateCreated: "2020-01-01T00:00:00.000Z"},
}

// store puts news into the store, past the API.
func (s *session) store(news []stored) {
	s.t.Helper()
	for _, n := range news {
		n.ID, n.Author = store.NewID(), s.api.ID(caller)
		text, err := json.Marshal(n)
		if err != nil {
			s.t.Fatal(err)
		}
		s.api.Plant("News", n.ID, string(text))
		s.learn(n.ID)
	}
}
