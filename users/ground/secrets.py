"""Secrets that must be read back are encrypted: with the first of ENCRYPTION_KEYS, or a key made from SECRET_KEY."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def _fernet() -> MultiFernet:
    """The first key encrypts; all of them decrypt. SECRET_KEY is the last, so that what it encrypted stays readable."""
    return MultiFernet([Fernet(derived(key)) for key in (*settings.ENCRYPTION_KEYS, settings.SECRET_KEY)])


def derived(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"jimo.secrets:" + key.encode()).digest())


def encrypt(text: str) -> str:
    return _fernet().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Raises ValueError when none of the keys is the one it was encrypted with."""
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken:
        raise ValueError("This secret was encrypted with another key.") from None


def encrypted_anew(token: str) -> str:
    """The same secret, encrypted with the first key. Raises ValueError as decrypt does."""
    try:
        return _fernet().rotate(token.encode()).decode()
    except InvalidToken:
        raise ValueError("This secret was encrypted with another key.") from None


def keyed_hash(text: str) -> str:
    """Recognises a value later without keeping it."""
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
