package spec

import (
	"net/http/httptest"
	"net/url"
	"testing"
)

// Numbers in parameters are rejected if their types in Go cannot hold them, and accepted up to the edges.
func TestNumberLimits(t *testing.T) {
	t.Parallel()
	check := only(t, small(t, "security: []", `parameters: [{name: n, in: query, schema: {type: integer, format: int8}},`+
		` {name: u, in: query, schema: {type: integer, format: uint16}}, {name: f, in: query, schema: {type: number, format: float}},`+
		` {name: d, in: query, schema: {type: number}},`+
		` {name: own, in: query, schema: {type: integer, format: int8, minimum: 0, maximum: 9}},`+
		` {name: list, in: query, schema: {type: array, items: {type: integer, format: int8}}}]`))
	for _, tt := range []struct {
		name          string
		valid, others []string
	}{
		{"n", []string{"-128", "127"}, []string{"-129", "128", "300"}},
		{"u", []string{"0", "65535"}, []string{"-1", "65536"}},
		{"f", []string{"3.4e38", "-3.4e38"}, []string{"3.5e38", "-3.5e38", "1e300"}},
		{"d", []string{"3.5e38", "-1e300"}, nil},
		{"own", []string{"0", "9"}, []string{"-1", "10", "128"}},
		{"list", []string{"-128", "127"}, []string{"-129", "128"}},
	} {
		for i, values := range [][]string{tt.valid, tt.others} {
			for _, value := range values {
				query := url.Values{tt.name: {value}}
				r := httptest.NewRequest("POST", "/things?"+query.Encode(), nil)
				_, err := check.ValidateRequest(t.Context(), r, nil, query, nil)
				if valid := i == 0; (err == nil) != valid {
					t.Errorf("%s=%s: %v; valid: %v", tt.name, value, err, valid)
				}
			}
		}
	}
}
