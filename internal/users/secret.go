package users

import (
	"github.com/newsdesk-api/newsdesk/internal/filter"
	"github.com/newsdesk-api/newsdesk/internal/store"
)

// secret is what a user proves to know. It has the user's id and a collection of its own (LoopBack's userCredentials), which is not in the
// contract, so that no filter can reach it.
type secret struct {
	Hash string `json:"hash"`
}

// secrets is the collection. Its hash is no column either: nothing is ever looked up by it.
var secrets = &store.Model{
	Schema:     must(filter.NewSchema("UserCredentials", idOnly, []string{"id", "hash"})),
	Collection: "user_credentials",
	Properties: []store.Property{{Name: "id", Required: true}, {Name: "hash", Required: true}},
	Columns:    idOnly,
}

var idOnly = []*filter.Property{{Name: "id", Path: []string{"id"}, Type: filter.String}}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
