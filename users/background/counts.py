"""Counting a long list in the background: the page shows "10,000+" until this figure arrives."""

from datetime import datetime

from users.finding.figures import count_name, save_figure
from users.finding.filters import filtered_users
from users.jobs import register
from users.models import Job


@register("count_users", words="Counting users", own_transactions=True)
def count_chunk(job: Job, now: datetime) -> bool:
    if job.project is None:
        return True
    queryset = filtered_users(job.project, job.params["query"])
    save_figure(job.project, count_name(queryset), queryset.count(), now)
    return True
