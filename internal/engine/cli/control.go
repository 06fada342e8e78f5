package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/admin"
)

// The header fields of a request to the control socket.
const (
	fieldCommand  = "Command"  // the name of the command's type
	fieldBuild    = "Build"    // of the client's program and contract
	fieldStore    = "Store"    // the identity of the store that the client's flags name; empty: that of the server
	fieldTerminal = "Terminal" // yes if the client's log is a terminal
)

const (
	commandPath  = "/command"
	maxArguments = 1 << 20 // bytes; also of the input of a command that does not read it as a stream
	// endTimeout is the time that commands have to end with the server. Then their connections are closed, so a client that reads nothing
	// cannot hold up the server.
	endTimeout = 2 * time.Second
)

// remoteCommands are the commands that a running server executes.
var remoteCommands = []storeCommand{
	createUser{}, listUsers{}, grantRoles{}, disableUser{}, userPassword{}, keyList{}, keyCreate{}, keyRotate{}, auditCommand{},
	backupCommand{}, compactCommand{}, snapshotCommand{}, migrate{}, exportCommand{}, importCommand{},
}

// controlSocket returns the path of the socket on which a server with this data directory executes commands; empty without such a
// directory.
func (c *config) controlSocket() string {
	if c.Data == memory {
		return ""
	}
	return filepath.Join(c.Data, "control.sock")
}

// serveCommands executes commands of the command line on the store of a server, until ctx ends or the returned function is called. The
// socket also serves the other routes, of the admin listener. The function returns when no command uses the store any more, or after
// endTimeout. If the socket cannot be created, serveCommands logs it.
func serveCommands(ctx context.Context, s *session, routes http.Handler, log *slog.Logger, commands ...storeCommand) (stop func()) {
	path := s.config.controlSocket()
	if path == "" {
		return func() {}
	}
	listener, err := listenControl(path)
	if err != nil {
		log.Warn("commands cannot use this server's store", "error", err)
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	c := &control{session: s, log: log, commands: commands}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+commandPath, c.execute)
	mux.Handle("/", routes)
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	go func() { _ = server.Serve(listener) }()
	return func() {
		listener.remove()
		cancel()
		limit, release := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
		defer release()
		_ = server.Shutdown(limit)
		_ = server.Close()
	}
}

// control executes commands in the server.
type control struct {
	session  *session
	log      *slog.Logger
	commands []storeCommand // that can be executed
}

// execute reads a command and its input from the request, and writes its output and its error as frames.
func (c *control) execute(w http.ResponseWriter, r *http.Request) {
	body := bufio.NewReader(r.Body)
	command, status, err := c.parse(r.Header, body)
	if err != nil {
		http.Error(w, err.Error(), status)
		return
	}
	stream := http.NewResponseController(w)
	if err := errors.Join(stream.EnableFullDuplex(), stream.Flush()); err != nil {
		c.log.Error("cannot execute a command", "error", err)
		return
	}
	frames := &frameWriter{to: w, flush: stream.Flush}
	isTerminal := r.Header.Get(fieldTerminal) != ""
	o := output{in: body, out: frameStream{frames, frameOut, false}, log: frameStream{frames, frameLog, isTerminal}}
	if _, reads := command.(inputCommand); !reads {
		input, err := io.ReadAll(io.LimitReader(body, maxArguments+1)) // to the end, so that net/http notices when the client disconnects
		if err != nil {
			return
		}
		if len(input) > maxArguments {
			_ = frames.write(frameEnd, []byte("the input is too long"))
			return
		}
		o.in = bytes.NewReader(input)
	}
	start := time.Now()
	err = c.run(r.Context(), command, o)
	name := reflect.TypeOf(command).Name()
	c.log.Info("command", "command", cmp.Or(c.session.words[name], name), "ok", err == nil, "duration_ms", time.Since(start).Milliseconds())
	var text string
	if err != nil {
		text = strings.Replace(err.Error(), context.Canceled.Error(), "the server is shutting down", 1) // or nobody reads it
	}
	_ = frames.write(frameEnd, []byte(text)) // the client may have disconnected
}

// run executes a command. A panic of the command is its error.
func (c *control) run(ctx context.Context, command storeCommand, o output) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("a command panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = errors.New("the command failed; the server's log contains the cause")
		}
	}()
	return command.execute(ctx, c.session, o)
}

