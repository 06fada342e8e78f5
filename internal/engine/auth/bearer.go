package auth

import (
	"net/http"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// BearerToken returns the token in the Authorization header. It does not verify the token: use Tokens.Verify.
//
// The scheme is case-insensitive (RFC 9110, section 11.1), and one space separates it from the token. If the header is missing, malformed,
// or sent more than once, even with equal values, BearerToken returns a fault of kind Unauthenticated with LoopBack's text. Its Challenge
// contains an error, unless there is no Authorization header or its only one has another scheme (RFC 6750, section 3.1).
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

// challengeInvalidToken is the challenge for an invalid bearer token. Requests without a token get no error code (RFC 6750, section 3).
const challengeInvalidToken = `error="invalid_token"`

// unauthenticated returns a fault of kind Unauthenticated. The cause is logged and must not contain any part of the token.
func unauthenticated(text, challenge string, cause error) error {
	return &fault.Error{
		Kind:      fault.Unauthenticated,
		Detail:    text,
		Challenge: challenge,
		Err:       cause,
	}
}
