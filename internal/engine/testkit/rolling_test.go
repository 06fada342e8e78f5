package testkit

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/mongo"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
)

// addedProperties are the properties of a note that only the newer contract of TestRolling has. State is required and has a default.
var addedProperties = []string{"state", "priority", "place"}

// older returns the application with a contract without addedProperties.
func older(t *testing.T) server.App {
	app := testapp.App()
	app.OpenAPI = edited(t, Contract(t, app).Document(), func(schemas, paths map[string]any) {
		for path, item := range paths {
			if strings.HasPrefix(path, "/notes") {
				inExamples(item, false)
			}
		}
		for _, schema := range []string{"Note", "NoteInput", "NotePatch", "NoteWhere"} {
			maps.DeleteFunc(at(schemas, schema, "properties"), func(name string, _ any) bool { return isAdded(name) })
		}
		note := at(schemas, "Note")
		note["required"] = slices.DeleteFunc(note["required"].([]any), func(name any) bool { return name == "state" })
		at(note, "x-collection")["indexes"] = []any{map[string]any{"fields": []string{"date_created"}}}
	})
	return app
}

// inExamples deletes addedProperties from the examples in a part of a contract.
func inExamples(part any, example bool) {
	switch v := part.(type) {
	case map[string]any:
		maps.DeleteFunc(v, func(name string, _ any) bool { return example && isAdded(name) })
		for name, member := range v {
			inExamples(member, example || name == "example" || name == "examples")
		}
	case []any:
		for _, item := range v {
			inExamples(item, example)
		}
	}
}

// newer returns the application with a contract that also has a collection that no older one has.
func newer(t *testing.T) server.App {
	app := testapp.App()
	app.OpenAPI = edited(t, Contract(t, app).Document(), func(schemas, _ map[string]any) {
		schemas["Memo"] = map[string]any{
			"type": "object", "additionalProperties": false, "required": []string{"id"}, "x-collection": map[string]any{"name": "memos"},
			"properties": map[string]any{"id": map[string]any{"type": "string"}, "text": map[string]any{"type": "string"}},
		}
	})
	return app
}

func isAdded(name string) bool {
	name, _, _ = strings.Cut(name, ".")
	return slices.Contains(addedProperties, name)
}

// rolling is a deployment in which two versions of a program serve the same store.
type rolling struct {
	t      *testing.T
	random *rand.Rand
	open   func() store.Backend
	apps   [2]server.App // the older one, then the newer one
	apis   [2]*API       // nil: not running
	notes  map[string]map[string]any
	memos  int
}

// TestRolling lets two versions of a program, one contract older than the other, serve the same store for 1,000 requests. On SQLite, which
// only one process can open, they alternate; on MongoDB both run, and are killed and started again in between. No request may be refused,
// nothing may be lost, and each response must match the contract of the program that sent it (API.Do checks that).
func TestRolling(t *testing.T) {
	t.Parallel()
	r := &rolling{t: t, random: rand.New(rand.NewPCG(1, 2)), apps: [2]server.App{older(t), newer(t)}, notes: map[string]map[string]any{}}
	uri, both := os.LookupEnv("MONGODB_TEST_URI")
	if both {
		at, err := url.Parse(uri)
		must(t, err)
		at.Path = "/api_" + strings.ReplaceAll(store.NewID(), "-", "")
		r.open = func() store.Backend {
			backend, err := mongo.Open(t.Context(), mongo.Config{URI: at.String()})
			must(t, err)
			return backend
		}
	} else {
		path := filepath.Join(t.TempDir(), "notes.db")
		r.open = func() store.Backend {
			backend, err := sqlite.Open(t.Context(), path)
			must(t, err)
			return backend
		}
	}
	for n := range 1000 {
		if n%100 == 0 {
			killed := n / 100 % 2
			if !both && r.apis[1-killed] != nil {
				r.apis[1-killed].Close() // the other program can open the file then
				r.apis[1-killed] = nil
			}
			r.start(killed)
			if both && r.apis[1-killed] == nil {
				r.start(1 - killed)
			}
		}
		r.request()
		if t.Failed() {
			t.Fatalf("at request %d", n)
		}
	}
	for version := range r.apis {
		if !both && r.apis[1-version] != nil {
			r.apis[1-version].Close()
		}
		r.start(version)
		for id := range r.notes {
			r.check(version, id)
		}
	}
	r.finds(1, `{"state":"open"}`, func(note map[string]any) bool { return note["state"] == "open" })
	if n, err := r.collection().Count(t.Context(), nil); err != nil || int(n) != r.memos || n == 0 {
		t.Errorf("%d memos, %v; want %d", n, err, r.memos)
	}
}

// start starts a version, on a store that the other one uses or has used. One that runs is abandoned, as if it had been killed.
func (r *rolling) start(version int) {
	r.t.Helper()
	r.apis[version] = NewWith(r.t, r.apps[version], Options{Server: server.Config{RateLimitsOff: true}, Backend: r.open()})
}

func (r *rolling) collection() store.Collection[map[string]any] {
	return store.CollectionOf[map[string]any](r.apis[1].Store, "Memo")
}

