"""Logs in with Authlib as a public native client: `authlib-client.py ISSUER code REDIRECT_URI|device`.

Prints the page to open, reads the address that the browser came back to (code), and prints what it has learnt as JSON.
"""

import json
import sys
import time

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.jwk import KeySet

issuer, way = sys.argv[1], sys.argv[2]
metadata = requests.get(get_well_known_url(issuer, external=True), timeout=30).json()
assert metadata["issuer"] == issuer
scope = "openid profile offline_access channel:read"
session = OAuth2Session(
    "pkgauth",
    scope=scope,
    token_endpoint_auth_method="none",
    revocation_endpoint_auth_method="none",
    code_challenge_method="S256",
    redirect_uri=sys.argv[3] if way == "code" else None,
)


def say(**facts):
    print(json.dumps(facts), flush=True)


def by_code():
    verifier, nonce = generate_token(48), generate_token(20)
    url, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    say(open=url)
    back = sys.stdin.readline().strip()
    token = session.fetch_token(
        metadata["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier
    )
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())
    decoded = jwt.decode(token["id_token"], keys, algorithms=metadata["id_token_signing_alg_values_supported"])
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        {"iss": {"value": issuer}, "aud": {"value": "pkgauth"}, "nonce": {"value": nonce}},
        {"nonce": nonce, "client_id": "pkgauth", "access_token": token["access_token"]},
    )
    claims.validate()
    return token, dict(decoded.claims)


def by_device():
    asked = requests.post(
        metadata["device_authorization_endpoint"], data={"client_id": "pkgauth", "scope": scope}, timeout=30
    ).json()
    say(open=asked["verification_uri_complete"])
    while True:
        time.sleep(asked.get("interval", 5))
        try:
            token = session.fetch_token(
                metadata["token_endpoint"],
                grant_type="urn:ietf:params:oauth:grant-type:device_code",
                device_code=asked["device_code"],
            )
        except Exception as error:
            if getattr(error, "error", None) not in ("authorization_pending", "slow_down"):
                raise
        else:
            return token, {}


token, claims = by_code() if way == "code" else by_device()
me = issuer + "/api/v1/whoami"


def status(of):
    return requests.get(me, headers={"Authorization": "Bearer " + of["access_token"]}, timeout=30).status_code


first = status(token)
refreshed = session.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
second = status(refreshed)
revoked = session.revoke_token(metadata["revocation_endpoint"], token=refreshed["refresh_token"])
again = requests.post(
    metadata["token_endpoint"],
    data={"client_id": "pkgauth", "grant_type": "refresh_token", "refresh_token": refreshed["refresh_token"]},
    timeout=30,
)
say(
    claims=claims,
    statuses=[first, second, revoked.status_code, status(refreshed), again.status_code],
    error=again.json()["error"],
    rotated=refreshed["refresh_token"] != token["refresh_token"],
)
