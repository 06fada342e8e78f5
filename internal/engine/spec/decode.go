package spec

import (
	"bytes"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/strictjson"
)

const maxBodyDepth = 64 // nesting of a body's arrays and objects

// decode reads one JSON value strictly (package strictjson), behind a byte order mark or not. Numbers become json.Number.
func decode(data []byte) (any, error) {
	value, err := strictjson.Decode(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")), maxBodyDepth)
	if err != nil {
		return nil, &fault.Error{Kind: fault.BadRequest, Name: "SyntaxError", Detail: "The request body is not valid JSON: " + err.Error()}
	}
	return value, nil
}
