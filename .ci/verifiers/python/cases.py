"""Gets a token from the server and makes others from it that must be refused.

    cases.py URL AUDIENCE CLIENT_ID > cases.json
"""

import base64
import hashlib
import hmac
import json
import sys
import urllib.request

url, audience, client = sys.argv[1:]


def post(path, body):
    request = urllib.request.Request(url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def changed(part, **members):
    return encode(json.dumps(json.loads(decode(part)) | members).encode())


account = {"email": "ann@example.com", "password": "correct horse"}
user = post("/signup", account)
good = post("/signin", account)["token"]
header, payload, signature = good.split(".")
with urllib.request.urlopen(url + "/.well-known/jwks.json") as answer:
    key = json.load(answer)["keys"][0]
flipped = bytearray(decode(signature))
flipped[0] ^= 1
mac = changed(header, alg="HS256") + "." + payload
public = decode(key.get("x") or key["n"])  # what a careless verifier may take for a secret
json.dump({
    "issuer": url, "audience": audience, "client": client, "sub": user["id"], "good": good,
    "bad": {
        "another signature": f"{header}.{payload}.{encode(flipped)}",
        "another payload": f"{header}.{changed(payload, sub='admin')}.{signature}",
        "no signature": f"{header}.{payload}.",
        "alg none": f"{changed(header, alg='none')}.{payload}.",
        "signed with the public key": f"{mac}.{encode(hmac.digest(public, mac.encode(), hashlib.sha256))}",
        "cut": good[:-10],
    },
}, sys.stdout)
