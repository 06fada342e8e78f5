// Package auth says who is calling: signing keys, bearer tokens, passwords, and the Principal they lead to.
//
// It is the only package that knows jwx and bcrypt. A bearer token is a signed JWT in compact form (RFC 7519,
// RFC 9068) and nothing else; Tokens.Verify is the only way to get a Principal out of text. Everything that
// is refused to a caller is a *fault.Error with LoopBack's text; any other error is a defect or a wrong
// configuration and means that nobody has been let in.
package auth
