package loopback

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
)

// bodies makes the body with that name.
func bodies(t *testing.T, name string) []byte {
	t.Helper()
	title := func(text string) []byte { return []byte(`{"title":"` + text + `","body":"b"}`) }
	switch name {
	case "2 MB":
		return title(strings.Repeat("x", 2<<20))
	case "1,000,000 characters":
		return []byte(`{"title":"big1m","body":"` + strings.Repeat("x", 1_000_000) + `"}`)
	case "5,000 deep":
		return []byte(`{"title":` + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000) + `}`)
	case "100,000 deep":
		return []byte(`{"title":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`)
	case "byte order mark":
		return append([]byte("\uFEFF"), title("bom")...)
	case "invalid UTF-8":
		return title("bad\xff")
	case "gzip":
		var zipped bytes.Buffer
		w := gzip.NewWriter(&zipped)
		if _, err := w.Write(title("gz")); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return zipped.Bytes()
	}
	t.Fatalf("no body is called %q", name)
	return nil
}
