"""What parameters and fields say, read so that nonsense says nothing: numbers, moments, where to go next."""

import re
from datetime import UTC, datetime
from typing import Final

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

# ASCII digits alone: `isdigit` takes "²" for one, which `int` does not; and int() refuses thousands of them.
DIGITS: Final = re.compile("[0-9]{1,19}")
LARGEST: Final = 2**63 - 1  # that a key of either database can be; SQLite cannot even be asked about a larger one


def whole_number(text: str) -> int | None:
    """A number that could be a row's; None for what can be none's."""
    number = int(text) if DIGITS.fullmatch(text) else LARGEST + 1
    return number if number <= LARGEST else None


def moment(text: str) -> datetime | None:
    """An ISO 8601 date-time with offset, in UTC; None for others, and where UTC's year is not one of 1 to 9999."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def local_address(request: HttpRequest, sent: str) -> str:
    """Where somebody is sent who asked for it: a path or address of this site as it is, "/" for anything else."""
    rooted = sent.startswith(("/", "http://", "https://"))
    safe = rooted and url_has_allowed_host_and_scheme(sent, {request.get_host()}, require_https=request.is_secure())
    return sent if safe else "/"
