package scaffold

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// manifestFile lists the files of the engine in an application that New made, each with its SHA-256, as sha256sum -c takes it.
const manifestFile = "internal/engine/MANIFEST"

// manifest is what manifestFile says.
type manifest struct {
	origin  string            // the module that the engine comes from
	version string            // its version
	files   map[string]string // SHA-256 by path
	copies  map[string]string // of the Go files that New copied for the application to edit, as they were; SHA-256 by path
}

// engineFiles are the files and folders that belong to the engine: an upgrade replaces them, and the application leaves them alone.
var engineFiles = []string{
	"internal/engine", "internal/layout/layout_test.go", "internal/app/apptest/apptest.go", "internal/app/conformance_test.go",
	"cmd/scaffold", "cmd/coverage", "web/explorer", "tools.go", "gen/api.yaml", "gen/client.yaml", "client",
}

// notEngine matches what is in these folders and is not the engine's: generated files, and what the example or a test in a browser needs.
var notEngine = regexp.MustCompile(`^(internal/engine/MANIFEST|client/operations\.gen\.go|client/ts/src/schema\.ts|client/ts/test/.*|` +
	`client/ts/(package|package-lock|tsconfig\.test)\.json|client/ts/README\.md|client/.*_(news|account)_test\.go|` +
	`web/explorer/(.*_browser_test\.go|package(-lock)?\.json))$`)

// ignored are folders that git ignores.
var ignored = []string{".git", "node_modules", "bin", "build", "data", "dist", "rapid", "screenshots"}

// engineOf returns the manifest of the engine in a tree. A tree without one is where the engine comes from. It returns an error if a file
// of the manifest was edited.
func engineOf(tree string, a application) (manifest, error) {
	m, err := readManifest(tree)
	if errors.Is(err, fs.ErrNotExist) {
		m = manifest{origin: a.Module, version: a.Version}
		m.files, err = checksums(tree)
		return m, err
	}
	if err != nil {
		return m, err
	}
	return m, m.checkEdited(tree)
}

// checksums returns the SHA-256 of the engine's files in a tree by their paths.
func checksums(tree string) (map[string]string, error) {
	names, err := files(tree, engineFiles)
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for _, name := range names {
		if notEngine.MatchString(name) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(tree, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		sums[name] = checksum(text)
	}
	return sums, nil
}

// files returns the paths of the files in folders of a tree, sorted.
func files(tree string, roots []string) (found []string, err error) {
	root := os.DirFS(tree)
	for _, folder := range roots {
		err := fs.WalkDir(root, folder, func(name string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && name == folder {
				return nil // an application may have deleted it
			}
			if err != nil {
				return err
			}
			if entry.IsDir() && slices.Contains(ignored, entry.Name()) {
				return fs.SkipDir
			}
			if extension := path.Ext(name); entry.Type().IsRegular() && extension != ".test" && extension != ".out" {
				found = append(found, name)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// copiesIn returns the paths in a tree of the Go files that New copies for the application to edit.
func copiesIn(tree string) ([]string, error) {
	roots := slices.DeleteFunc(slices.Clone(copied), func(name string) bool { return path.Ext(name) != ".go" })
	for _, tag := range accountTags {
		roots = append(roots, "internal/"+tag)
	}
	return files(tree, roots)
}

func (m manifest) paths() []string {
	return slices.Sorted(maps.Keys(m.files))
}

// readManifest reads the manifest of a tree.
func readManifest(tree string) (manifest, error) {
	text, err := os.ReadFile(filepath.Join(tree, manifestFile))
	if err != nil {
		return manifest{}, err
	}
	m, err := parseManifest(string(text))
	if err != nil {
		return m, fmt.Errorf("%s: %w; restore it from git", manifestFile, err)
	}
	return m, nil
}

var (
	manifestHead = regexp.MustCompile(`^# Origin: (\S+) (\S+)$`)
	manifestLine = regexp.MustCompile(`^(# Copy: )?([0-9a-f]{64})  (\S.*)$`)
)

func parseManifest(text string) (manifest, error) {
	m := manifest{files: map[string]string{}, copies: map[string]string{}}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if head := manifestHead.FindStringSubmatch(line); head != nil {
			m.origin, m.version = head[1], head[2]
			continue
		}
		entry := manifestLine.FindStringSubmatch(line)
		if entry == nil && strings.HasPrefix(line, "#") {
			continue
		}
		if entry == nil || !fs.ValidPath(entry[3]) || !filepath.IsLocal(filepath.FromSlash(entry[3])) {
			return m, fmt.Errorf("line %d is neither a comment nor a SHA-256 and a path", i+1)
		}
		if entry[1] == "" {
			m.files[entry[3]] = entry[2]
		} else {
			m.copies[entry[3]] = entry[2]
		}
	}
	if m.origin == "" || len(m.files) == 0 {
		return m, fmt.Errorf("the line # Origin or the files are missing")
	}
	return m, nil
}

func (m manifest) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Origin: %s %s\n", m.origin, m.version)
	b.WriteString("# The engine's files. Do not edit them: scaffold upgrade replaces them by those of a newer version.\n")
	for _, name := range m.paths() {
		fmt.Fprintf(&b, "%s  %s\n", m.files[name], name)
	}
	b.WriteString("# The files below are yours. An upgrade replaces those that are still as they were copied.\n")
	for _, name := range slices.Sorted(maps.Keys(m.copies)) {
		fmt.Fprintf(&b, "# Copy: %s  %s\n", m.copies[name], name)
	}
	return b.String()
}

func checksum(text []byte) string {
	sum := sha256.Sum256(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
	return hex.EncodeToString(sum[:])
}

// write writes the manifest of the same engine in another tree.
func (m manifest) write(tree string) (err error) {
	if m.files, err = checksums(tree); err != nil {
		return err
	}
	names, err := copiesIn(tree)
	if err != nil {
		return err
	}
	m.copies = map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(tree, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		m.copies[name] = checksum(text)
	}
	return writeFile(filepath.Join(tree, manifestFile), []byte(m.String()), 0o644)
}

// checkEdited returns an error if files of the manifest are changed or missing in a tree. Generated code may change.
func (m manifest) checkEdited(tree string) error {
	var list strings.Builder
	for _, name := range m.paths() {
		switch text, err := os.ReadFile(filepath.Join(tree, filepath.FromSlash(name))); {
		case errors.Is(err, fs.ErrNotExist):
			fmt.Fprintf(&list, "\n  %s (deleted)", name)
		case err != nil:
			return err
		case !strings.HasSuffix(name, ".gen.go") && checksum(text) != m.files[name]:
			fmt.Fprintf(&list, "\n  %s", name)
		}
	}
	if list.Len() == 0 {
		return nil
	}
	return fmt.Errorf("files of the engine were edited, and an upgrade would replace them:%s\nMove each change into packages of your own, "+
		"then restore the file; git log -p -- FILE shows the change", &list)
}
