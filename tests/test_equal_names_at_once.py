"""The same name sent by six at once, at every form and call that makes something with one: one gets it, others are told."""

import json
import threading
from collections import Counter

import pytest
from django.db import connection
from django.test import Client

from segments.models import Segment
from tests.factories import member, user
from users.accounts.keys import create_key
from users.models import AccessLink, Account, ApiKey, Attribute, Project, Tag, UserTag
from users.writing.calls import TagChange

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
RULE = {"combinator": "and", "rules": [{"field": "custom.plan", "operator": "is", "value": "Pro"}]}


def form(path, **fields):
    return lambda project, n: ("post", path.format(p=f"/p/{project.slug}", n=n), fields)


def call(path, **body):
    return lambda project, n: ("json", path, body)


def edit_tags(project, n):
    tag = Tag.objects.filter(project=project).order_by("pk")[n]
    return "post", f"/p/{project.slug}/data/tags/{tag.pk}/", {"name": "the same", "color": "gray"}


def add_value(project, n):
    person = user(project, "u1")
    return "post", f"/p/{project.slug}/users/{person.pk}/values/new/", {"key": "fresh", "value": "1", "type": "number"}


def tag_a_user(project, n):
    person = user(project, f"u{n}")
    return "post", f"/p/{project.slug}/users/{person.pk}/tags/", {"add": "the same"}


# What is sent, and how many there are of it afterwards.
CASES = {
    "a project": (form("/projects/new/", name="The same", time_zone="UTC"),
                  lambda project: Project.objects.filter(name="The same").values("slug").distinct().count() == 6),
    "a key": (form("{p}/settings/keys/", name="The same", scopes=["ingest"]),
              lambda project: ApiKey.objects.filter(project=project, name="The same").count() == 6),
    "an invitation": (form("{p}/settings/members/invite/", email="same@x.example", role="viewer"),
                      lambda project: AccessLink.objects.filter(project=project).count() >= 1),
    "an attribute": (form("{p}/data/attributes/new/", key="fresh", type="number"),
                     lambda project: Attribute.objects.filter(project=project, key="fresh").count() == 1),
    "an attribute by API": (call("/api/v1/attributes", key="fresh", type="number"),
                            lambda project: Attribute.objects.filter(project=project, key="fresh").count() == 1),
    "an attribute with a value": (add_value,
                                  lambda project: Attribute.objects.filter(project=project, key="fresh").count() == 1),
    "a tag's new name": (edit_tags, lambda project: Tag.objects.filter(project=project, folded="the same").count() == 1),
    "a tag of users": (tag_a_user, lambda project: Tag.objects.filter(project=project, folded="the same").count() == 1
                       and UserTag.objects.filter(tag__folded="the same").count() == 6),
    "a segment": (form("{p}/segments/new/", name="The same", rule=json.dumps(RULE)),
                  lambda project: Segment.objects.filter(project=project, name="The same").count() == 1),
    "a segment by API": (call("/api/v1/segments", name="The same", rule=RULE),
                         lambda project: Segment.objects.filter(project=project, name="The same").count() == 1),
    "a list by API": (call("/api/v1/segments", name="The same", static=True),
                      lambda project: Segment.objects.filter(project=project, name="The same").count() == 1),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_one_gets_it_and_the_others_are_told(project, name):
    asks, holds = CASES[name]
    user(project, "seen", attributes={"plan": "Pro"}, tags=TagChange(add=[f"tag {n}" for n in range(6)]))
    admin = member(project, "admin")
    _, secret = create_key(project, "Mine", ["registry", "segments", "read"], admin)
    sent = [asks(project, n) for n in range(6)]
    answers, start = [], threading.Barrier(6)

    def send(kind, path, body):
        client = Client(raise_request_exception=False)
        if kind == "post":
            client.force_login(Account.objects.get(pk=admin.pk))
        start.wait()
        if kind == "post":
            answers.append(client.post(path, body))
        else:
            header = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
            answers.append(client.post(path, json.dumps(body), content_type="application/json", **header))
        connection.close()

    threads = [threading.Thread(target=send, args=ask) for ask in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = Counter(answer.status_code for answer in answers)
    assert sum(codes.values()) == 6
    assert max(codes) < 500, codes
    assert holds(project), (codes, [answer.content[-300:] for answer in answers])
    assert min(codes) < 400, codes
