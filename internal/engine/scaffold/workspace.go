package scaffold

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/generate"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

const contractFile = "openapi.yaml"

// workspace is the source of an application, with changes that are not yet written.
type workspace struct {
	root     string
	module   string
	contract *contract         // without what go generate adds
	original []byte            // the text of openapi.yaml
	changes  map[string][]byte // by path from the root, with slashes; nil: the file is removed
	vet      []string          // packages that may not compile after the change
	between  func() error      // called after go generate; it may change files that are in changes; nil: nothing
}

func open(root string) (*workspace, error) {
	t := &workspace{root: root, changes: map[string][]byte{}}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, fmt.Errorf("run this in the root of the application: %w", err)
	}
	name := modulePattern.FindSubmatch(mod)
	if name == nil {
		return nil, errors.New("go.mod has no module line")
	}
	t.module = string(name[1])
	if t.original, err = os.ReadFile(filepath.Join(root, contractFile)); err != nil {
		return nil, err
	}
	if generate.IsBundled(t.original) {
		return nil, fmt.Errorf("%s is made from the files in the folder contract; edit these", contractFile)
	}
	stripped, err := generate.Strip(t.original)
	if err != nil {
		return nil, err
	}
	if t.contract, err = parseContract(stripped); err != nil {
		return nil, err
	}
	t.contract.number(t.original)
	return t, nil
}

var modulePattern = regexp.MustCompile(`(?m)^module\s+"?([^\s"]+)`)

// write adds a file to the changes.
func (t *workspace) write(name string, text []byte) { t.changes[name] = text }

// remove adds the removal of a file to the changes.
func (t *workspace) remove(name string) { t.changes[name] = nil }

// apply completes and checks the contract, writes all changes and generates the code. If that fails, it restores all files.
func (t *workspace) apply() error {
	if err := t.complete(); err != nil {
		return err
	}
	before, err := t.snapshot()
	if err != nil {
		return err
	}
	if err := t.writeAll(); err != nil {
		return errors.Join(err, t.restore(before))
	}
	if err := t.generate(); err != nil {
		if oops := t.restore(before); oops != nil {
			return errors.Join(err, fmt.Errorf("not all files could be restored: %w", oops))
		}
		return fmt.Errorf("nothing was changed: %w", err)
	}
	return nil
}

// complete completes and checks the contract, and adds it to the changes.
func (t *workspace) complete() error {
	completed, err := generate.Complete(t.contract.text())
	if err != nil {
		return err
	}
	t.write(contractFile, completed)
	_, err = spec.Load(completed)
	return err
}

func (t *workspace) writeAll() error {
	for name, text := range t.changes {
		file := filepath.Join(t.root, filepath.FromSlash(name))
		if text == nil {
			if err := os.Remove(file); err != nil {
				return err
			}
			removeEmpty(filepath.Dir(file), t.root)
			continue
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// removeEmpty removes a folder and those above it as long as they are empty.
func removeEmpty(folder, root string) {
	for folder != root && os.Remove(folder) == nil {
		folder = filepath.Dir(folder)
	}
}

// generated are the places of generated files.
var generated = []string{"gen", "client/operations.gen.go"}

// snapshot returns the files that apply may change; nil stands for a file that does not exist.
func (t *workspace) snapshot() (map[string][]byte, error) {
	before := map[string][]byte{}
	read := func(name string) error {
		text, err := os.ReadFile(filepath.Join(t.root, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		before[name] = text
		return err
	}
	for name := range t.changes {
		if err := read(name); err != nil {
			return nil, err
		}
	}
	for _, place := range generated {
		err := fs.WalkDir(os.DirFS(t.root), place, func(name string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || entry.IsDir() {
				return err
			}
			return read(name)
		})
		if err != nil {
			return nil, err
		}
	}
	return before, nil
}

// restore writes the files of a snapshot.
func (t *workspace) restore(before map[string][]byte) (err error) {
	for name, text := range before {
		file := filepath.Join(t.root, filepath.FromSlash(name))
		if text == nil {
			if oops := os.Remove(file); !errors.Is(oops, fs.ErrNotExist) {
				err = errors.Join(err, oops)
			}
			removeEmpty(filepath.Dir(file), t.root)
			continue
		}
		err = errors.Join(err, os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, text, 0o644))
	}
	return err
}

// ownModule is the path of the module that this program is part of, whose packages generated code imports.
var ownModule = strings.TrimSuffix(reflect.TypeFor[workspace]().PkgPath(), "/internal/engine/scaffold")

// generate generates code, as go generate does, and runs go vet on the packages that may no longer compile, with their tests.
func (t *workspace) generate() error {
	if t.module != ownModule {
		if text, err := t.run("go", "generate", "."); err != nil {
			return fmt.Errorf("go generate: %w\n%s", err, text)
		}
	} else if err := generate.Run(t.root, io.Discard); err != nil {
		return err
	}
	if t.between != nil {
		if err := t.between(); err != nil {
			return err
		}
	}
	if text, err := t.run("go", append([]string{"vet"}, t.vet...)...); err != nil {
		return fmt.Errorf("other code does not compile afterwards; change it first:\n%s", text)
	}
	return nil
}

// run runs a program in the root and returns its output.
func (t *workspace) run(program string, arguments ...string) (string, error) {
	command := exec.Command(program, arguments...)
	command.Dir = t.root
	var text bytes.Buffer
	command.Stdout, command.Stderr = &text, &text
	err := command.Run()
	return text.String(), err
}

// files returns the files in a folder and its subfolders, as paths from the root.
func (t *workspace) files(folder string) (names []string, err error) {
	err = fs.WalkDir(os.DirFS(t.root), folder, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, name)
		}
		return err
	})
	slices.Sort(names)
	return names, err
}
