package compat

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const intro = `# LoopBack compatibility

<!-- Made from internal/compat/testdata by: go test ./internal/compat -update -->

Newsdesk speaks LoopBack 4's protocol. Here is every request that was recorded from a LoopBack 4 app (the JWT tutorial's, with
@loopback/rest 15.0, @loopback/authentication-jwt 0.16 and the memory connector), with our answer beside LoopBack's. A test sends
them all to Newsdesk and fails when this page is out of date.

- **Same**: the status and the shape of the body are the same. A success has LoopBack's members with their values, and besides
  at most §author§, §date_created§, §token_type§ and §expires_in§, which Newsdesk adds. An error has the same name and code, LoopBack's
  details, and the same message where LoopBack's is a fixed text.
- **Better**: ours is another one on purpose, for the reason given.

§[1,2]§ are the ids of the news in an answer, §{1}§ is the id of the first one, §<id>§ and §<token>§ stand for any. §{password}§
was §secret12§ when it was recorded, which Newsdesk refuses, as the first request shows; the others send a better one. Errors are
shortened to their code and, in parentheses, what was wrong where. Requests build on each other: where Newsdesk refuses what
LoopBack stores, the test stores what comes closest before it goes on. The filters are asked of six news, of which the fifth has
no date; only the store can make such a one.

`

// document is docs/loopback.md.
func document(parts []*part) string {
	var b strings.Builder
	b.WriteString(strings.ReplaceAll(intro, "§", "`"))
	all := writeCounts(&b, parts)
	b.WriteString("\n## What is better, and why\n")
	writeReasons(&b, "Refused, where LoopBack takes it", all, func(r row) bool { return strings.HasPrefix(r.Verdict, refused) })
	writeReasons(&b, "Answered, where LoopBack refuses or breaks", all, func(r row) bool { return strings.HasPrefix(r.Verdict, works) })
	writeReasons(&b, "Answered in another way", all, func(r row) bool {
		return r.Verdict != same && !strings.HasPrefix(r.Verdict, refused) && !strings.HasPrefix(r.Verdict, works)
	})
	b.WriteString("\n## Every request\n")
	for _, p := range parts {
		section := ""
		for _, r := range p.rows {
			if r.Section != section {
				section = r.Section
				fmt.Fprintf(&b, "\n### %s\n\n| Request | LoopBack | Newsdesk |\n|---|---|---|\n", section)
			}
			ours := same
			if r.Verdict != same {
				ours = code(r.Newsdesk) + "<br>" + reason(r)
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", r.markdown(), code(r.LoopBack.short()), ours)
		}
	}
	return b.String()
}

// summarized is README.md with its counts and the usual reasons for another answer.
func summarized(readme string, parts []*part) string {
	const from, to = "<!-- made by: go test ./internal/compat -update -->\n", "<!-- until here -->\n"
	before, rest, _ := strings.Cut(readme, from)
	_, after, found := strings.Cut(rest, to)
	if !found {
		return "README.md has lost its marks " + from + to
	}
	var b strings.Builder
	all := writeCounts(&b, parts)
	times := map[string]int{}
	for _, r := range all {
		if strings.HasPrefix(r.Verdict, refused) {
			times[reason(r)]++
		}
	}
	b.WriteString("\nWhat LoopBack takes and Newsdesk refuses, where it is more than four requests:\n\n")
	for _, why := range byFrequency(times) {
		if times[why] > 4 {
			fmt.Fprintf(&b, "- %s (%d).\n", why, times[why])
		}
	}
	return before + from + b.String() + to + after
}

// writeCounts writes the table of same and better, and returns the rows of all parts.
func writeCounts(b *strings.Builder, parts []*part) (all []row) {
	b.WriteString("| Requests | All | Same | Better |\n|---|---:|---:|---:|\n")
	for _, p := range parts {
		countRow(b, p.about, p.rows)
		all = append(all, p.rows...)
	}
	countRow(b, "**All**", all)
	return all
}

// byFrequency sorts names, the most frequent one first.
func byFrequency(times map[string]int) []string {
	return slices.SortedFunc(maps.Keys(times), func(a, b string) int {
		if n := times[b] - times[a]; n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
}

func countRow(b *strings.Builder, about string, rows []row) {
	n := 0
	for _, r := range rows {
		if r.Verdict == same {
			n++
		}
	}
	fmt.Fprintf(b, "| %s | %d | %d | %d |\n", about, len(rows), n, len(rows)-n)
}

// writeReasons lists the reasons of the rows that are in, each with its first request, the most frequent one first.
func writeReasons(b *strings.Builder, title string, rows []row, in func(row) bool) {
	found, times := map[string][]row{}, map[string]int{}
	for _, r := range rows {
		if in(r) {
			found[reason(r)] = append(found[reason(r)], r)
			times[reason(r)]++
		}
	}
	fmt.Fprintf(b, "\n### %s\n\n| Why | Requests | One of them | LoopBack | Newsdesk |\n|---|---:|---|---|---|\n", title)
	for _, name := range byFrequency(times) {
		r := found[name][0]
		fmt.Fprintf(b, "| %s | %d | %s | %s | %s |\n", name, len(found[name]), r.markdown(), code(r.LoopBack.short()), code(r.Newsdesk))
	}
}

// reason is the verdict as a sentence without its full stop.
func reason(r row) string {
	text := r.Verdict
	for _, prefix := range []string{refused, works, better} {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			text = rest
			break
		}
	}
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] // a backtick stays one
}

// markdown is the request with what is special about it.
func (r row) markdown() string {
	parts := []string{code(r.Request)}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		header := name + ": " + r.Header[name]
		if header != "Authorization: Bearer {token}" && header != "Content-Type: application/json" {
			parts = append(parts, code(header))
		}
	}
	switch {
	case r.Make != "":
		parts = append(parts, "("+r.Make+")")
	case r.Body != "":
		parts = append(parts, code(r.Body))
	}
	text := strings.Join(parts, " ")
	if r.Name == "" {
		return text
	}
	return strings.NewReplacer("|", `\|`, "_", `\_`, "<", "&lt;").Replace(r.Name) + ": " + text
}

// code is a text as inline code of a Markdown table, cut to what is needed to know it.
func code(text string) string {
	text = clip(strings.NewReplacer("\r\n", " ", "|", `\|`).Replace(text), 160)
	if strings.Contains(text, "`") {
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}
