package generate

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// inOrder returns errors of a contract as one, in the order of their lines, or nil.
func inOrder(errs ...error) error {
	type mistake struct {
		line int
		text string
	}
	var found []mistake
	for _, err := range errs {
		if err == nil {
			continue
		}
		for text := range strings.SplitSeq(strings.TrimPrefix(err.Error(), "contract: "), "\n") {
			line := 0
			if m := atLine.FindStringSubmatch(text); m != nil {
				line, _ = strconv.Atoi(m[1]) // digits
			} else if len(found) > 0 { // goes on
				found[len(found)-1].text += "\n" + text
				continue
			}
			found = append(found, mistake{line, text})
		}
	}
	if found == nil {
		return nil
	}
	slices.SortStableFunc(found, func(a, b mistake) int { return a.line - b.line })
	var texts []string
	for _, m := range found {
		texts = append(texts, m.text)
	}
	return fmt.Errorf("contract: %s", strings.Join(texts, "\n"))
}

var atLine = regexp.MustCompile(`^line (\d+)`)

// withLines returns an error about a completed document with the lines of the document that it was made of.
func withLines(err error, document, completed []byte) error {
	if err == nil || bytes.Equal(document, completed) {
		return err
	}
	stripped, wrong := Strip(document)
	if wrong != nil {
		return err
	}
	kept := bytes.Split(stripped, []byte("\n")) // what is in both, in the same order
	var written []int                           // the lines of kept in the document
	for i, line := range bytes.Split(document, []byte("\n")) {
		if n := len(written); n < len(kept) && bytes.Equal(line, kept[n]) {
			written = append(written, i+1)
		}
	}
	if written == nil {
		return err
	}
	var lines []int // in the document, by those of the completed one
	n := 0
	for _, line := range bytes.Split(completed, []byte("\n")) {
		if n < len(written) && bytes.Equal(line, kept[n]) {
			n++
		}
		lines = append(lines, written[max(n-1, 0)])
	}
	return errors.New(inText.ReplaceAllStringFunc(err.Error(), func(text string) string {
		m := inText.FindStringSubmatch(text)
		if n, err := strconv.Atoi(m[2]); err == nil && 0 < n && n <= len(lines) {
			return m[1] + strconv.Itoa(lines[n-1])
		}
		return text
	}))
}

// inText matches the line at the start of each line of an error.
var inText = regexp.MustCompile(`(?m)^((?:contract: )?line )(\d+)`)
