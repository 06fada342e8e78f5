package layout

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	parts "github.com/newsdesk-api/newsdesk/internal/engine"
)

// documents returns the text of each Markdown file, by its path from the root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	found, root := map[string]string{}, os.DirFS(root)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", "bin", "data", "dist", "node_modules"}, entry.Name()) {
			return fs.SkipDir
		}
		if path.Ext(name) != ".md" {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		found[name] = string(text)
		return err
	})
	if err != nil || len(found) < 10 {
		t.Fatalf("%d documents, %v", len(found), err)
	}
	return found
}

// A reader sees the README as a whole.
func TestReadmeLength(t *testing.T) {
	if lines := strings.Count(documents(t)["README.md"], "\n"); lines > 200 {
		t.Errorf("README.md has %d lines; 200 is the limit. Move the details to a document in docs and link it", lines)
	}
}

// Rows of tables and code cannot be wrapped. docs/loopback.md is generated.
func TestDocumentWidth(t *testing.T) {
	for name, text := range documents(t) {
		for line := range strings.Lines(codeBlocks.ReplaceAllString(text, "")) {
			line = strings.TrimSuffix(line, "\n")
			if columns := utf8.RuneCountInString(line); columns > 140 && !strings.HasPrefix(line, "|") && name != "docs/loopback.md" {
				t.Errorf("%s: a line has %d columns; 140 is the limit: %s", name, columns, line)
			}
		}
	}
}

var (
	codeBlocks = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	links      = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	headings   = regexp.MustCompile(`(?m)^#+ (.+)$`)
	noAnchor   = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
	paths      = regexp.MustCompile("`((?:\\.ci|\\.github|client|cmd|docs|gen|internal|web)/[^`<>*…{} ]+)`")
)

// A link to another document must lead to a file, and to a heading if it names one.
func TestDocumentLinks(t *testing.T) {
	all := documents(t)
	anchors := map[string][]string{}
	for name, text := range all {
		for _, heading := range headings.FindAllStringSubmatch(codeBlocks.ReplaceAllString(text, ""), -1) {
			plain := noAnchor.ReplaceAllString(strings.ToLower(heading[1]), "")
			anchors[name] = append(anchors[name], strings.ReplaceAll(plain, " ", "-"))
		}
	}
	count := 0
	for name, text := range all {
		for _, link := range links.FindAllStringSubmatch(codeBlocks.ReplaceAllString(text, ""), -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			count++
			file, anchor, _ := strings.Cut(link[1], "#")
			target := name
			if file != "" {
				target = path.Join(path.Dir(name), file)
			}
			if _, err := os.Stat(path.Join(root, target)); err != nil {
				t.Errorf("%s links to %s, which does not exist", name, link[1])
			} else if anchor != "" && !slices.Contains(anchors[target], anchor) {
				t.Errorf("%s links to %s; the headings of %s are %q", name, link[1], target, anchors[target])
			}
		}
	}
	if count < 20 {
		t.Errorf("found %d links between documents", count)
	}
}

// A file or folder that a document names must exist. The changelog names those of its time; the guides name those that they create.
func TestDocumentPaths(t *testing.T) {
	count := 0
	for name, text := range documents(t) {
		if name == "CHANGELOG.md" {
			continue
		}
		text = codeBlocks.ReplaceAllString(text, "")
		for _, named := range paths.FindAllStringSubmatch(text, -1) {
			count++
			created := strings.HasPrefix(named[1], "internal/notes") || strings.HasPrefix(named[1], "internal/engine/store/example")
			created = created && strings.HasPrefix(name, "docs/write-a-")
			if _, err := os.Stat(path.Join(root, named[1])); err != nil && !created && !ofDeletedExample(named[1]) {
				t.Errorf("%s names %s, which does not exist", name, named[1])
			}
		}
	}
	if count < 50 {
		t.Errorf("found %d paths in the documents", count)
	}
}

// ofDeletedExample reports whether a path is the example's, and the example was deleted: the documents name it all the same.
func ofDeletedExample(name string) bool {
	const example = "internal/news"
	_, err := os.Stat(path.Join(root, example))
	return err != nil && (name == example || strings.HasPrefix(name, example+"/"))
}

// The table of libraries in docs/architecture.md is allRooms.
func TestDocumentLibraries(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `([^`]+)`.*\\| (`.*`) \\|$")
	_, table, _ := strings.Cut(documents(t)["docs/architecture.md"], "\n## Libraries\n")
	documented, rooms := map[string][]string{}, allRooms()
	for _, line := range row.FindAllStringSubmatch(table, -1) {
		documented[line[1]] = slices.Sorted(slices.Values(strings.Split(strings.ReplaceAll(line[2], "`", ""), ", ")))
		slices.Sort(rooms[line[1]])
	}
	if !maps.EqualFunc(documented, rooms, slices.Equal[[]string]) {
		t.Errorf("docs/architecture.md has\n%v, want\n%v", documented, rooms)
	}
}

// The table of shard keys in docs/scaling.md is about collections that exist, or about the example, and so about no resource of a fork.
func TestShardKeys(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (`{_id: \"hashed\"}`|none: )")
	var collections []string
	for _, m := range parts.Models(contract(t)) {
		collections = append(collections, m.Collection)
	}
	rows := row.FindAllStringSubmatch(documents(t)["docs/scaling.md"], -1)
	for _, found := range rows {
		if name := found[1]; !slices.Contains(collections, name) && !ofDeletedExample("internal/"+name) {
			t.Errorf("docs/scaling.md has a shard key for %s, which is not a collection", name)
		}
	}
	if len(rows) < 5 {
		t.Errorf("found %d shard keys in docs/scaling.md", len(rows))
	}
}
