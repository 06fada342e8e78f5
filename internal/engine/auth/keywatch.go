package auth

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// watchInterval is between two looks at the file of keys, and the least between two attempts to read one that cannot be read.
const watchInterval = time.Second

// Watch looks at the file every second until ctx ends, and reads it when it has changed. It calls report with nil when the
// set has changed, by Watch, Reload, Rotate or because a token has named a new key, and once with what is wrong
// when the file cannot be read or is no set of keys; the old set then goes on working. Without a file, Watch returns at once.
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

// Reload reads the file even when it looks as before. On an error the old set goes on working. Without a file it does nothing.
func (k *Keys) Reload() error {
	if k.path == "" {
		return nil
	}
	k.lock.Lock()
	defer k.lock.Unlock()
	k.load()
	return k.err
}

// refresh reads the file when it looks other than it did, or when that has failed a second ago or longer, and returns what is
// wrong with the file. Junk cannot make it read, and what is written to the file within a second is still seen at once.
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

// load replaces the set when the file has another one.
func (k *Keys) load() {
	// A defect in a parser must not end a goroutine of the server. What it panics with may quote the file.
	defer func() {
		if recover() != nil {
			k.err = fmt.Errorf("signing key %s: reading it has failed in an unexpected way", k.path)
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

// looksSame compares what a file looks like from the outside.
func looksSame(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && a.Mode() == b.Mode()
}
