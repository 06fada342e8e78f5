package auth

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// watchInterval is the interval between checks of the key file, and the minimum interval between attempts to read an invalid one.
const watchInterval = time.Second

// Watch checks the key file every second until ctx ends, and reads it if it has changed. It calls report with nil when the set has
// changed (by Watch, Reload, Rotate, or a token that names a new key), and once with an error when the file is unreadable or invalid;
// the previous set then stays in use. Without a file, Watch returns immediately.
func (k *Keys) Watch(ctx context.Context, report func(error)) {
	if k.path == "" {
		return
	}
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	set, failure := k.set.Load(), error(nil)
	look := func() {
		defer func() { _ = recover() }() // a report that panics ends neither the watch nor the server
		err, before := k.refresh(), failure
		failure = err
		if now := k.set.Load(); now != set {
			set = now
			report(nil)
		}
		if err != nil && (before == nil || err.Error() != before.Error()) {
			report(err)
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			look()
		}
	}
}

// Reload reads the file even if it seems unchanged. After an error the previous set stays in use. Without a file it does nothing.
func (k *Keys) Reload() error {
	if k.path == "" {
		return nil
	}
	k.lock.Lock()
	defer k.lock.Unlock()
	k.load()
	return k.err
}

// refresh reads the file if its info has changed, or if the last attempt failed at least a second ago, and returns the error. Invalid
// tokens cannot cause reads, and changes within one second are still noticed.
func (k *Keys) refresh() error {
	if k.path == "" {
		return nil
	}
	k.lock.Lock()
	defer k.lock.Unlock()
	info, err := os.Stat(k.path)
	changed := err == nil && (k.seen == nil || !looksSame(info, k.seen))
	if changed || (err != nil || k.err != nil) && time.Since(k.read) >= watchInterval {
		k.load()
	}
	return k.err
}

// load replaces the set if the file contains a different one.
func (k *Keys) load() {
	// A panic of a parser must not end a goroutine of the server. Its value may quote the file.
	defer func() {
		if recover() != nil {
			k.err = fmt.Errorf("signing key %s: unexpected failure of the parser", k.path)
		}
	}()
	k.read = time.Now()
	var text []byte
	var keys []*Key
	if text, k.seen, k.err = readKeyFile(k.path); k.err != nil {
		return
	}
	if keys, k.err = parseKeyFile(k.path, text); k.err != nil {
		return
	}
	if !sameKeys(keys, *k.set.Load()) {
		k.set.Store(&keys)
	}
}

func sameKeys(some, others []*Key) bool {
	return slices.EqualFunc(some, others, func(a, b *Key) bool { return a.id == b.id && a.retired.Equal(b.retired) })
}

// looksSame compares the infos of a file.
func looksSame(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && a.Mode() == b.Mode()
}
