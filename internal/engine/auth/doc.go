// Package auth authenticates callers: it implements signing keys, access tokens, refresh tokens and password hashes.
//
// It is the only package that uses jwx and bcrypt. An access token is a signed JWT in compact form (RFC 7519, RFC 9068); Tokens.Verify
// is the only way to get a Principal from one. An error for the caller is a *fault.Error with LoopBack's text. Any other error is a
// defect or an invalid configuration; access is never granted with an error.
package auth
