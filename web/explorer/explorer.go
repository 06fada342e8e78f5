// Package explorer serves the API explorer and the start page. The explorer is Swagger UI with a plugin and a page around it.
//
// Everything is embedded and works offline. No page has an inline script or style, so every response carries a strict
// Content-Security-Policy. The scripts are ES modules, served without a build step: main.js starts the page, session.js keeps
// the user signed in, signin.js makes the sign-in form from the contract, plugin.js extends Swagger UI.
//
// The page sends requests to its own server only: to /openapi.json, with the user's token if there is one, and to the operations that
// x-token names signUp and signIn (/signup and /signin until it has the contract), /refresh, /signout and /users/me. Until it has the
// contract it shows only the sign-in form, with an e-mail address and a password; these files contain the title and the names of the
// client packages, and otherwise nothing about the API.
package explorer

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"reflect"
	"strings"

	"github.com/swaggest/swgui/v5/static"
)

// Path is the path of the explorer. The trailing slash is needed, because the page loads its files by relative URLs.
const Path = "/explorer/"

var (
	//go:embed *.css *.js *.svg
	files embed.FS
	//go:embed *.html
	html embed.FS
	// module is the path of the Go module that contains this package.
	module = strings.TrimSuffix(reflect.TypeFor[pages]().PkgPath(), "/web/explorer")
)

// contentTypes are the media types by extension. mime.TypeByExtension would depend on the machine.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// Handler returns the handler of the start page at "/", the explorer at [Path] and their files below Path. The pages show the title,
// and mention an npm package whose name is the given name followed by -client; the explorer calls operations below basePath, which is ""
// or like /api/v1. Mount the handler without stripping a prefix: it looks the
// whole path up in a table and responds with 404 to all others. Path without its slash is redirected to the explorer.
//
// Methods other than GET and HEAD get 405 with Allow. Responses are UTF-8 text with a strong ETag and
// "Cache-Control: no-cache", so browsers revalidate and mostly get 304; they are compressed if the client accepts gzip
// (RFC 9110, section 12.5.3). Range and conditional requests work as in [http.ServeContent].
//
// The handler is safe for concurrent use. Handler returns an error if an embedded file is missing or damaged.
func Handler(title, name, basePath string) (http.Handler, error) {
	templates, err := template.ParseFS(html, "*.html")
	if err != nil {
		return nil, fmt.Errorf("explorer: %w", err)
	}
	pages := pages{"/explorer": http.HandlerFunc(addSlash)}
	add := func(at, name string, body []byte, err error) error {
		if err != nil {
			return fmt.Errorf("explorer: embedded file: %w", err)
		}
		pages[at], err = newAsset(name, body, contentTypes[path.Ext(strings.TrimSuffix(name, ".gz"))])
		return err
	}
	file := func(at string, from fs.FS, name string) error {
		body, err := fs.ReadFile(from, name)
		return add(at, name, body, err)
	}
	page := func(at, file string) error {
		var body bytes.Buffer
		err := templates.ExecuteTemplate(&body, file, struct{ Title, Name, BasePath, Module string }{title, name, basePath, module})
		return add(at, file, body.Bytes(), err)
	}
	entries, err := files.ReadDir(".")
	for _, entry := range entries {
		err = errors.Join(err, file(Path+entry.Name(), files, entry.Name()))
	}
	err = errors.Join(err,
		page("/", "start.html"),
		page(Path, "index.html"),
		file(Path+"swagger-ui-bundle.js", static.FS, "swagger-ui-bundle.js.gz"),
		file(Path+"swagger-ui.css", static.FS, "swagger-ui.css.gz"),
	)
	if err != nil {
		return nil, err
	}
	return pages, nil
}

// pages maps whole, decoded paths to their handlers.
type pages map[string]http.Handler

func (p pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	page, ok := p[r.URL.Path]
	if !ok {
		http.Error(w, "There is no such page. The API explorer is at "+Path, http.StatusNotFound)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This page can only be read: use GET or HEAD", http.StatusMethodNotAllowed)
		return
	}
	page.ServeHTTP(w, r)
}

// contentSecurityPolicy allows pages to load from their own origin only, and forbids frames. data: is for the icons in
// Swagger UI's style sheet.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func secure(h http.Header) {
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
}

// addSlash does not use http.Redirect, which derives Location from the request's path.
func addSlash(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Location", "."+Path)
	w.WriteHeader(http.StatusMovedPermanently)
}
