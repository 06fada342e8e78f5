package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// jsonBody returns a value in JSON, for media types other than application/json.
func jsonBody(value any) io.Reader {
	text, err := json.Marshal(value)
	if err != nil {
		return failedBody{fmt.Errorf("client: the body: %w", err)}
	}
	return bytes.NewReader(text)
}

// formBody returns an object as a urlencoded form: an array as a field for each item, and an object in an object as name[property].
// encodings names the fields that are written in JSON ("json"), or as lists with a separator.
func formBody(value any, encodings map[string]string) io.Reader {
	text, err := json.Marshal(value)
	if err != nil {
		return failedBody{fmt.Errorf("client: the body: %w", err)}
	}
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		return failedBody{fmt.Errorf("client: the body of a form must be an object: %w", err)}
	}
	form := url.Values{}
	for name, member := range object {
		switch encoding := encodings[name]; encoding {
		case "":
			addField(form, name, member)
		case "json":
			text, err := json.Marshal(member)
			if err != nil {
				return failedBody{err}
			}
			form.Set(name, string(text))
		default:
			list := url.Values{}
			addField(list, name, member)
			form.Set(name, strings.Join(list[name], encoding))
		}
	}
	return strings.NewReader(form.Encode())
}

func addField(form url.Values, name string, value any) {
	switch v := value.(type) {
	case nil:
		form.Add(name, "")
	case []any:
		for item := range slices.Values(v) {
			addField(form, name, item)
		}
	case map[string]any:
		for member, value := range v {
			addField(form, name+"["+member+"]", value)
		}
	default:
		form.Add(name, fmt.Sprint(v))
	}
}

// stream returns the body of a response that is not JSON. The caller must close it.
func stream(answer *http.Response, err error) (io.ReadCloser, error) {
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= 300 {
		return nil, errorOf(answer.Request, answer, time.Now())
	}
	return answer.Body, nil
}

func textBody(text string) io.Reader { return strings.NewReader(text) }

// failedBody is the body of a request that cannot be sent.
type failedBody struct{ err error }

func (f failedBody) Read([]byte) (int, error) { return 0, f.err }
