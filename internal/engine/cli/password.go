package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// password reads a new password: twice, without echo, from a terminal, or else from the first line of the input.
func (o output) password(ctx context.Context) (string, error) {
	var read func() (string, error)
	if f, ok := o.in.(*os.File); ok && terminal(f) {
		read = func() (string, error) { return o.typed(ctx, int(f.Fd())) }
	} else {
		o.in = untilDone(ctx, o.in)
		read = o.firstLine
	}
	password, err := read()
	if err == nil && !utf8.ValidString(password) {
		return "", errors.New("the password is not valid UTF-8; nothing was changed")
	}
	return password, err
}

// untilDone returns a reader of r that fails at the end of ctx, so that an interrupt ends a command that waits for its input.
func untilDone(ctx context.Context, r io.Reader) io.Reader {
	reader, writer := io.Pipe()
	context.AfterFunc(ctx, func() { writer.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.Copy(writer, r)
		writer.CloseWithError(err)
	}()
	return reader
}

func (o output) firstLine() (string, error) {
	line, err := bufio.NewReader(io.LimitReader(o.in, 4096)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("cannot read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func (o output) typed(ctx context.Context, terminal int) (string, error) {
	var typed [2]string
	for i, prompt := range []string{"Password: ", "Again: "} {
		fmt.Fprint(o.log, prompt)
		text, err := readHidden(ctx, terminal)
		fmt.Fprintln(o.log)
		if err != nil {
			return "", fmt.Errorf("cannot read the password: %w", err)
		}
		typed[i] = text
	}
	if typed[0] != typed[1] {
		return "", errors.New("the passwords do not match; nothing was changed")
	}
	return typed[0], nil
}

// readHidden reads a line from a terminal without echo. It stops when ctx ends, and restores the terminal.
func readHidden(ctx context.Context, terminal int) (string, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return "", err
	}
	var text []byte
	read := make(chan error, 1)
	go func() {
		var err error
		text, err = term.ReadPassword(terminal)
		read <- err
	}()
	select {
	case err := <-read:
		return string(text), err
	case <-ctx.Done():
		return "", errors.Join(errors.New("interrupted"), term.Restore(terminal, before))
	}
}
