package server

import (
	"iter"
	"strings"
)

// listMembers returns the members of a list-based field, from all its lines in order (RFC 9110, sections 5.3 and 5.6.1), without
// surrounding white space. Empty members are skipped. Commas in quoted strings do not separate members.
func listMembers(lines []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range lines {
			for rest, more := line, true; more; {
				var member string
				member, rest, more = cutMember(rest)
				if member = strings.Trim(member, " \t"); member != "" && !yield(member) {
					return
				}
			}
		}
	}
}

// cutMember cuts a line at the first comma that is not in a quoted string.
func cutMember(line string) (member, rest string, more bool) {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case line[i] == '\\' && quoted:
			i++
		case line[i] == ',' && !quoted:
			return line[:i], line[i+1:], true
		}
	}
	return line, "", false
}
