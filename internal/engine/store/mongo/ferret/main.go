// Command ferret is the MongoDB server that the tests of internal/engine/store/mongo run against: FerretDB on SQLite, in one
// process, on the loopback interface only. It is a module of its own so that none of it becomes part of the product.
//
//	ferret -addr 127.0.0.1:0 -dir DIRECTORY
//
// It keeps its data below the directory, which must exist, writes its connection string to standard output as
// one line once it answers, and runs until it is interrupted.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "the loopback address to listen on; port 0 is any free one")
	dir := flag.String("dir", "", "the directory for the data")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *dir, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "ferret:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, addr, dir string, out io.Writer) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("the address %s is not a loopback address such as 127.0.0.1:0", addr)
	}
	if dir == "" {
		return fmt.Errorf("-dir is missing: name an existing directory")
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	socket := filepath.Join(dir, "ferret.sock")
	// Nobody keeps these data, so nothing waits for the disk.
	data := url.URL{Scheme: "file", Opaque: filepath.ToSlash(dir) + "/", RawQuery: "_pragma=synchronous(off)"}
	db, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{Unix: socket},
		Handler:   "sqlite",
		SQLiteURL: data.String(),
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	go (&turn{dir: dir, socket: socket}).serve(listener)
	fmt.Fprintf(out, "mongodb://%s/\n", listener.Addr())
	err = db.Run(ctx)
	listener.Close()
	return err
}
