package scaffold

import (
	"fmt"
	"go/format"
	"regexp"
	"strings"
)

var longSignature = regexp.MustCompile(`(?m)^(func \(h Handlers\) \w+)\((ctx context.Context, r api\.\w+)\) (\(.*) \{$`)

var longReturn = regexp.MustCompile(`(?m)^\treturn (api\.\w+)\{(Headers: .*)\}, err$`)

// imports are the packages that tests may use, each with the text that shows it.
var imports = []struct{ path, use string }{
	{"encoding/json", "json."}, {"strings", "strings."}, {"testing", "testing."},
	{"", ""}, {"%s/internal/app/apptest", "apptest."}, {"%s/internal/engine/testkit", "testkit."},
}

// goSource formats a file, adds the imports of a test that has none, and breaks the lines of long names.
func goSource(text, module string) []byte {
	if !strings.Contains(text, "\nimport ") {
		var b strings.Builder
		for _, i := range imports {
			if i.path == "" {
				b.WriteByte('\n')
			} else if strings.Contains(text, i.use) {
				fmt.Fprintf(&b, "\t%q\n", strings.ReplaceAll(i.path, "%s", module))
			}
		}
		text = strings.Replace(text, "\n\n", "\n\nimport (\n"+b.String()+")\n\n", 1)
	}
	for _, long := range []struct {
		pattern *regexp.Regexp
		broken  string
	}{
		{longSignature, "$1(\n\t$2,\n) $3 {"},
		{longReturn, "\treturn $1{\n\t\t$2,\n\t}, err"},
	} {
		text = long.pattern.ReplaceAllStringFunc(text, func(line string) string {
			if len(line)+3*strings.Count(line, "\t") <= 140 {
				return line
			}
			return long.pattern.ReplaceAllString(line, long.broken)
		})
	}
	formatted, err := format.Source([]byte(text))
	if err != nil {
		return []byte(text) // the compiler reports it
	}
	return formatted
}
