"""Checking a password, slowly for those who guess: one throttle for every door that takes one.

Tries are counted, right ones too, before anything is hashed: by the account and the address together, by the address
(one password for many emails), and by the account (many addresses for one email). The last is wide enough that
somebody else's guesses seldom keep its owner out, and for a minute at most.
"""

from typing import Final

from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from users.api.errors import ApiError
from users.api.rate_limit import spend_call
from users.ground.addresses import address_bucket
from users.ground.secrets import keyed_hash
from users.models import Account

TRIES: Final = "10/m"
TRIES_OF_ADDRESS: Final = "30/m"
TRIES_OF_ACCOUNT: Final = "60/m"


def take_try(request: HttpRequest, email: str) -> None:
    """Raises ValidationError with the seconds to wait."""
    address, account = address_bucket(request), email.strip().lower()
    for name, rate in ((f"{account} {address}", TRIES), (address, TRIES_OF_ADDRESS), (account, TRIES_OF_ACCOUNT)):
        try:
            spend_call(f"sign-in:{keyed_hash(name)[:32]}", rate)
        except ApiError as refused:
            wait = refused.headers["Retry-After"]
            raise ValidationError(f"Too many tries. Try again in {wait} s.", code="throttled") from None


def check_sign_in(request: HttpRequest, email: str, password: str) -> Account:
    """The account. Raises ValidationError, also after too many tries."""
    take_try(request, email)
    account = authenticate(request, username=email.strip().lower(), password=password)
    if not isinstance(account, Account):
        raise ValidationError("This email and password do not fit together.")
    return account


def check_own_password(request: HttpRequest, account: Account, password: str) -> None:
    """Somebody who is signed in says who they are once more. Raises ValidationError."""
    take_try(request, account.email)
    if not account.check_password(password):
        raise ValidationError("This is not your current password.")
