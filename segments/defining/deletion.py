"""Deleting a segment: what hangs on it in chunks, so that no transaction is long, then its row."""

from datetime import datetime
from typing import Final

from segments.models import Membership, MembershipMove, Segment, SegmentDay, SegmentDelta
from users.jobs import register
from users.models import Job

CHUNK: Final = 1000


@register("delete_segment", words="Deleting the segment")
def delete_chunk(job: Job, now: datetime) -> bool:
    """params: {"segment": id}."""
    pk = job.params["segment"]
    for model in (Membership, MembershipMove, SegmentDelta, SegmentDay):
        rows = model._base_manager.filter(segment_id=pk)
        pks = list(rows.order_by().values_list("pk", flat=True)[:CHUNK])
        if pks:
            rows.filter(pk__in=pks).delete()
            job.progress += len(pks)
            return False
    Segment._base_manager.filter(pk=pk).delete()
    return True