// do sends a request and returns the body of its response, which must be a success.
func (r *rolling) do(version int, method, target string, body any) string {
	r.t.Helper()
	a := r.apis[version]
	scopes := []string{"notes:read", "notes:write"}
	token, _, err := a.Tokens.Issue(auth.TokenRequest{Subject: "ann", Session: store.NewID(), Scopes: scopes})
	must(r.t, err)
	text := ""
	if body != nil {
		encoded, err := json.Marshal(body)
		must(r.t, err)
		text = string(encoded)
	}
	response := a.Do(method, target, token, text)
	got := Body(response)
	if response.StatusCode >= 300 {
		r.t.Errorf("version %d: %s %s %s: %s: %s", version, method, target, text, response.Status, got)
	}
	return got
}

// request sends one random request to a version that runs, and checks what is stored then.
func (r *rolling) request() {
	r.t.Helper()
	var running []int
	for version, api := range r.apis {
		if api != nil {
			running = append(running, version)
		}
	}
	version := running[r.random.IntN(len(running))]
	ids := slices.Sorted(maps.Keys(r.notes))
	choice := r.random.IntN(10)
	if len(ids) < 5 {
		choice = 0
	} else if len(ids) > 25 {
		choice = 1
	}
	id := ""
	if len(ids) > 0 {
		id = ids[r.random.IntN(len(ids))]
	}
	title := fmt.Sprint("t", r.random.IntN(8))
	switch choice {
	case 0, 2:
		body := r.body(version, "title", "text")
		var note map[string]any
		must(r.t, json.Unmarshal([]byte(r.do(version, "POST", "/notes", body)), &note))
		id, _ = note["id"].(string)
		r.notes[id] = map[string]any{"state": "open"}
		maps.Copy(r.notes[id], body)
		if version == 1 {
			r.memos++
			_, _, err := r.collection().Create(r.t.Context(), map[string]any{"text": title})
			must(r.t, err)
		}
	case 1:
		r.do(version, "DELETE", "/notes/"+id, nil)
		delete(r.notes, id)
		return
	case 3, 4:
		body := r.body(version, "title")
		r.do(version, "PATCH", "/notes/"+id, body)
		maps.Copy(r.notes[id], body)
	case 5, 6:
		body := r.body(version, "title", "text")
		r.do(version, "PUT", "/notes/"+id, body)
		kept := map[string]any{"state": "open"}
		if version == 0 {
			kept = maps.Clone(r.notes[id])
			maps.DeleteFunc(kept, func(name string, _ any) bool { return !isAdded(name) })
		}
		maps.Copy(kept, body)
		r.notes[id] = kept
	case 7:
		body := r.body(version, "text")
		r.do(version, "PATCH", `/notes?where={"title":"`+title+`"}`, body)
		for _, note := range r.notes {
			if note["title"] == title {
				maps.Copy(note, body)
			}
		}
	case 8:
		r.finds(version, `{"title":"`+title+`"}`, func(note map[string]any) bool { return note["title"] == title })
	case 9:
		if version == 1 {
			r.finds(version, `{"priority":{"gte":3}}`, func(note map[string]any) bool {
				n, _ := note["priority"].(float64)
				return n >= 3
			})
		}
	}
	r.check(running[r.random.IntN(len(running))], id)
}

// body returns a random body with the properties, and others that the version's contract has.
func (r *rolling) body(version int, required ...string) map[string]any {
	all := map[string]any{"title": fmt.Sprint("t", r.random.IntN(8)), "text": store.NewID(), "score": 0.5, "tags": []any{"a", "b"}}
	if version == 1 {
		all["state"], all["priority"] = []string{"open", "done"}[r.random.IntN(2)], float64(1+r.random.IntN(5))
		all["place"] = map[string]any{"city": store.NewID(), "country": "IT"}
	}
	maps.DeleteFunc(all, func(name string, _ any) bool { return !slices.Contains(required, name) && r.random.IntN(2) == 0 })
	return all
}

// check compares a note with what it should contain.
func (r *rolling) check(version int, id string) {
	r.t.Helper()
	var got map[string]any
	must(r.t, json.Unmarshal([]byte(r.do(version, "GET", "/notes/"+id, nil)), &got))
	want := maps.Clone(r.notes[id])
	if version == 0 {
		maps.DeleteFunc(want, func(name string, _ any) bool { return isAdded(name) })
	}
	want["id"], want["owner"], want["date_created"] = id, "ann", got["date_created"]
	if !reflect.DeepEqual(got, want) {
		r.t.Errorf("version %d returns %v, want %v", version, got, want)
	}
}

// finds compares the ids that a condition finds with those of the notes that match.
func (r *rolling) finds(version int, where string, match func(map[string]any) bool) {
	r.t.Helper()
	var found []struct{ ID string }
	filter := `{"limit":100,"where":` + where + `}`
	must(r.t, json.Unmarshal([]byte(r.do(version, "GET", "/notes?filter="+url.QueryEscape(filter), nil)), &found))
	var got, want []string
	for _, note := range found {
		got = append(got, note.ID)
	}
	for id, note := range r.notes {
		if match(note) {
			want = append(want, id)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		r.t.Errorf("version %d: %s finds %v, want %v", version, where, got, want)
	}
}
