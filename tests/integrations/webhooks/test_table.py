"""The table of members is what the calls of webhooks take. A new member is tried by itself."""

import itertools

import pytest
from django.utils import timezone

from integrations.api import webhook_table as table
from integrations.models import Webhook
from integrations.webhooks.wanted import hooks
from segments.models import Segment
from tests.integrations.webhooks.conftest import webhook
from tests.users.api.walking import Call, check_member, walked
from users.models import Attribute, Project, Tag

pytestmark = pytest.mark.django_db
PK = 777
NUMBERS = itertools.count()


def a_webhook():
    """The one of the addresses, whatever the call before did to it; and 200 of each that a filter may name."""
    hooks.cache_clear()
    Webhook.objects.all().delete()
    project = Project.objects.get()
    plant(project)
    made, _ = webhook(project)
    Webhook.objects.filter(pk=made.pk).update(id=PK)


def plant(project):
    if Tag.objects.filter(project=project).exists():
        return
    now, many = timezone.now(), range(table.MOST_PICKED)
    Tag.objects.bulk_create(Tag(project=project, name=f"t{n}", folded=f"t{n}", created=now) for n in many)
    Attribute.objects.bulk_create(Attribute(project=project, source="custom", key=f"k{n}", type="string") for n in many)
    Segment.objects.bulk_create(Segment(project=project, name=f"s{n}", static=True) for n in many)


GOOD = {"url": "https://example.com/hooks", "events": ["user.created"]}
NOT_OF_THE_TABLE = tuple((name, [f"t{n}" for n in range(table.MOST_PICKED)]) for name in ("attributes", "segments"))
CALLS = [
    Call(table.NEW, "POST", "webhooks", lambda: dict(GOOD), a_webhook, (*NOT_OF_THE_TABLE, ("events", ["t0"]), ("url", "x" * 2000))),
    Call(table.CHANGE, "PATCH", f"webhooks/{PK}", before=a_webhook, unlike=(*NOT_OF_THE_TABLE, ("events", ["t0"]), ("url", "x" * 2000))),
    Call(table.DELIVERIES, "GET", f"webhooks/{PK}/deliveries", before=a_webhook),
]  # fmt: skip


@pytest.mark.parametrize(("call", "member"), walked(CALLS))
def test_a_member_is_taken_at_its_bounds_and_refused_beyond(api, call, member):
    check_member(api, call, member)
