"""Access that runs out is renewed by one worker, however many need it: the others wait for what it got.

The stored credentials themselves are the lock: who replaces exactly what was read may ask the vendor. No row stays
locked while the vendor is asked, as SQLite would let nobody else write meanwhile.
"""

import json
import time
from collections.abc import Callable
from typing import Any, Final

from integrations.connectors.base import Json, Link
from integrations.connectors.failures import VendorBusy, VendorRefused
from integrations.models import Connection
from users.ground.secrets import decrypt, encrypt

CLAIMED: Final = "renewing_until"  # epoch seconds: after that, whoever claimed it is taken for dead
CLAIM: Final = 30.0  # seconds; a vendor is asked for 20 at most
WAIT: Final = 6.0  # seconds that the others wait here, before they let the run wait
TICK: Final = 0.2

type Renewing = Callable[[Json], Json]  # given the credentials as they are, returns the new ones


def renew(link: Link, token: str, ask: Renewing) -> None:
    """Let link.credentials have another "access_token" than `token`, the one that is over.

    Raises VendorBusy while another worker is at it, and what `ask` raises.
    """
    if link.pk is None:
        link.keep(ask(link.credentials))
        return None
    by = time.monotonic() + WAIT
    while True:
        sealed, stored = stored_of(link.pk)
        if stored.get("access_token") not in (None, token):
            link.credentials = stored
            return None
        if float(stored.get(CLAIMED) or 0) < time.time() and claim(link.pk, sealed, stored):
            return take_new(link, stored, ask)
        if time.monotonic() > by:
            raise VendorBusy("Another worker is renewing the access.", after=5)
        time.sleep(TICK)


def stored_of(pk: int) -> tuple[str, Json]:
    sealed = Connection.objects.filter(pk=pk).values_list("credentials", flat=True).first()
    try:
        found: Any = json.loads(decrypt(sealed)) if sealed else None
    except ValueError:
        found = None
    if not sealed or not isinstance(found, dict):
        raise VendorRefused("The credentials are gone. Connect again.")
    return sealed, found


def claim(pk: int, sealed: str, stored: Json) -> bool:
    claimed = encrypt(json.dumps({**stored, CLAIMED: time.time() + CLAIM}))
    return bool(Connection.objects.filter(pk=pk, credentials=sealed).update(credentials=claimed))


def take_new(link: Link, stored: Json, ask: Renewing) -> None:
    before = {name: value for name, value in stored.items() if name != CLAIMED}
    try:
        link.keep(ask(before))
    except BaseException:
        link.keep(before)  # the next one may try at once
        raise
