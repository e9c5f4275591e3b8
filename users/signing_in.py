"""Checking a password, slowly for those who guess."""

from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from users.addresses import address_bucket
from users.api.errors import ApiError
from users.api.rate_limit import take
from users.models import Account
from users.secrets import keyed_hash

TRIES = "10/m"


def check_sign_in(request: HttpRequest, email: str, password: str) -> Account:
    """The account. Raises ValidationError, also after ten tries a minute for one email from one address."""
    bucket = keyed_hash(f"{email.strip().lower()} {address_bucket(request)}")[:32]
    try:
        take(f"sign-in:{bucket}", TRIES)
    except ApiError:
        raise ValidationError("Too many tries. Wait a minute, then try again.") from None
    account = authenticate(request, username=email.strip().lower(), password=password)
    if not isinstance(account, Account):
        raise ValidationError("This email and password do not fit together.")
    return account
