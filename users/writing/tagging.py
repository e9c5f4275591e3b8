"""Changing the tags of one user, and deleting a tag: acts that go through the write path."""

from datetime import datetime
from typing import Any

from users.jobs import start_job
from users.models import Project, Tag
from users.writing.calls import Call, Origin, TagChange
from users.writing.identify import identify


def tag_user(project: Project, user: int, change: TagChange, origin: Origin, now: datetime) -> Any:
    """Change one user's tags through the write path; returns its Answer."""
    return identify(project, Call(target=user, tags=change, kind="tags"), origin, now)


def delete_tag(tag: Tag, by: Any) -> None:
    """Take the tag off its users in the background, through the write path, then delete it."""
    start_job(tag.project, "delete_tag", {"tag": tag.pk, "name": tag.name}, by, total=tag.user_count)
