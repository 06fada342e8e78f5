package client

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
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

func TestStream(t *testing.T) {
	t.Parallel()
	answer := func(status int) *http.Response {
		body := io.NopCloser(strings.NewReader("text"))
		return &http.Response{StatusCode: status, Body: body, Request: httptest.NewRequest("GET", "/file", nil)}
	}
	body, err := stream(answer(200), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if text, err := io.ReadAll(body); err != nil || string(text) != "text" {
		t.Errorf("%s %v", text, err)
	}
	if _, err := stream(answer(304), nil); err == nil || err.(*Error).Status != 304 || string(err.(*Error).Body) != "text" {
		t.Errorf("%v", err)
	}
	if _, err := stream(nil, errors.ErrUnsupported); err != errors.ErrUnsupported {
		t.Errorf("%v", err)
	}
}
