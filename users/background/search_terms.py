"""Writing the search terms of all users anew, after the way they are made has changed."""

from datetime import datetime
from itertools import groupby

from users.jobs import register
from users.models import EndUser, Job
from users.writing import store
from users.writing.search_index import refresh_terms

CHUNK = 100


@register("search_terms", words="Preparing the search", in_turns=True)
def write_chunk(job: Job, now: datetime) -> bool:
    # Of all projects: by primary key alone, as SQLite would sort all of one project for every chunk.
    rows = EndUser.objects.filter(pk__gt=job.cursor or 0).order_by("pk").values_list("project_id", "pk")[:CHUNK]
    users = sorted(rows)
    for project, group in groupby(users, key=lambda row: row[0]):
        of_project = [pk for _, pk in group]
        store.lock_users(project, of_project)
        refresh_terms(project, of_project)
    if users:
        job.cursor = max(pk for _, pk in users)
    job.progress += len(users)
    return len(users) < CHUNK
