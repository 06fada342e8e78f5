package client

import "testing"

// Lists in a path are sent as the server reads them, or not at all.
func TestPathLists(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		separator string
		items     []string
		valid     bool
	}{
		{",", texts([]int64{1, 2}), true}, {",", []string{"a.b", ""}, true}, {".", texts([]bool{true}), true},
		{",", nil, false}, {",", []string{""}, false}, {",", []string{".."}, false}, {".", []string{"", ""}, false},
		{",", []string{"a", "b,c"}, false}, {".", texts([]float64{1.5}), false}, {";", []string{"a;b"}, false},
	} {
		if err := segments("ids", tt.separator, tt.items)(t.Context(), nil); (err == nil) != tt.valid {
			t.Errorf("%q with %q: %v; valid: %v", tt.items, tt.separator, err, tt.valid)
		}
	}
}
