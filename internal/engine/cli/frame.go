package cli

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// A response of the control socket is a sequence of frames: one byte for the kind, four for the length, and the content.
const (
	frameOut = 'o' // output of the command
	frameLog = 'l' // its log
	frameEnd = 'e' // the last one: the error of the command, empty for success
)

// maxFrame is the maximum length of a frame's content.
const maxFrame = 1 << 20

// frameWriter writes frames. It is safe for concurrent use.
type frameWriter struct {
	mu    sync.Mutex
	to    io.Writer
	flush func() error
}

func (f *frameWriter) write(kind byte, content []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		part := content[:min(len(content), maxFrame)]
		content = content[len(part):]
		head := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(part)))
		if _, err := f.to.Write(append(head, part...)); err != nil {
			return err
		}
		if len(content) == 0 {
			return f.flush()
		}
	}
}

// frameStream is a stream of frames of one kind.
type frameStream struct {
	frames   *frameWriter
	kind     byte
	terminal bool // whether the other end shows it on a terminal
}

// Write implements io.Writer.
func (s frameStream) Write(p []byte) (int, error) {
	if err := s.frames.write(s.kind, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// readFrames copies the frames to the output until the last one, and returns the error of the command.
func readFrames(r io.Reader, o output) error {
	head, content := make([]byte, 5), []byte(nil)
	for {
		if _, err := io.ReadFull(r, head); err != nil {
			return errors.New("the server ended before the command did; the server's log may contain the cause")
		}
		n := binary.BigEndian.Uint32(head[1:])
		if n > maxFrame {
			return errors.New("the server sent an invalid response")
		}
		if cap(content) < int(n) {
			content = make([]byte, n)
		}
		content = content[:n]
		if _, err := io.ReadFull(r, content); err != nil {
			return fmt.Errorf("the connection to the server broke: %w", err)
		}
		var err error
		switch head[0] {
		case frameOut:
			_, err = o.out.Write(content)
		case frameLog:
			_, err = o.log.Write(content)
		case frameEnd:
			if n > 0 {
				return errors.New(string(content))
			}
			return nil
		default:
			err = errors.New("the server sent an invalid response")
		}
		if err != nil {
			return err
		}
	}
}
