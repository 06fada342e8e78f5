// Package keys tells other servers how to verify the tokens.
package keys

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/app"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// caching lets verifiers keep the keys for a while. Whoever meets an unknown kid asks again.
const caching = "public, max-age=300"

// Handlers answers the operations tagged keys.
type Handlers struct {
	keys   *auth.Keys
	issuer string
}

// New returns the handlers on the app's keys.
func New(a app.App) Handlers { return Handlers{a.Keys, a.Issuer} }

// GetKeys sends the public keys.
func (h Handlers) GetKeys(context.Context, api.GetKeysRequestObject) (api.GetKeysResponseObject, error) {
	set, err := h.set()
	return api.GetKeys200JSONResponse{Body: set, Headers: api.GetKeys200ResponseHeaders{CacheControl: new(caching)}}, err
}

// GetIssuer tells where the keys are, when the issuer is a URL.
func (h Handlers) GetIssuer(context.Context, api.GetIssuerRequestObject) (api.GetIssuerResponseObject, error) {
	if !strings.HasPrefix(h.issuer, "https://") && !strings.HasPrefix(h.issuer, "http://") {
		return nil, fault.New(fault.NotFound, "", "The issuer of this server's tokens is a name and no URL. The keys are at /.well-known/jwks.json.")
	}
	set, err := h.set()
	algorithms := []string{}
	for _, key := range set.Keys {
		algorithms = append(algorithms, string(key.Alg))
	}
	slices.Sort(algorithms)
	return api.GetIssuer200JSONResponse{
		Body: api.Issuer{
			Issuer: h.issuer, JwksURI: strings.TrimSuffix(h.issuer, "/") + "/.well-known/jwks.json", IDTokenSigningAlgValuesSupported: slices.Compact(algorithms),
		},
		Headers: api.GetIssuer200ResponseHeaders{CacheControl: new(caching)},
	}, err
}

func (h Handlers) set() (set api.KeySet, err error) {
	err = json.Unmarshal(h.keys.JWKS(), &set)
	return set, err
}