// parse returns the command of a request, or the status of a request that is refused and the reason. It reads the arguments, which are the
// first line of the body.
func (c *control) parse(header http.Header, body *bufio.Reader) (storeCommand, int, error) {
	name := header.Get(fieldCommand)
	at := slices.IndexFunc(c.commands, func(known storeCommand) bool { return reflect.TypeOf(known).Name() == name })
	anyBuild := false
	if at >= 0 {
		_, anyBuild = c.commands[at].(anyBuildCommand)
	}
	if got := header.Get(fieldBuild); got != c.session.config.build && !anyBuild {
		return nil, http.StatusConflict, fmt.Errorf("the server that uses this store runs another version: %s; this program is %s. "+
			"Use the server's program, or restart the server with this one", c.session.config.build, got)
	}
	if id := header.Get(fieldStore); id != "" && id != storeID(c.session.config.store()) {
		return nil, http.StatusMisdirectedRequest, errors.New("the server uses another store")
	}
	if at < 0 {
		return nil, http.StatusNotFound, errors.New("the server does not know this command")
	}
	value := reflect.New(reflect.TypeOf(c.commands[at]))
	value.Elem().Set(reflect.ValueOf(c.commands[at]))
	if err := readArguments(body, value.Interface()); err != nil {
		return nil, http.StatusBadRequest, err
	}
	return value.Elem().Interface().(storeCommand), 0, nil
}

// readArguments decodes the first line of a request.
func readArguments(body *bufio.Reader, value any) error {
	var line []byte
	for {
		part, err := body.ReadSlice('\n')
		line = append(line, part...)
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) || len(line) > maxArguments {
			return errors.New("the arguments are incomplete or too long")
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(value); err != nil {
		return errors.New("the arguments are invalid")
	}
	return nil
}

// controlListener is the listener of the control socket. It accepts connections of this user and of root.
type controlListener struct {
	*net.UnixListener
	path  string
	about fs.FileInfo
}

// listenControl listens on a socket that only the owner of this process can use. It replaces a socket on which nobody listens.
func listenControl(path string) (*controlListener, error) {
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case info.Mode()&fs.ModeSocket == 0:
		return nil, fmt.Errorf("%s exists and is not a socket", path)
	default:
		if c, err := dialControl(context.Background(), path); err == nil {
			return nil, errors.Join(fmt.Errorf("another server listens on %s", path), c.Close())
		}
	}
	// It gets its name when its permissions are right.
	directory, err := os.MkdirTemp(filepath.Dir(path), ".control-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(directory)
	l, unnamed := &controlListener{path: path}, filepath.Join(directory, "s")
	err = withShortPath(unnamed, func(short string) (err error) {
		l.UnixListener, err = net.ListenUnix("unix", &net.UnixAddr{Name: short, Net: "unix"})
		return err
	})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err = os.Chmod(unnamed, 0o600); err == nil {
		l.about, err = os.Lstat(unnamed)
	}
	if err == nil {
		err = os.Rename(unnamed, path)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Accept implements net.Listener.
func (l *controlListener) Accept() (net.Conn, error) {
	for {
		c, err := l.AcceptUnix()
		if err != nil || mayControl(c) {
			return c, err
		}
		_ = c.Close()
	}
}

// remove removes the socket, unless another server has replaced it, and stops listening.
func (l *controlListener) remove() {
	if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.about) {
		_ = os.Remove(l.path)
	}
	_ = l.Close()
}

func dialControl(ctx context.Context, path string) (c net.Conn, err error) {
	err = withShortPath(path, func(short string) error {
		c, err = new(net.Dialer).DialContext(ctx, "unix", short)
		return err
	})
	return c, err
}

// maxSocketPath is the maximum length of a socket's path on all platforms; it is 103 bytes on macOS and 107 on Linux.
const maxSocketPath = 103

// withShortPath calls use with a path of the socket that no platform rejects because of its length.
func withShortPath(path string, use func(string) error) error {
	if len(path) <= maxSocketPath {
		return use(path)
	}
	directory, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return err
	}
	links, err := os.MkdirTemp("", "control-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(links)
	link := filepath.Join(links, "d")
	if err := os.Symlink(directory, link); err != nil {
		return err
	}
	return use(filepath.Join(link, filepath.Base(path)))
}

// routes returns the routes of the admin listener. Without --admin nothing is measured, and there are no metrics.
func (o *observation) routes(c admin.Config) http.Handler {
	c.Metrics = http.NotFoundHandler()
	if o.metrics != nil {
		c.Metrics = o.metrics
	}
	return admin.New(c)
}
