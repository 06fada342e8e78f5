package sqlite

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// TestRowsOfOtherPrograms checks that rows that another program wrote are not in lists, and that errors name them.
func TestRowsOfOtherPrograms(t *testing.T) {
	t.Parallel()
	m := model(t, "things", "id string", "title string", "views integer")
	db := open(t, Memory, m)
	if err := db.Insert(t.Context(), m, store.Document{ID: "good", JSON: json.RawMessage(`{"id":"good","title":"t"}`)}); err != nil {
		t.Fatal(err)
	}
	c := <-db.writers
	for id, row := range map[string]string{
		"broken": `1, NULL, NULL, '{'`, "text": `1, NULL, NULL, 'text'`, "list": `1, NULL, NULL, '[]'`, "null": `1, NULL, NULL, 'null'`,
		"nothing": `1, NULL, NULL, ''`,
		"version": `0, 't', 1, '{"id":"version","title":"t"}'`, "negative": `-7, 't', 1, '{"id":"negative","title":"t"}'`,
		"type":   `1, 't', 1, '{"id":"type","title":"t","views":"many"}'`,
		"latin1": `1, 't', 1, CAST(x'7b226964223a226c6174696e31222c227469746c65223a22e9227d' AS TEXT)`,
	} {
		if _, err := c.exec(t.Context(), fmt.Sprintf("INSERT INTO things VALUES ('%s', %s)", id, row)); err != nil {
			t.Fatal(id, err)
		}
	}
	db.writers <- c
	s := store.New(db, []*store.Model{m})
	things := store.CollectionOf[struct {
		Title string
		Views int
	}](s, m.Schema.Name())
	found, err := things.Find(t.Context(), nil)
	var text strings.Builder
	if _, failed := found.WriteTo(&text); err != nil || failed != nil || text.String() != `[{"id":"good","title":"t"}]` {
		t.Errorf("%s, %v, %v", &text, err, failed)
	}
	for _, id := range []string{"broken", "text", "list", "null", "nothing", "version", "negative", "type", "latin1"} {
		if _, _, err := things.Read(t.Context(), id, nil); err == nil || !strings.Contains(err.Error(), id) {
			t.Errorf("%s: %v; want an error that names it", id, err)
		}
		if err := things.Delete(t.Context(), id, store.Any); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}
