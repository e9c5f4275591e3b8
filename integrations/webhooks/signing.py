"""Secrets and signatures of Standard Webhooks (standardwebhooks.com): receivers verify with any of its libraries."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from integrations.models import Webhook
from users.ground.secrets import decrypt, encrypt

PREFIX: Final = "whsec_"
GRACE: Final = timedelta(days=1)


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def rotate(webhook: Webhook, now: datetime) -> str:
    """A new secret. For a day both sign, so that receivers can be changed in turn."""
    secret = new_secret()
    webhook.former_secret, webhook.former_until = webhook.secret, now + GRACE
    webhook.secret = encrypt(secret)
    webhook.save(update_fields=["secret", "former_secret", "former_until"])
    return secret


def secrets_of(webhook: Webhook, now: datetime) -> tuple[str, ...]:
    """Those that sign now, the new one first. Raises ValueError if SECRET_KEY is not what encrypted them."""
    made = [webhook.secret]
    if webhook.former_secret and webhook.former_until and webhook.former_until > now:
        made.append(webhook.former_secret)
    return tuple(map(decrypt, made))


def signature(valid: Iterable[str], message: str, seconds: int, body: bytes) -> str:
    """The header: one signature a secret, with blanks between."""
    signed = f"{message}.{seconds}.".encode() + body
    keys = (base64.b64decode(secret.removeprefix(PREFIX)) for secret in valid)
    return " ".join(f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}" for key in keys)
