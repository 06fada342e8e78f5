package testapp

import (
	"io"
	"mime"
	"net/http"
	"path"
)

var pages = map[string]string{
	"/":                   "<!doctype html><title>Start</title>\n",
	"/explorer/":          "<!doctype html><title>Explorer</title>\n",
	"/explorer/style.css": "body { margin: 0 }\n",
}

// explorer serves the pages.
func explorer(_, _, _ string) (http.Handler, error) {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/explorer" {
			w.Header().Set("Location", "explorer/") // relative, for proxies that strip a prefix
			w.WriteHeader(http.StatusMovedPermanently)
			return
		}
		text, found := pages[r.URL.Path]
		if !found {
			http.NotFound(w, r)
			return
		}
		kind := mime.TypeByExtension(path.Ext(r.URL.Path))
		if kind == "" {
			kind = "text/html; charset=utf-8"
		}
		w.Header().Set("Content-Type", kind)
		_, _ = io.WriteString(w, text)
	}), nil
}
