package identity

import (
	"context"
	"fmt"
	"io"
)

// Credentials are what a request carries for one security scheme of the contract. Printing or logging them shows only the scheme.
type Credentials struct {
	Scheme string // its name in the contract
	User   string // of basic authentication; may be empty
	Secret string // the API key, the token, or the password of basic authentication; not empty
}

// Format prints the name of the scheme for every verb.
func (c Credentials) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "credentials of "+c.Scheme)
}

// Verifier returns the caller to whom credentials belong. It returns a fault of kind Unauthenticated or NotFound if they are invalid; all
// other errors mean that it cannot tell, and the request fails. Its errors must not contain any part of the credentials.
//
// Principal needs an ID; TokenID and SessionID may be empty. Without an ID, the credentials are valid but name no caller, such as the key
// of a program: then another scheme of the same requirement must name one. A Verifier must be safe for concurrent use.
type Verifier func(context.Context, Credentials) (Principal, error)
