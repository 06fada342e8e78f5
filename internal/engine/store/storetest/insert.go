package storetest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// testInsert checks that documents are returned as they were inserted, byte for byte.
func testInsert(t *testing.T, open func(t *testing.T) store.Backend) {
	c := migrated(t, open, articles(t))
	for name, members := range map[string]string{
		"nothing":             ``,
		"members in disorder": `,"views":1,"title":"x","body":"y","category":"z"`,
		"nulls":               `,"title":null,"views":null,"rating":null,"published":null,"date":null,"tags":null,"address":null`,
		"objects":             `,"address":{"zip":"00100","city":"Rome","geo":{"lat":41.9}},"body":"{\"a\":1}"`,
		"empty values":        `,"title":"","tags":[],"scores":[],"address":{}`,
		"arrays":              `,"tags":["b","a","b",""],"scores":[3,-1,9007199254740993]`,
		"booleans":            `,"published":false`,
		"dates":               `,"date":"2021-06-01T12:00:00.001Z"`,
		"beyond 2^53":         `,"views":9007199254740993,"rating":9007199254740993`,
		"largest integer":     `,"views":9223372036854775807,"rating":9223372036854775807`,
		"smallest integer":    `,"views":-9223372036854775808,"rating":-9223372036854775808`,
		"fraction":            `,"rating":0.30000000000000004`,
		"largest number":      `,"rating":1.7976931348623157e+308`,
		"smallest number":     `,"rating":5e-324`,
		"large exponent":      `,"rating":-1e+21`,
		"small exponent":      `,"rating":1e-7`,
		"quotes":              `,"title":` + quoted(`"it's" \ / 'x' \" \\' -- ; DROP TABLE articles`),
		"operators":           `,"title":"$where","body":"{\"$gt\":\"\"}","category":"a.b.$c"`,
		"control characters":  `,"title":` + quoted("tab\tline\nreturn\rbell\x07escape\x1b"),
		"markup":              `,"title":` + quoted("<a href='x'>&amp;</a>"),
		"astral":              `,"title":` + quoted("𝒜🦊👩‍👩‍👧‍👦🏳️‍🌈"),
		"combining":           `,"title":` + quoted("e\u0301 é ñ n\u0303 Z̷̧͖a̸l̶g̵o̷"),
		"right to left":       `,"title":` + quoted("שלום \u202eabc\u202c مرحبا"),
		"noncharacters":       `,"title":` + quoted("\uFFFD \uFFFE \uFFFF \uFEFF \U0010FFFF \u2028 \u00A0"),
		"one mebibyte":        `,"body":` + quoted(strings.Repeat("0123456789abcdé\n", 1<<16)),
	} {
		t.Run(name, func(t *testing.T) {
			text := `{"id":` + quoted(name) + members + `}`
			c.insert(t, text)
			c.holds(t, name, 1, text)
			c.found(t, name, text)
		})
	}

	for name, versions := range map[string]struct{ given, stored int64 }{
		"no version": {0, 1}, "a version": {7, 7}, "a large version": {1 << 40, 1 << 40},
	} {
		t.Run(name, func(t *testing.T) {
			text := `{"id":` + quoted(name) + `}`
			if err := c.Insert(t.Context(), c.Model, store.Document{ID: name, Version: versions.given,
				JSON: json.RawMessage(text)}); err != nil {
				t.Fatal(err)
			}
			c.holds(t, name, versions.stored, text)
			d, err := c.Update(t.Context(), c.Model, name, []store.Change{set("title", `"x"`)}, store.Guard{Version: versions.stored})
			if err != nil || d.Version != versions.stored+1 {
				t.Errorf("an update made it version %d, %v", d.Version, err)
			}
		})
	}
	t.Run("duplicate id", func(t *testing.T) {
		text := `{"id":"taken","title":"first"}`
		c.insert(t, text)
		c.refuses(t, `{"id":"taken","title":"second"}`, store.Duplicate(c.Model, "id"))
		c.holds(t, "taken", 1, text)
	})
	t.Run("id in another case", func(t *testing.T) {
		c.insert(t, `{"id":"case"}`, `{"id":"CASE"}`, `{"id":"case "}`)
		c.lacks(t, "Case")
	})
}

