"""Every form that refuses what was typed says so on top with links, at each field in words, and keeps what was typed."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from segments.models import Segment
from tests.factories import member
from users.models import Attribute, Tag

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
    "sign-in": ("sign_in", None, {"email": "nobody@acme.test", "password": "wrong"}),
}


def made(project):
    owner = {"project": project}
    return {
        "attribute": Attribute.objects.create(**owner, source="custom", key="plan", type="string"),
        "tag": Tag.objects.create(**owner, name="vip", folded="vip"),
        "segment": Segment.objects.create(**owner, name="Paying", rule={"combinator": "and", "rules": []}),
        "list": Segment.objects.create(**owner, name="Guests", static=True),
    }


@pytest.mark.parametrize("form", FORMS)
def test_what_is_refused_is_said_on_top_and_at_its_field(project, form):
    view, where, typed = FORMS[form]
    client = Client()
    if form != "sign-in":
        client.force_login(member(project, "admin"))
    there = made(project)
    args = [] if where is None else [project.slug, *(there[what].pk for what in where.values())]
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
