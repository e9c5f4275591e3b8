"""What pages say of audiences: those of a connection, which segments can become one, and who uses a segment."""

from typing import Any

from django.urls import reverse

from integrations.audiences.keeping import COMPARE, UNDER_WAY
from integrations.models import Audience, Connection
from segments.membership.sizes import sizes_of
from segments.models import Segment
from users.extend import Uses
from users.models import Project


def uses(project: Project) -> Uses:
    """ "segment:ID" -> the audiences that keep it at a vendor."""
    made: Uses = {}
    rows = Audience.objects.filter(connection__project=project, segment__isnull=False).select_related("connection")
    for audience in rows.order_by("connection__name", "pk"):
        url = f"{reverse('connection', args=[project.slug, audience.connection_id])}#audience-{audience.pk}"
        made.setdefault(f"segment:{audience.segment_id}", []).append(
            (f"{audience.connection.name}: {audience.name}", url)
        )
    return made


def audiences_of(connection: Connection) -> list[Any]:
    """Each with `size`, the members of its segment, and `is_working`, whether its page changes by itself."""
    rows: list[Any] = list(connection.audiences.select_related("segment", "job").order_by("name", "pk"))
    sizes = sizes_of([row.segment_id for row in rows if row.segment_id]) if rows else {}
    for row in rows:
        row.size = sizes.get(row.segment_id, 0)
        works = row.job is not None and row.job.state in UNDER_WAY
        row.is_comparing = works and row.state == Audience.State.ACTIVE and row.job.params.get("step") == COMPARE
        row.is_working = row.state == Audience.State.FILLING or row.is_comparing
    return rows


def segments_left(connection: Connection) -> list[Segment]:
    """Those that are not kept there yet."""
    taken = connection.audiences.filter(segment__isnull=False).values("segment")
    rows = Segment.objects.filter(project=connection.project_id, archived=False).exclude(pk__in=taken)
    return list(rows.only("name").order_by("name", "pk")[:500])
