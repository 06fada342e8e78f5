package auth

import (
	"net/http"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// BearerToken returns the token of the one Authorization header, unchecked: only Tokens.Verify says what it is worth.
//
// The scheme is case-insensitive (RFC 9110, section 11.1) and one space separates it from the token. Everything
// else is a fault of kind Unauthenticated with LoopBack's text. Its Challenge names an error only when a bearer
// token was tried (RFC 6750, section 3.1). More than one Authorization header is refused, even when they are equal.
func BearerToken(header http.Header) (string, error) {
	values := header.Values("Authorization")
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return "", unauthenticated("Authorization header not found.", "", nil)
	}
	if len(values) > 1 {
		return "", unauthenticated("Authorization header must be sent once.", challengeInvalidToken, nil)
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", unauthenticated("Authorization header is not of type 'Bearer'.", "", nil)
	}
	if token == "" || strings.Contains(token, " ") {
		return "", unauthenticated("Authorization header value has too many parts. It must follow the pattern: "+
			"'Bearer xx.yy.zz' where xx.yy.zz is a valid JWT token.", challengeInvalidToken, nil)
	}
	return token, nil
}

// challengeInvalidToken is the challenge to a bearer token that is not valid. Who has sent none gets no error (RFC 6750, section 3).
const challengeInvalidToken = `error="invalid_token"`

// unauthenticated is the 401 with this text; the cause is for the log and must hold nothing of the token.
func unauthenticated(text, challenge string, cause error) error {
	return &fault.Error{
		Kind:      fault.Unauthenticated,
		Detail:    text,
		Challenge: challenge,
		Err:       cause,
	}
}
