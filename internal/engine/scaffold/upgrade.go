package scaffold

import (
	"bytes"
	"errors"
	"fmt"
	"go/version"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// Upgrade replaces the engine of the application in the folder app by that of a newer version: a clone, in the folder newer, of the
// repository that the manifest names, and tests the packages. The newer version's own ReplaceEngine does it. Upgrade writes to out what is
// done.
func Upgrade(app, newer string, packages []string, out io.Writer) error {
	m, err := readManifest(app)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("this is not an application that scaffold new has made: it has no %s", manifestFile)
	} else if err != nil {
		return err
	}
	if err := m.checkOrigin(newer); err != nil {
		return err
	}
	absolute, err := filepath.Abs(app)
	if err != nil {
		return err
	}
	test := "--test=" + strings.Join(packages, ",")
	if run(newer, out, "go", "run", "./cmd/scaffold", "upgrade", "--application="+absolute, test, ".") != nil {
		return errors.New("the upgrade has failed") // the newer version has said why
	}
	return nil
}

// checkOrigin returns an error unless a tree is where the engine comes from.
func (m manifest) checkOrigin(tree string) error {
	mod, err := os.ReadFile(filepath.Join(tree, "go.mod"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if found := modfile.ModulePath(mod); found != m.origin {
		return fmt.Errorf("%s is not a clone of %s, where %s says that the engine comes from; its module is %q", tree, m.origin,
			manifestFile, found)
	}
	return nil
}

// ReplaceEngine replaces the engine of the application in the folder app by that of the folder newer, generates code, and tests the
// packages, such as ./... for all. It returns an error, and has changed nothing, if an engine's file was edited or is in the way, if the
// git repository of app has changes that are not committed, or if newer is older. If later steps fail, the error says how to go back.
func ReplaceEngine(app, newer string, packages []string, out io.Writer) error {
	r, err := prepare(app, newer)
	if err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	if len(r.kept) > 0 {
		fmt.Fprintf(out, "You have edited these files, and the newer version has changed them too; they stay as they are:\n  %s\n",
			strings.Join(r.kept, "\n  "))
	}
	if len(r.texts)+len(r.deleted) == 0 {
		_, err := fmt.Fprintf(out, "nothing to do: the engine is that of version %s\n", r.manifest.version)
		return err
	}
	if err := r.apply(app); err != nil {
		return r.failed(err)
	}
	for _, command := range []string{"go generate ./...", "go mod tidy", "go vet ./...", "go test " + strings.Join(packages, " ")} {
		fmt.Fprintln(out, command)
		if err := run(app, out, strings.Fields(command)...); err != nil {
			return r.failed(err)
		}
	}
	_, err = fmt.Fprintf(out, "Upgraded the engine from version %s to %s: %d files written, %d deleted. The tests pass. "+
		"Look at git diff, and commit.\n", r.from, r.manifest.version, len(r.texts), len(r.deleted))
	return err
}

// replacement is what changes in an application.
type replacement struct {
	from     string // version of the engine that is replaced
	changes  string // changelog of the new one
	manifest manifest
	texts    map[string][]byte      // files to write
	modes    map[string]fs.FileMode // of all files
	deleted  []string
	kept     []string // copies that the application has edited and the newer version has changed
	mod, sum []byte   // go.mod and go.sum
}

func (r replacement) failed(err error) error {
	return fmt.Errorf("the engine was replaced, but: %w\nChange the application; %s says what has changed since version %s. "+
		"Or go back: git reset --hard && git clean -fd", err, r.changes, r.from)
}

// prepare returns how to replace the engine. It changes nothing.
func prepare(app, newer string) (r replacement, err error) {
	old, err := readManifest(app)
	if err != nil {
		return r, err
	}
	if err := old.checkOrigin(newer); err != nil {
		return r, err
	}
	if err := checkCommitted(app); err != nil {
		return r, err
	}
	if err := old.checkEdited(app); err != nil {
		return r, err
	}
	from, err := load(newer)
	if err != nil {
		return r, fmt.Errorf("%s: %w", newer, err)
	}
	to, err := load(app)
	if err != nil {
		return r, fmt.Errorf("the newer engine rejects the contract: %w", err)
	}
	if was, is := "v"+old.version, "v"+from.Version; semver.IsValid(was) && semver.IsValid(is) && semver.Compare(is, was) < 0 {
		return r, fmt.Errorf("%s has version %s, and the engine has %s already", newer, from.Version, old.version)
	}
	if newer, err = filepath.Abs(newer); err != nil {
		return r, err
	}
	r = replacement{from: old.version, changes: filepath.Join(newer, "CHANGELOG.md"), texts: map[string][]byte{},
		modes: map[string]fs.FileMode{}}
	if err := errors.Join(r.compare(app, newer, from, to, old), r.compareCopies(app, newer, from, to, old)); err != nil {
		return r, err
	}
	return r, r.merge(app, newer)
}

// checkCommitted returns an error unless git could restore everything in a folder.
func checkCommitted(app string) error {
	command := exec.Command("git", "status", "--porcelain")
	command.Dir = app
	changes, err := command.Output()
	if err != nil {
		return fmt.Errorf("an upgrade needs a git repository, to go back: git status: %w", err)
	}
	if len(changes) > 0 {
		return fmt.Errorf("commit these changes first, or stash them, so that you can go back:\n%s", bytes.TrimRight(changes, "\n"))
	}
	return nil
}

// compare finds the files to write and to delete.
func (r *replacement) compare(app, newer string, from, to application, old manifest) error {
	sums, err := checksums(newer)
	if err != nil {
		return err
	}
	r.manifest = manifest{origin: old.origin, version: from.Version, files: sums}
	var inTheWay strings.Builder
	for _, name := range r.manifest.paths() {
		text, mode, err := read(newer, name)
		if err != nil {
			return err
		}
		if text, err = move(name, text, from, to); err != nil {
			return err
		}
		sums[name], r.modes[name] = checksum(text), mode
		there, _, err := read(app, name)
		switch {
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		case err != nil || checksum(there) != sums[name]:
			r.texts[name] = text
		}
		if err == nil && old.files[name] == "" {
			inTheWay.WriteString("\n  " + name)
		}
	}
	if inTheWay.Len() > 0 {
		return fmt.Errorf("the newer engine has files of these names, which the application already has; rename them:%s", &inTheWay)
	}
	for _, name := range old.paths() {
		if sums[name] == "" {
			r.deleted = append(r.deleted, name)
		}
	}
	return nil
}

// compareCopies finds the copies to write and to delete, and those that are kept. A copy that the application has deleted stays deleted.
func (r *replacement) compareCopies(app, newer string, from, to application, old manifest) error {
	names, err := copiesIn(newer)
	if err != nil {
		return err
	}
	r.manifest.copies = map[string]string{}
	for _, name := range names {
		text, mode, err := read(newer, name)
		if err != nil {
			return err
		}
		if text, err = rename(name, text, from, to); err != nil {
			return err
		}
		is, was := checksum(text), old.copies[name]
		there, _, err := read(app, name)
		_, folder := os.Stat(filepath.Join(app, filepath.FromSlash(path.Dir(name))))
		switch {
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		case err == nil && checksum(there) == is:
			r.manifest.copies[name] = is
		case err == nil && checksum(there) == was, err != nil && was == "" && folder == nil && len(old.copies) > 0:
			r.manifest.copies[name], r.texts[name], r.modes[name] = is, text, mode
		case was != "":
			r.manifest.copies[name] = was
			if err == nil && is != was {
				r.kept = append(r.kept, name)
			}
		}
	}
	for name, was := range old.copies {
		if slices.Contains(names, name) {
			continue
		}
		switch there, _, err := read(app, name); {
		case err == nil && checksum(there) == was:
			r.deleted = append(r.deleted, name)
		case err == nil:
			r.kept = append(r.kept, name)
		}
	}
	slices.Sort(r.kept)
	return nil
}

func read(tree, name string) ([]byte, fs.FileMode, error) {
	file := filepath.Join(tree, filepath.FromSlash(name))
	info, err := os.Stat(file)
	if err != nil {
		return nil, 0, err
	}
	text, err := os.ReadFile(file)
	return text, info.Mode().Perm(), err
}

// merge raises the requirements of the application's go.mod to those of the newer engine. go mod tidy drops what is not needed.
func (r *replacement) merge(app, newer string) error {
	var mods [2]*modfile.File
	var sums [2][]byte
	for i, tree := range []string{app, newer} {
		text, _, err := read(tree, "go.mod")
		if err != nil {
			return err
		}
		if mods[i], err = modfile.Parse(filepath.Join(tree, "go.mod"), text, nil); err != nil {
			return err
		}
		if sums[i], _, err = read(tree, "go.sum"); err != nil {
			return err
		}
	}
	own, engines := mods[0], mods[1]
	has := map[string]string{}
	for _, required := range own.Require {
		has[required.Mod.Path] = required.Mod.Version
	}
	for _, required := range engines.Require {
		if semver.Compare(has[required.Mod.Path], required.Mod.Version) < 0 {
			if err := own.AddRequire(required.Mod.Path, required.Mod.Version); err != nil {
				return err
			}
		}
	}
	for _, tool := range engines.Tool {
		if err := own.AddTool(tool.Path); err != nil {
			return err
		}
	}
	if own.Go == nil || engines.Go != nil && version.Compare("go"+own.Go.Version, "go"+engines.Go.Version) < 0 {
		if err := own.AddGoStmt(engines.Go.Version); err != nil {
			return err
		}
	}
	own.Cleanup()
	var err error
	r.mod, err = own.Format()
	r.sum = sums[0]
	for line := range bytes.Lines(sums[1]) {
		if !bytes.Contains(sums[0], line) {
			r.sum = append(r.sum, line...)
		}
	}
	return err
}

// apply writes and deletes the files.
func (r replacement) apply(app string) error {
	for name, text := range r.texts {
		if err := writeFile(filepath.Join(app, filepath.FromSlash(name)), text, r.modes[name]|0o600); err != nil {
			return err
		}
	}
	for _, name := range r.deleted {
		file := filepath.Join(app, filepath.FromSlash(name))
		if err := os.Remove(file); err != nil {
			return err
		}
		removeEmpty(filepath.Dir(file), app)
	}
	for name, text := range map[string][]byte{"go.mod": r.mod, "go.sum": r.sum, manifestFile: []byte(r.manifest.String())} {
		if err := writeFile(filepath.Join(app, filepath.FromSlash(name)), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
