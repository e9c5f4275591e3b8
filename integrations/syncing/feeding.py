"""What other pages say of connections: which one feeds an attribute, whether it works, and the vendor's own record."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from integrations.connectors.base import Connector
from integrations.connectors.failures import VendorFailure
from integrations.connectors.registry import connector
from integrations.models import Connection, SyncedRecord
from integrations.syncing.links import link_of
from users.extend import Feed
from users.models import Project

NOT_HERE = (Connection.State.DRAFT,)  # nothing came by these yet


def troubled(connection: Connection) -> str:
    """Why changes at the vendor do not arrive; empty while they do."""
    if connection.state == Connection.State.PAUSED:
        return f"{connection.name} is paused, so changes there do not arrive."
    if connection.state == Connection.State.BROKEN:
        return f"{connection.name} is broken, so changes there do not arrive: {connection.error}"
    if connection.error:
        return f"The last run of {connection.name} failed: {connection.error}"
    return ""


class Feeds:
    """See users.extend.Feeds."""

    def of_project(self, project: Any) -> list[Feed]:
        pk = project.pk if isinstance(project, Project) else project
        rows = Connection.objects.filter(project=pk).exclude(state__in=NOT_HERE).select_related("project")
        return [
            Feed(
                row.pk, row.connector, row.name, reverse("connection", args=[row.project.slug, row.pk]),
                frozenset(mapping.key for mapping in row.mappings.all()), troubled(row), row.last_synced,
            )
            for row in rows.order_by("pk").prefetch_related("mappings")
        ]  # fmt: skip

    def records_of(self, user: int) -> dict[int, str]:
        """Of several records of one connection the newest counts."""
        rows: QuerySet[SyncedRecord] = (
            SyncedRecord.objects.filter(user=user).select_related("connection").order_by("pk")
        )
        found = {}
        for row in rows:
            kind = connector(row.connection.connector)
            if kind and (address := address_of(kind, row)):
                found[row.connection_id] = address
        return found


def address_of(kind: Connector, row: SyncedRecord) -> str:
    try:
        address = kind.record_url(link_of(row.connection), row.object, row.record)
    except VendorFailure:
        return ""  # its credentials cannot be read any more, which its page says
    return address if address.startswith(("https://", "http://")) else ""
