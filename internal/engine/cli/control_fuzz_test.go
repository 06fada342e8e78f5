package cli

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// FuzzCommand parses any request to the control socket: it is a known command, or is rejected with a reason.
func FuzzCommand(f *testing.F) {
	c := &control{session: &session{config: &config{build: "b"}}, commands: remoteCommands}
	f.Fuzz(func(t *testing.T, name, build, body string) {
		header := http.Header{fieldCommand: {name}, fieldBuild: {build}}
		command, status, err := c.parse(header, bufio.NewReader(strings.NewReader(body)))
		if (command == nil) != (err != nil) || err != nil && (status < 400 || status > 499) {
			t.Errorf("%q: %v, %d, %v", body, command, status, err)
		}
		if _, any := command.(anyBuildCommand); command != nil && build != "b" && !any {
			t.Errorf("a command of the build %q is accepted", build)
		}
	})
}

// FuzzFrames reads any response of the control socket. It never writes more than it has read.
func FuzzFrames(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		var out bytes.Buffer
		err := readFrames(bytes.NewReader(text), output{nil, &out, io.Discard})
		if out.Len() > len(text) || err == nil && !bytes.Contains(text, []byte{frameEnd}) {
			t.Errorf("%d bytes from %d, %v", out.Len(), len(text), err)
		}
	})
}
