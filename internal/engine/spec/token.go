package spec

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Token says how a client gets a token, from x-token.
type Token struct {
	SignUp        *Operation // makes an account
	SignIn        *Operation // gives a token for what SignUp was given
	Pointer       string     // where the token is in SignIn's answer (RFC 6901)
	DeleteAccount *Operation // takes the account away again, with its token
}

// Token returns how a client gets a token; false when the contract does not say.
func (c *Contract) Token() (Token, bool) { return c.token, c.token.SignIn != nil }

// readToken reads x-token of the one security scheme that has it.
func (c *Contract) readToken() error {
	for name, scheme := range c.doc.Components.SecuritySchemes {
		if err := c.readTokenOf(scheme.Value); err != nil {
			return fmt.Errorf("security scheme %s: %s: %w", name, xToken, err)
		}
	}
	return nil
}

func (c *Contract) readTokenOf(scheme *openapi3.SecurityScheme) error {
	var said struct {
		SignUp        string `json:"signUp"`
		SignIn        string `json:"signIn"`
		Token         string `json:"token"`
		DeleteAccount string `json:"deleteAccount"`
	}
	has, err := read(scheme.Extensions, xToken, &said)
	if err != nil || !has {
		return err
	}
	token := Token{c.ByID(said.SignUp), c.ByID(said.SignIn), said.Token, c.ByID(said.DeleteAccount)}
	switch {
	case c.token.SignIn != nil:
		return fmt.Errorf("another security scheme has it too")
	case scheme.Type != "http" || !strings.EqualFold(scheme.Scheme, "bearer"):
		return fmt.Errorf("it is for type http, scheme bearer")
	case token.SignUp == nil || token.SignIn == nil || token.DeleteAccount == nil:
		return fmt.Errorf("signUp %q, signIn %q and deleteAccount %q must be operationIds", said.SignUp, said.SignIn, said.DeleteAccount)
	case !token.SignUp.Public || !token.SignIn.Public || strings.Contains(token.DeleteAccount.Path, "{"):
		return fmt.Errorf("signUp and signIn must be open to everybody, and deleteAccount without path parameters: it deletes the caller's")
	case token.SignIn.body == nil:
		return fmt.Errorf("signIn takes no body")
	case !strings.HasPrefix(said.Token, "/"):
		return fmt.Errorf("token %q is not a JSON pointer", said.Token)
	}
	c.token = token
	return nil
}

// Credentials returns SignIn's body for an account that SignUp has made from this one: the members that SignIn takes too.
func (t Token) Credentials(signUp []byte) ([]byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(signUp, &members); err != nil {
		return nil, fmt.Errorf("%s: its body is no object: %w", t.SignUp.ID, err)
	}
	maps.DeleteFunc(members, func(name string, _ json.RawMessage) bool { return t.SignIn.body.schema.Properties[name] == nil })
	return json.Marshal(members)
}
