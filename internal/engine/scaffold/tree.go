package scaffold

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// transfer copies a file from one tree to another, and changes its text.
func transfer(from, to, name string, change func([]byte) ([]byte, error)) error {
	source := filepath.Join(from, filepath.FromSlash(name))
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	if text, err = change(text); err != nil {
		return err
	}
	return writeFile(filepath.Join(to, filepath.FromSlash(name)), text, info.Mode().Perm()|0o600)
}

func writeFile(name string, text []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, text, mode)
}

// run runs a command in a folder, with its output.
func run(folder string, out io.Writer, command ...string) error {
	c := exec.Command(command[0], command[1:]...)
	c.Dir, c.Stdout, c.Stderr = folder, out, out
	c.Env = append(os.Environ(), "GOWORK=off")
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(command, " "), err)
	}
	return nil
}

// initialize makes a git repository of a folder, with one commit. Without git it says so.
func initialize(folder string, out io.Writer) error {
	if _, err := exec.LookPath("git"); err != nil {
		_, err = fmt.Fprintln(out, "git is missing: the application is not in a repository. An upgrade needs one.")
		return err
	}
	commit := []string{"git", "commit", "--quiet", "--message=Create the application"}
	if exec.Command("git", "-C", folder, "config", "user.email").Run() != nil {
		commit = slices.Insert(commit, 1, "-c", "user.name=scaffold", "-c", "user.email=scaffold@localhost")
	}
	for _, command := range [][]string{{"git", "init", "--quiet"}, {"git", "add", "--all"}, commit} {
		if err := run(folder, out, command...); err != nil {
			return err
		}
	}
	return nil
}
