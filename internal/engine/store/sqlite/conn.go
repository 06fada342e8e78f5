package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"modernc.org/sqlite"
	code "modernc.org/sqlite/lib"
)

// maxStatements limits the prepared statements of one connection, because clients choose the shapes of filters.
const maxStatements = 256

// conn is one connection with its prepared statements. It is used by one goroutine at a time.
type conn struct {
	raw        driver.Conn
	statements map[string]statement
	added      []addition      // in the transaction of the writer
	changed    changes         // in the transaction of the writer
	ctx        context.Context // of the current or last statement; the functions of newDriver end with it
}

// statement contains the methods of the driver's statements.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// exec runs a statement and returns the number of rows that it changed.
func (c *conn) exec(ctx context.Context, sql string, args ...any) (int64, error) {
	s, err := c.prepare(ctx, sql)
	if err != nil {
		return 0, err
	}
	c.ctx = ctx
	r, err := s.ExecContext(ctx, named(args))
	if err != nil {
		return 0, stopped(ctx, err)
	}
	return r.RowsAffected()
}

// query calls row for each row of the result. The slice is reused; its values are not.
func (c *conn) query(ctx context.Context, sql string, args []any, row func([]driver.Value) error) (err error) {
	s, err := c.prepare(ctx, sql)
	if err != nil {
		return err
	}
	c.ctx = ctx
	rows, err := s.QueryContext(ctx, named(args))
	if err != nil {
		return stopped(ctx, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values := make([]driver.Value, len(rows.Columns()))
	for {
		if err := rows.Next(values); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return stopped(ctx, err)
		}
		if err := row(values); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// stopped returns the context's error in place of SQLite's if a function ended because the context did.
func stopped(ctx context.Context, err error) error {
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code() == code.SQLITE_ERROR && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// one returns the first value of the result's only row, or nil if there is no row.
func (c *conn) one(ctx context.Context, sql string, args ...any) (value driver.Value, err error) {
	err = c.query(ctx, sql, args, func(v []driver.Value) error {
		value = v[0]
		return nil
	})
	return value, err
}

// prepare returns the statement with that text, from the cache if possible. If the cache is full, an arbitrary statement is removed.
func (c *conn) prepare(ctx context.Context, sql string) (statement, error) {
	if s, ok := c.statements[sql]; ok {
		return s, nil
	}
	prepared, err := c.raw.(driver.ConnPrepareContext).PrepareContext(ctx, sql)
	if err != nil {
		return nil, err
	}
	s, ok := prepared.(statement)
	if !ok {
		return nil, fmt.Errorf("the driver's statements are %T, without contexts", prepared)
	}
	for old, s := range c.statements {
		if len(c.statements) < maxStatements {
			break
		}
		delete(c.statements, old)
		_ = s.Close() // returns the error of the last run again
	}
	c.statements[sql] = s
	return s, nil
}

// close releases the connection; c may be nil.
func (c *conn) close() {
	if c == nil {
		return
	}
	for _, s := range c.statements {
		_ = s.Close()
	}
	_ = c.raw.Close()
}

func named(args []any) []driver.NamedValue {
	values := make([]driver.NamedValue, len(args))
	for i, a := range args {
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return values
}
