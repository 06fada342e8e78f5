// Package explorer serves the API explorer: Swagger UI with a page of our own around it, and the start page.
//
// Everything is embedded and works offline. No page has an inline script or style, which is what allows the strict
// Content-Security-Policy that every answer carries. The files are plain ES modules, served as they are: main.js puts them
// together, session.js keeps the caller signed in, plugin.js is what is ours inside Swagger UI.
//
// The page asks its own origin only: for /openapi.json, with the caller's token when there is one, and for /signup, /signin,
// /refresh, /signout and /users/me. Until it gets the contract it shows the sign-in form alone; nothing in these files tells
// what else the API has.
package explorer

import (
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/swaggest/swgui/v5/static"
)

// Path is where the explorer is; its page needs the trailing slash, because it asks for its files relative to it.
const Path = "/explorer/"

var (
	//go:embed *.css *.js *.svg
	files embed.FS
	//go:embed *.html
	html embed.FS
)

// contentTypes are those of all that is served; mime.TypeByExtension depends on the machine.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// Handler serves the start page at "/", the explorer at [Path] and the files that both need below Path. Mount it without
// stripping a prefix: it compares the whole path with a table that is made here, once, and answers 404 to all others, so
// there is nothing to traverse. Path without its slash is redirected to the explorer, by a constant.
//
// Methods other than GET and HEAD get 405 with Allow. Answers are text in UTF-8 with a strong ETag and
// "Cache-Control: no-cache", so a browser asks again and mostly gets 304; they are compressed for whoever accepts gzip
// (RFC 9110, section 12.5.3). Range and conditional requests work as in [http.ServeContent].
//
// The handler is safe for concurrent use. An error means that an embedded file is missing or damaged.
func Handler() (http.Handler, error) {
	pages := pages{"/explorer": http.HandlerFunc(addSlash)}
	add := func(at string, from fs.FS, name string) error {
		asset, err := newAsset(from, name, contentTypes[path.Ext(strings.TrimSuffix(name, ".gz"))])
		pages[at] = asset
		return err
	}
	entries, err := files.ReadDir(".")
	for _, entry := range entries {
		err = errors.Join(err, add(Path+entry.Name(), files, entry.Name()))
	}
	err = errors.Join(err,
		add("/", html, "start.html"),
		add(Path, html, "index.html"),
		add(Path+"swagger-ui-bundle.js", static.FS, "swagger-ui-bundle.js.gz"),
		add(Path+"swagger-ui.css", static.FS, "swagger-ui.css.gz"),
	)
	if err != nil {
		return nil, err
	}
	return pages, nil
}

// pages maps whole, decoded paths to what answers there.
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

// contentSecurityPolicy lets pages load from their own origin only, and nobody frame them. data: is for the icons in
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

// addSlash does without http.Redirect, which makes Location from the request's path.
func addSlash(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Location", "."+Path)
	w.WriteHeader(http.StatusMovedPermanently)
}
