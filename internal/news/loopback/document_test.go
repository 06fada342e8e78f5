package loopback

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const intro = `# LoopBack compatibility

<!-- Made from internal/news/loopback/testdata by: go test ./internal/news/loopback -update -->

Newsdesk is compatible with LoopBack 4's HTTP API. This page lists all requests that were recorded from a LoopBack 4 app (that of the
JWT tutorial, with @loopback/rest 15.0, @loopback/authentication-jwt 0.16 and the memory connector), and compares the responses. A test
sends all of them to Newsdesk and fails if this page is out of date.

- **Same**: the status and the structure of the body are the same. A successful response has LoopBack's members and values; Newsdesk may
  add §author§, §date_created§, §token_type§ and §expires_in§. An error has the same name, code and details, and the same message if
  LoopBack's message is constant.
- **Better**: Newsdesk's response differs intentionally, for the reason given.

§[1,2]§ are the ids of the news items in a response, §{1}§ is the id of the first one, §<id>§ and §<token>§ are placeholders.
§{password}§ was §secret12§ in the recording; Newsdesk rejects that password, as the first request shows, so the other requests use a
stronger one. Errors are abbreviated to their code, with the errors in detail in parentheses. Requests build on each other: if Newsdesk
rejects what LoopBack stores, the test stores the closest valid document instead. The filters apply to six news items; the fifth has no
date, which only direct access to the store can create.

`

// document is docs/loopback.md.
func document(parts []*part) string {
	var b strings.Builder
	b.WriteString(strings.ReplaceAll(intro, "§", "`"))
	all := writeCounts(&b, parts)
	b.WriteString("\n## What is better, and why\n")
	writeReasons(&b, "Rejected, but accepted by LoopBack", all, func(r row) bool { return strings.HasPrefix(r.Verdict, refused) })
	writeReasons(&b, "Successful, but rejected or failing in LoopBack", all,
		func(r row) bool { return strings.HasPrefix(r.Verdict, works) })
	writeReasons(&b, "Other differences", all, func(r row) bool {
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
	const from, to = "<!-- made by: go test ./internal/news/loopback -update -->\n", "<!-- until here -->\n"
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
	b.WriteString("\nWhat LoopBack accepts and Newsdesk rejects (number of recorded requests; only reasons with at least five):\n\n")
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
	fmt.Fprintf(b, "\n### %s\n\n| Reason | Requests | Example | LoopBack | Newsdesk |\n|---|---:|---|---|---|\n", title)
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
