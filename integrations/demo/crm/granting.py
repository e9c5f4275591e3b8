"""OAuth's token address: codes and refresh tokens for access tokens."""

import base64
import hashlib
import secrets
from typing import Final

from integrations.demo.crm.answering import Answer, Asked, refused, said
from integrations.demo.crm.store import PORTAL, Crm

SECONDS: Final = 1800


def grant(crm: Crm, asked: Asked) -> Answer:
    grants, form = crm.grants, asked.form
    if (form.get("client_id"), form.get("client_secret")) != (grants.client_id, grants.client_secret):
        return refused(400, "missing or invalid client id", "BAD_CLIENT_ID", status="BAD_CLIENT_ID")
    kind = form.get("grant_type")
    if kind == "authorization_code":
        challenge = grants.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if challenge is None or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
            return refused(400, "missing or unknown auth code", "BAD_AUTH_CODE", status="BAD_AUTH_CODE")
        refresh = secrets.token_hex(16)
        grants.refresh.add(refresh)
    elif kind == "refresh_token" and form.get("refresh_token") in grants.refresh:
        refresh = form["refresh_token"]
    else:
        return refused(400, "missing or unknown refresh token", "BAD_REFRESH_TOKEN", status="BAD_REFRESH_TOKEN")
    grants.given += 1
    access = f"access-{grants.given}-{secrets.token_hex(8)}"
    crm.tokens.add(access)
    return said({
        "token_type": "bearer", "token_use": "access_token", "access_token": access, "refresh_token": refresh,
        "expires_in": SECONDS, "hub_id": PORTAL, "scopes": ["oauth", "crm.objects.contacts.read"], "user_id": 1,
    })  # fmt: skip
