// Package keys implements the operations that publish the public keys and the metadata for verifying tokens.
package keys

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/app"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// caching lets verifiers cache the keys. A verifier that finds an unknown kid requests them again.
const caching = "public, max-age=300"

// Handlers implements the operations tagged keys.
type Handlers struct {
	keys interface {
		JWKS() []byte
		Algorithm() string // of the signing key
	}
	issuer string
}

// New returns the handlers on the app's keys.
func New(a app.App) Handlers { return Handlers{a.Keys, a.Issuer} }

// GetKeys returns the public keys.
func (h Handlers) GetKeys(context.Context, api.GetKeysRequestObject) (api.GetKeysResponseObject, error) {
	set, err := h.set()
	return api.GetKeys200JSONResponse{Body: set, Headers: api.GetKeys200ResponseHeaders{CacheControl: new(caching)}}, err
}

// GetIssuer returns the metadata at the path that OpenID Connect libraries use.
func (h Handlers) GetIssuer(context.Context, api.GetIssuerRequestObject) (api.GetIssuerResponseObject, error) {
	metadata, err := h.metadata()
	return api.GetIssuer200JSONResponse{Body: metadata, Headers: api.GetIssuer200ResponseHeaders{CacheControl: new(caching)}}, err
}

// GetAuthorizationServer returns the metadata at the path that OAuth libraries use.
func (h Handlers) GetAuthorizationServer(context.Context, api.GetAuthorizationServerRequestObject) (
	api.GetAuthorizationServerResponseObject, error) {
	metadata, err := h.metadata()
	headers := api.GetAuthorizationServer200ResponseHeaders{CacheControl: new(caching)}
	return api.GetAuthorizationServer200JSONResponse{Body: metadata, Headers: headers}, err
}

// metadata describes the issuer. It returns NotFound unless the issuer is a URL, without a query and a fragment (RFC 8414, section 2),
// and a key is published.
func (h Handlers) metadata() (m api.Issuer, err error) {
	u, err := url.Parse(h.issuer)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.ForceQuery ||
		strings.Contains(h.issuer, "#") {
		return m, fault.New(fault.NotFound, "", "The issuer of this server's tokens is a name, not a URL. The keys are at "+
			"/.well-known/jwks.json.")
	}
	set, err := h.set()
	if err != nil {
		return m, err
	}
	var algorithms []string
	for _, key := range set.Keys {
		if !slices.Contains(algorithms, string(key.Alg)) {
			algorithms = append(algorithms, string(key.Alg))
		}
	}
	if !slices.Contains(algorithms, h.keys.Algorithm()) {
		return m, fault.New(fault.NotFound, "", "The tokens of this server are signed with a shared secret. There is no public key to "+
			"verify them with.")
	}
	base := strings.TrimSuffix(h.issuer, "/")
	return api.Issuer{
		Issuer: h.issuer, AuthorizationEndpoint: base + "/signin", TokenEndpoint: base + "/signin",
		JwksURI:                           base + "/.well-known/jwks.json",
		ResponseTypesSupported:            []string{"none"},
		GrantTypesSupported:               []string{"password"},
		TokenEndpointAuthMethodsSupported: []string{"none"},
		SubjectTypesSupported:             []string{"public"},
		IDTokenSigningAlgValuesSupported:  algorithms,
	}, nil
}

func (h Handlers) set() (set api.KeySet, err error) {
	err = json.Unmarshal(h.keys.JWKS(), &set)
	return set, err
}
