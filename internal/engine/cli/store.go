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

// scheme is the prefix of the name of a SQLite store.
const scheme = "sqlite:"

// adminTimeout limits a method of a MongoDB store where no request waits for it.
const adminTimeout = time.Hour

// store returns the name of the store that the flags select.
func (c *config) store() string {
	switch {
	case c.Store != "":
		return c.Store
	case c.Data == memory:
		return scheme + memory
	}
	return scheme + c.database()
}

// database returns the path of the SQLite file in the data directory. It is named after the contract's title. If that file is missing and
// there is exactly one other database, created under an earlier title, it is that one.
func (c *config) database() string {
	own := filepath.Join(c.Data, c.name+".db")
	if found, err := filepath.Glob(filepath.Join(c.Data, "*.db")); err == nil && len(found) == 1 && missing(own) {
		return found[0]
	}
	return own
}

// open opens the store with that name, which is the value of flag, and returns a description of its location. A name can contain a
// password, so neither an error nor the description contains it. A timeout of 0 is that of requests.
func (c *config) open(ctx context.Context, flag, name string, timeout time.Duration) (_ store.Backend, place string, err error) {
	if err := checkStore(flag, name); err != nil {
		return nil, "", err
	}
	if path, file := strings.CutPrefix(name, scheme); file {
		db, err := sqlite.Open(ctx, path)
		if err != nil {
			return nil, "", err
		}
		return db, path, nil
	}
	db, err := mongo.Open(ctx, mongo.Config{URI: name, Name: c.name, Wait: c.StoreConnectTimeout, Timeout: timeout})
	if err != nil {
		return nil, "", err
	}
	return db, db.String(), nil
}

// checkStore returns an error if no store has a name of that form. name is the value of flag.
func checkStore(flag, name string) error {
	path, file := strings.CutPrefix(name, scheme)
	if file && path != "" && !strings.HasPrefix(path, "//") {
		return nil
	}
	if strings.HasPrefix(name, "mongodb://") || strings.HasPrefix(name, "mongodb+srv://") {
		return nil
	}
	return fmt.Errorf("%s is not a store: want sqlite:PATH, mongodb://user:password@host:port/database or mongodb+srv://…", flag)
}
