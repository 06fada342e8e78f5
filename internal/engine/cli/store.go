package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/mongo"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
)

// scheme begins the name of a store in a SQLite file.
const scheme = "sqlite:"

// adminTimeout is for how long a method of a MongoDB store may take where nobody waits for a request's answer.
const adminTimeout = time.Hour

// store is the name of the store that the flags ask for.
func (c *config) store() string {
	switch {
	case c.Store != "":
		return c.Store
	case c.Data == memory:
		return scheme + memory
	}
	return scheme + c.database()
}

// database returns the SQLite file in the data directory. It is named after the contract's title; where that file is missing and there
// is one other, which the title of before gave its name, it is that one.
func (c *config) database() string {
	own := filepath.Join(c.Data, c.name+".db")
	if found, err := filepath.Glob(filepath.Join(c.Data, "*.db")); err == nil && len(found) == 1 && missing(own) {
		return found[0]
	}
	return own
}

// open opens the store with that name, which came from flag, and says where it is. A name can hold
// a password, and so is in no error and not in the place. A timeout of 0 is that of requests.
func (c *config) open(ctx context.Context, flag, name string, timeout time.Duration) (_ store.Backend, place string, err error) {
	path, file := strings.CutPrefix(name, scheme)
	switch {
	case file && path != "" && !strings.HasPrefix(path, "//"):
		db, err := sqlite.Open(ctx, path)
		if err != nil {
			return nil, "", err
		}
		return db, path, nil
	case strings.HasPrefix(name, "mongodb://"), strings.HasPrefix(name, "mongodb+srv://"):
		db, err := mongo.Open(ctx, mongo.Config{URI: name, Name: c.name, Wait: c.StoreWait, Timeout: timeout})
		if err != nil {
			return nil, "", err
		}
		return db, db.String(), nil
	}
	return nil, "", fmt.Errorf("%s names no store: expected sqlite:PATH, mongodb://user:password@host:port/database or mongodb+srv://…", flag)
}
