"""Every form that refuses what was typed says so on top with links, at each field in words, and keeps what was typed."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from segments.models import Segment
from tests.factories import member, user
from tests.integrations.imports.sample import draft
from users.models import Attribute, Tag
from users.registry.attributes import define

pytestmark = pytest.mark.django_db
LONG = "x" * 300
NAMED = '{"combinator": "and", "rules": [{"field": "native.name", "operator": "is_set"}]}'
# name of the page, of what it takes, and the fields that are wrong with it: what was typed
FORMS = {
    "new attribute": ("attribute_new", {}, {"key": LONG, "type": "nonsense"}),
    "attribute": ("attribute_edit", {"pk": "attribute"}, {"name": LONG}),
    "new tag": ("tag_new", {}, {"name": LONG, "color": "red"}),
    "tag": ("tag_edit", {"pk": "tag"}, {"name": LONG, "color": "red"}),
    "new key": ("keys", {}, {"name": LONG, "scopes": ["nonsense"]}),
    "invitation": ("member_invite", {}, {"email": "nobody at all", "role": "viewer"}),
    "project": ("project_settings", {}, {"name": LONG, "time_zone": "Atlantis"}),
    "new project": ("project_new", None, {"name": LONG, "time_zone": "Atlantis"}),
    "account": ("account", None, {"name": LONG}),
    "password": ("account_password", None, {"old_password": "wrong", "new_password": "short"}),
    "new segment": ("segment_new", {}, {"name": LONG, "rule": NAMED}),
    "segment": ("segment_settings", {"pk": "segment"}, {"name": LONG, "icon": "nonsense"}),
    "users of a list": ("segment_add", {"pk": "list"}, {"text": ""}),
    "color of a tag": ("tag_new", {}, {"name": "vip", "color": "red"}),
    "value": ("value_edit", {"pk": "person", "ref": "ref"}, {"value": "many", "expected": "null"}),
    "new value": ("value_new", {"pk": "person"}, {"key": "seats", "value": "many"}),
    "value of a new attribute": ("value_new", {"pk": "person"}, {"key": "chairs", "type": "number", "value": "many"}),
    "new attribute on a profile": ("value_new", {"pk": "person"}, {"key": LONG, "type": "string", "value": "x"}),
    "import": ("import_new", {}, {"text": ""}),
    "mapping of an import": (
        "import_start",
        {"pk": "import"},
        {"key-0": "user_id", "key-1": "plan", "on": "native.email"},
    ),
    "reading of an import": (
        "import_reading",
        {"pk": "import"},
        {"encoding": "nonsense", "separator": ",", "quote": "x"},
    ),
    "rule": ("segment_rule", {"pk": "segment"}, {"rule": ""}),
    "rule without conditions": ("segment_new", {}, {"name": "Nobody", "rule": ""}),
    "sign-in": ("sign_in", None, {"email": "nobody@acme.test", "password": "wrong"}),
}


def made(project):
    owner = {"project": project}
    return {
        "attribute": Attribute.objects.create(**owner, source="custom", key="plan", type="string"),
        "tag": Tag.objects.create(**owner, name="vip", folded="vip"),
        "segment": Segment.objects.create(**owner, name="Paying", rule={"combinator": "and", "rules": []}),
        "list": Segment.objects.create(**owner, name="Guests", static=True),
        "person": user(project, "u1"),
        "ref": define(project, key="seats", type_name="number", now=timezone.now()).ref,
        "import": draft(project, "User ID,plan\nu1,Pro\n"),
    }


@pytest.mark.parametrize("form", FORMS)
def test_what_is_refused_is_said_on_top_and_at_its_field(project, form):
    view, where, typed = FORMS[form]
    client = Client()
    if form != "sign-in":
        client.force_login(member(project, "admin"))
    there = made(project)
    args = (
        [] if where is None else [project.slug, *(getattr(there[what], "pk", there[what]) for what in where.values())]
    )
    answer = client.post(reverse(view, args=args), typed)
    html = answer.content.decode()
    assert answer.status_code in (200, 422), answer.status_code
    assert 'class="error-summary" role="alert"' in html, "no summary on top"
    summary = html.split('class="error-summary"')[1].split("</div>")[0]
    linked = re.findall(r'href="#([^"]+)"', summary)
    if form == "sign-in":
        return  # which of the two was wrong is not told
    assert linked, "the summary has no links"
    assert 'href="#"' not in summary, "a link of the summary leads nowhere"
    for target in linked:
        field = re.search(rf'<(?:input|select|textarea|fieldset|div|section)[^>]*\bid="{target}"[^>]*>', html)
        assert field, f"#{target} is not on the page"
    wrong = re.findall(r'<(?:input|select|textarea|fieldset)[^>]*aria-invalid="true"[^>]*>', html)
    wrong += re.findall(r'<(?:section|fieldset)[^>]*aria-describedby="[^"]*error[^>]*>', html)
    assert wrong, "no field says that it is wrong"
    for tag in wrong:
        if 'type="checkbox"' in tag:  # the group says it
            tag = html[: html.index(tag)].rpartition("<fieldset")[2]
        said = re.search(r'aria-describedby="([^"]+)"', tag)
        assert said, tag
        assert any(f'id="{name}"' in html for name in said[1].split() if "error" in name), tag
    for name, text in typed.items():
        if isinstance(text, str) and "password" not in name and text not in ("nonsense", "red"):
            assert text in unescape(html), f"{name} was lost"
