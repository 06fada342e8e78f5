package server

import (
	"mime"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

const (
	minCompressed  = 1 << 10 // bytes; shorter responses are sent as they are
	compressedMark = "-gzip" // the end of a compressed response's ETag, which must differ from the other's (RFC 9110, section 8.8.3.3)
	paddingBytes   = 32      // at most, of random length, against guesses by length
)

// compression compresses responses for clients that accept gzip.
type compression struct {
	wrap func(http.Handler) http.HandlerFunc
}

func newCompression() (compression, error) {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(minCompressed), gzhttp.CompressionLevel(gzip.BestSpeed), gzhttp.EnableZstd(false),
		gzhttp.SuffixETag(compressedMark), gzhttp.RandomJitter(paddingBytes, 0, false), gzhttp.ContentTypeFilter(compressible))
	return compression{wrap}, err
}

// compressible reports whether responses of a media type are compressed: complete texts, but no streams of events or lines.
func compressible(contentType string) bool {
	media, _, _ := mime.ParseMediaType(contentType)
	switch media {
	case "application/json", "application/yaml", "application/xml", "text/html", "text/plain", "text/csv", "text/css", "text/javascript":
		return true
	}
	return strings.HasSuffix(media, "+json") || strings.HasSuffix(media, "+xml")
}

// suits reports whether the responses of an operation may be compressed: those to GET that can contain no secrets, and that have no ETag in
// the contract. Such an ETag is the version of a document, whatever its coding.
func (compression) suits(op *spec.Operation) bool {
	return op.Method == http.MethodGet && !op.Limits.Endless && !op.ReturnsSecrets() && !op.ReturnsHeader("ETag")
}

// unmark removes the mark of compressed responses from ETags, and reports whether there was one.
func unmark(h http.Header) bool {
	tags := h["If-None-Match"]
	if len(tags) != 1 || !strings.Contains(tags[0], compressedMark+`"`) {
		return false
	}
	h["If-None-Match"] = []string{strings.ReplaceAll(tags[0], compressedMark+`"`, `"`)}
	return true
}

// compress is the middleware of responses that may be compressed.
func (z compression) compress(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		response := c.Response()
		if unmark(c.Request().Header) {
			response.Before(func() {
				if tag := response.Header().Get("ETag"); response.Status == http.StatusNotModified {
					response.Header().Set("ETag", strings.TrimSuffix(tag, `"`)+compressedMark+`"`)
				}
			})
		}
		if !strings.Contains(c.Request().Header.Get("Accept-Encoding"), "gzip") {
			response.Header().Add("Vary", "Accept-Encoding")
			return next(c)
		}
		plain := response.Writer
		z.wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			response.Writer = w
			err = next(c)
		})).ServeHTTP(plain, c.Request())
		response.Writer = plain
		return err
	}
}