// testUnstorable checks the limits of documents: NUL, text that is not UTF-8, and 16 MiB.
func testUnstorable(t *testing.T, open func(t *testing.T) store.Backend) {
	c := migrated(t, open, articles(t))
	kept := `{"id":"kept","title":"a\\u0000b","body":{"\\u0000":"\\\\u0000"}}` // backslashes, and no NUL
	large := `{"id":"large","body":"` + strings.Repeat("x", store.MaxDocument-1000) + `"}`
	c.insert(t, kept, large)
	c.holds(t, "large", 1, large)
	for name, tt := range map[string]struct {
		change store.Change
		kind   fault.Kind
	}{
		"a NUL":                       {set("title", `"a\u0000b"`), fault.Invalid},
		"a NUL at the start":          {set("title", `"\u0000"`), fault.Invalid},
		"a NUL behind a backslash":    {set("title", `"\\\u0000"`), fault.Invalid},
		"a NUL in a list":             {set("tags", `["a","\u0000"]`), fault.Invalid},
		"a NUL further down":          {set("body", `{"a":[{"b":"\u0000"}]}`), fault.Invalid},
		"a NUL in a name":             {set("body", `{"a\u0000b":1}`), fault.Invalid},
		"not UTF-8":                   {set("title", "\"a\xffb\""), fault.Invalid},
		"not UTF-8, half of a letter": {set("body", "[\"\xc3\"]"), fault.Invalid},
		"a surrogate":                 {set("title", "\"\xed\xa0\x80\""), fault.Invalid},
		"more than 16 MiB":            {set("body", `"`+strings.Repeat("x", store.MaxDocument)+`"`), fault.TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			d := store.Document{ID: "new", JSON: object([]store.Change{set("id", `"new"`), tt.change})}
			failed(t, "Insert", c.Insert(t.Context(), c.Model, d), tt.kind)
			_, err := c.Update(t.Context(), c.Model, "kept", []store.Change{tt.change}, store.Guard{})
			failed(t, "Update", err, tt.kind)
			_, err = c.UpdateAll(t.Context(), c.Model, nil, []store.Change{tt.change})
			failed(t, "UpdateAll", err, tt.kind)
		})
	}
	c.lacks(t, "new")
	c.holds(t, "kept", 1, kept)
	c.holds(t, "large", 1, large)
}

