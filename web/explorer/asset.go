package explorer

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// asset is an embedded file, kept compressed.
type asset struct {
	contentType string
	digest      string
	gzipped     []byte
	plain       func() ([]byte, error)
}

func (a asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Each coding has its own ETag, as a strong one must (RFC 9110, section 8.8.3.3).
	body, etag := a.gzipped, `"`+a.digest+`-gzip"`
	zip := acceptsGzip(strings.Join(r.Header.Values("Accept-Encoding"), ","))
	if !zip {
		plain, err := a.plain()
		if err != nil {
			http.Error(w, "This file is damaged on the server", http.StatusInternalServerError)
			return
		}
		body, etag = plain, `"`+a.digest+`"`
	}
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", a.contentType)
	h.Set("ETag", etag)
	h.Set("Vary", "Accept-Encoding")
	if zip {
		h.Set("Content-Encoding", "gzip")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// acceptsGzip reports whether an Accept-Encoding field allows gzip (RFC 9110, section 12.5.3). An invalid field counts as
// a refusal: every client understands the plain file.
func acceptsGzip(field string) bool {
	others := false
	for coding := range strings.SplitSeq(field, ",") {
		name, parameter, _ := strings.Cut(coding, ";")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip", "x-gzip":
			return wanted(parameter)
		case "*":
			others = wanted(parameter)
		}
	}
	return others
}

// wanted reports whether a coding's weight, "q=0.5" or nothing, is above zero.
func wanted(parameter string) bool {
	parameter = strings.ToLower(strings.TrimSpace(parameter))
	if parameter == "" {
		return true
	}
	digits, ok := strings.CutPrefix(parameter, "q=")
	weight, err := strconv.ParseFloat(digits, 64)
	return ok && err == nil && weight > 0 && weight <= 1
}

// newAsset returns the asset of a file; if its name ends in .gz, body is its compressed content.
func newAsset(name string, body []byte, contentType string) (asset, error) {
	if !strings.HasSuffix(name, ".gz") {
		var err error
		if body, err = compress(body); err != nil {
			return asset{}, fmt.Errorf("explorer: compress %s: %w", name, err)
		}
	}
	return asset{
		contentType: contentType,
		digest:      fmt.Sprintf("%.16x", sha256.Sum256(body)),
		gzipped:     body,
		// Lazily and once: few clients refuse gzip, and decompressing takes longer than everything else here.
		plain: sync.OnceValues(func() ([]byte, error) { return decompress(body) }),
	}, nil
}

func compress(plain []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func decompress(gzipped []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(gzipped))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
