package foreignapp

import (
	"context"
	"encoding/json"

	"github.com/newsdesk-api/newsdesk/internal/engine/foreignapp/gen/api"
)

type parameters struct{}

// Search returns what it was given, by the names in Go.
func (parameters) Search(_ context.Context, r api.SearchRequestObject) (api.SearchResponseObject, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	var given map[string]any
	if err := json.Unmarshal(text, &given); err != nil {
		return nil, err
	}
	return api.Search200JSONResponse(given), nil
}