// testUnique checks unique indexes for inserts; testUpdate and testBulk check them for updates.
func testUnique(t *testing.T, open func(t *testing.T) store.Backend) {
	t.Run("one property", func(t *testing.T) {
		c := migrated(t, open, articles(t))
		c.insert(t, `{"id":"a","slug":"x","title":"t"}`)
		c.refuses(t, `{"id":"b","slug":"x","title":"u"}`, store.Duplicate(c.Model, "slug"))
		c.lacks(t, "b")
		c.finds(t, `{}`, "a")
		c.insert(t, `{"id":"b","slug":"X","title":"t"}`, `{"id":"c","slug":"x "}`, `{"id":"d","slug":""}`)
		c.refuses(t, `{"id":"e","slug":""}`, store.Duplicate(c.Model, "slug"))
		c.refuses(t, `{"id":"a","slug":""}`, store.Duplicate(c.Model, "id"))
	})
	t.Run("absent and null are not bound", func(t *testing.T) {
		c := migrated(t, open, articles(t))
		c.insert(t, `{"id":"a"}`, `{"id":"b"}`, `{"id":"c","slug":null}`, `{"id":"d","slug":null}`)
		c.finds(t, `{"slug":null}`, "a", "b", "c", "d")
	})
	t.Run("free again after deletion", func(t *testing.T) {
		c := migrated(t, open, articles(t))
		c.insert(t, `{"id":"a","slug":"x"}`)
		if err := c.Delete(t.Context(), c.Model, "a", store.Guard{}); err != nil {
			t.Fatal(err)
		}
		c.insert(t, `{"id":"b","slug":"x"}`, `{"id":"a","slug":"y"}`)
	})
	t.Run("two properties", func(t *testing.T) {
		m := model(t, "Seat", "seats", property("number", filter.Integer), property("row", filter.String))
		m.Indexes = []store.Index{unique(m, "row", "-number")}
		c := migrated(t, open, m)
		c.insert(t, `{"id":"a1","row":"a","number":1}`, `{"id":"a2","row":"a","number":2}`, `{"id":"b1","row":"b","number":1}`,
			`{"id":"x","number":1}`, `{"id":"y","row":null,"number":1}`)
		c.refuses(t, `{"id":"again","row":"a","number":2}`, store.Duplicate(c.Model, "row"))
		c.finds(t, `{}`, "a1", "a2", "b1", "x", "y")
	})
	t.Run("two indexes", func(t *testing.T) {
		m := articles(t)
		m.Indexes = append(m.Indexes, unique(m, "address.city"), unique(m, "views"))
		c := migrated(t, open, m)
		c.insert(t, `{"id":"a","slug":"x","views":1,"address":{"city":"Rome"}}`)
		c.refuses(t, `{"id":"b","slug":"y","views":1}`, store.Duplicate(c.Model, "views"))
		c.refuses(t, `{"id":"b","slug":"y","address":{"city":"Rome"}}`, store.Duplicate(c.Model, "address.city"))
		c.insert(t, `{"id":"b","slug":"y","views":2,"address":{"city":"rome"}}`)
	})
	t.Run("numbers equal by value", func(t *testing.T) {
		m := model(t, "Price", "prices", property("amount", filter.Number))
		m.Indexes = []store.Index{unique(m, "amount")}
		c := migrated(t, open, m)
		c.insert(t, `{"id":"a","amount":9007199254740992}`, `{"id":"b","amount":9007199254740993}`, `{"id":"c","amount":0.5}`)
		c.refuses(t, `{"id":"d","amount":5e-1}`, store.Duplicate(c.Model, "amount"))
	})
}

// testUnknown checks that unknown ids of any form return NotFound.
func testUnknown(t *testing.T, open func(t *testing.T) store.Backend) {
	c := migrated(t, open, articles(t))
	text := `{"id":"a","title":"x"}`
	c.insert(t, text)
	for _, id := range []string{"", "b", "A", "a ", "a\x00", "%", "*", "' OR '1'='1", `{"$ne":""}`, "$", "\U0010FFFF",
		strings.Repeat("a", 5000)} {
		c.lacks(t, id)
		_, err := c.Update(t.Context(), c.Model, id, []store.Change{set("title", `"y"`)}, store.Guard{Version: 1})
		refused(t, err, store.NotFound(c.Model, id))
		refused(t, c.Delete(t.Context(), c.Model, id, store.Guard{Version: 1}), store.NotFound(c.Model, id))
	}
	c.holds(t, "a", 1, text)
}

// found checks that Find returns the same document as Get.
func (c collection) found(t *testing.T, id, text string) {
	t.Helper()
	n := 0
	q := &filter.Query{Where: c.where(t, `{"id":`+quoted(id)+`}`), Limit: 2}
	err := c.Find(t.Context(), c.Model, q, func(d store.Document) error {
		n++
		same(t, "Find", d, store.Document{ID: id, Version: 1, JSON: json.RawMessage(text)})
		return nil
	})
	if n != 1 || err != nil {
		t.Errorf("Find by the id %q: %d documents, %v", id, n, err)
	}
}

// quoted returns s as JSON text.
func quoted(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // Marshal never fails for a string
	}
	return string(text)
}
