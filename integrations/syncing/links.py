"""A stored connection as its connector sees it: credentials are read here, and kept when the vendor renews them."""

import json
from typing import Any

from django.conf import settings

from integrations.connectors.base import BASE_URL, Connector, Json, Link
from integrations.connectors.failures import VendorRefused
from integrations.connectors.registry import connector
from integrations.models import Connection
from users.ground.secrets import decrypt, encrypt

PRIVATE = "Another address than the vendor's own is possible only where ALLOW_PRIVATE_CONNECTIONS=1."
LOST = "The credentials cannot be read: the server's secret key was changed. Reconnect with new credentials."


class StoredLink(Link):
    """The link of a connection that is in the database."""

    def keep(self, credentials: Json) -> None:
        self.credentials = credentials
        assert self.pk is not None
        Connection.objects.filter(pk=self.pk).update(credentials=sealed(credentials))


def sealed(credentials: Json) -> str:
    return encrypt(json.dumps(credentials))


def connector_of(connection: Connection) -> Connector:
    """Raises VendorRefused for one whose connector this version does not have."""
    found = connector(connection.connector)
    if found is None:
        raise VendorRefused(f"This version has no connector {connection.connector!r}.")
    return found


def link_of(connection: Connection) -> Link:
    """Raises VendorRefused when the credentials cannot be read or used any more."""
    try:
        credentials: Any = json.loads(decrypt(connection.credentials)) if connection.credentials else {}
    except ValueError:
        raise VendorRefused(LOST) from None
    check_address(credentials)
    return StoredLink(credentials=credentials, state=dict(connection.account), pk=connection.pk)


def new_link(found: Connector, credentials: Json) -> Link:
    """The link of credentials that are not stored yet. Raises VendorRefused for those that cannot be right."""
    given = {name: value.strip() if isinstance(value, str) else value for name, value in credentials.items()}
    given = {name: value for name, value in given.items() if value not in ("", None)}
    check_address(given)
    found.check_credentials(given)
    return Link(credentials=given)


def check_address(credentials: Json) -> None:
    """Our server must not be made to ask its own neighbours."""
    address = credentials.get(BASE_URL)
    if not address:
        return
    if not settings.ALLOW_PRIVATE_CONNECTIONS:
        raise VendorRefused(PRIVATE, path=BASE_URL)
    if not isinstance(address, str) or not address.startswith(("http://", "https://")):
        raise VendorRefused("The address begins with http:// or https://.", path=BASE_URL)
