"""Verifies tokens with Python's libraries. Prints a line for each: library, version, and "yes" or why the good token is refused."""

import importlib.metadata
import json
import sys
import urllib.request

import jwt
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from jose import jwt as python_jose
from joserfc.jwk import KeySet

cases = json.load(open(sys.argv[1]))
issuer, audience = cases["issuer"], cases["audience"]


def fetch(url):
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


metadata = fetch(issuer + "/.well-known/oauth-authorization-server")
keys = fetch(metadata["jwks_uri"])


def pyjwt(token, audience):
    key = jwt.PyJWKClient(metadata["jwks_uri"]).get_signing_key_from_jwt(token)
    required = {"require": ["exp", "iat", "sub", "jti", "client_id"]}
    return jwt.decode(token, key, algorithms=metadata["id_token_signing_alg_values_supported"], audience=audience, issuer=issuer, options=required)


def jose(token, audience):
    return python_jose.decode(token, keys, algorithms=metadata["id_token_signing_alg_values_supported"], audience=audience, issuer=issuer)


class Validator(JWTBearerTokenValidator):
    def get_jwks(self):
        return KeySet.import_key_set(keys)


def authlib(token, audience):
    validator = Validator(issuer, audience)
    claims = validator.authenticate_token(token)
    validator.validate_token(claims, ["news:read"], None)
    return claims


def result(verify):
    try:
        claims = verify(cases["good"], audience)
    except Exception as e:
        return f"no: {type(e).__name__}: {e.__cause__ or e}"
    assert claims["sub"] == cases["sub"] and claims["client_id"] == cases["client"], claims
    for name, token in cases["bad"].items():
        try:
            verify(token, audience)
        except Exception:
            continue
        return f"ACCEPTED A TOKEN: {name}"
    try:
        verify(cases["good"], "elsewhere")
        return "ACCEPTED A TOKEN: another audience"
    except Exception:
        return "yes"


for name, verify in {"PyJWT": pyjwt, "python-jose": jose, "Authlib": authlib}.items():
    print(name, importlib.metadata.version(name), result(verify), sep="\t")
