package client

import (
	"io"
	"testing"
)

func TestBodies(t *testing.T) {
	t.Parallel()
	form := map[string]any{"name": "a b", "age": 9007199254740993, "tags": []int{1, 2}, "at": map[string]any{"city": "c"},
		"codes": []string{"x", "y"},
		"extra": map[string]any{"n": 1}, "none": nil}
	for want, body := range map[string]io.Reader{
		`{"a":1}`: jsonBody(map[string]int{"a": 1}),
		"text":    textBody("text"),
		"age=9007199254740993&at%5Bcity%5D=c&codes=x%2Cy&extra=%7B%22n%22%3A1%7D&name=a+b&none=&tags=1&tags=2": formBody(form,
			map[string]string{"codes": ",", "extra": "json"}),
	} {
		if got, err := io.ReadAll(body); err != nil || string(got) != want {
			t.Errorf("%s (%v), want %s", got, err, want)
		}
	}
	for _, body := range []io.Reader{jsonBody(func() {}), formBody(func() {}, nil), formBody("text", nil)} {
		if _, err := io.ReadAll(body); err == nil {
			t.Error("no error for a value that has no such form")
		}
	}
}
