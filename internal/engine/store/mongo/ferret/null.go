package main

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver that FerretDB uses
)

// freeNulls takes null out of the unique indexes of a database, as the partial indexes that FerretDB lacks would: FerretDB
// lets many documents lack a property, but one only have it as null.
func freeNulls(dir, database string) error {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, database+".sqlite")+"?_pragma=busy_timeout(10000)&_pragma=synchronous(off)")
	if err != nil {
		return err
	}
	defer db.Close()
	indexes, err := list(db)
	if err != nil {
		return err
	}
	for name, text := range indexes {
		keys := text[strings.Index(text, "(")+1 : strings.LastIndex(text, ")")]
		first, _, _ := strings.Cut(keys, ",")
		first = strings.TrimSuffix(first, " DESC")
		if _, err := db.Exec(fmt.Sprintf("BEGIN; DROP INDEX %q; %s WHERE %s <> 'null'; COMMIT", name, text, first)); err != nil {
			return err
		}
	}
	return nil
}

// list returns the unique indexes of documents' properties that hold null, by name.
func list(db *sql.DB) (map[string]string, error) {
	rows, err := db.Query("SELECT name, sql FROM sqlite_schema WHERE type='index' AND sql LIKE 'CREATE UNIQUE INDEX%' " +
		"AND sql NOT LIKE '%) WHERE %' AND name NOT LIKE '%__id_' AND tbl_name NOT LIKE '_ferretdb_%'")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	indexes := map[string]string{}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return nil, err
		}
		indexes[name] = text
	}
	return indexes, rows.Err()
}
