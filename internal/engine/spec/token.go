package spec

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Token describes how a client gets a token. It comes from x-token.
type Token struct {
	SignUp        *Operation // creates an account
	SignIn        *Operation // returns a token for the credentials of SignUp
	Pointer       string     // JSON pointer to the token in SignIn's response (RFC 6901)
	DeleteAccount *Operation // deletes the account of the token
}

// Token returns how a client gets a token, and false if the contract has no x-token.
func (c *Contract) Token() (Token, bool) { return c.token, c.token.SignIn != nil }

// readToken reads x-token, which at most one security scheme may have.
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
		return fmt.Errorf("only one security scheme may have it")
	case scheme.Type != "http" || !strings.EqualFold(scheme.Scheme, "bearer"):
		return fmt.Errorf("the security scheme must have type http and scheme bearer")
	case token.SignUp == nil || token.SignIn == nil || token.DeleteAccount == nil:
		return fmt.Errorf("signUp %q, signIn %q and deleteAccount %q must be operationIds", said.SignUp, said.SignIn, said.DeleteAccount)
	case !token.SignUp.Public || !token.SignIn.Public || strings.Contains(token.DeleteAccount.Path, "{"):
		return fmt.Errorf("signUp and signIn must be public, and deleteAccount must have no path parameters: it deletes the caller's")
	case token.SignIn.body == nil || token.SignIn.body.value() == nil:
		return fmt.Errorf("signIn must have a request body in JSON")
	case !strings.HasPrefix(said.Token, "/"):
		return fmt.Errorf("token %q is not a JSON pointer", said.Token)
	}
	c.token = token
	return nil
}

// Credentials returns the body of SignIn for an account that SignUp created with the given body: the members that SignIn also has.
func (t Token) Credentials(signUp []byte) ([]byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(signUp, &members); err != nil {
		return nil, fmt.Errorf("%s: its body is not an object: %w", t.SignUp.ID, err)
	}
	maps.DeleteFunc(members, func(name string, _ json.RawMessage) bool { return t.SignIn.body.value().schema.Properties[name] == nil })
	return json.Marshal(members)
}
