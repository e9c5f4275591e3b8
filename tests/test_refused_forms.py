"""Every form that refuses what was typed says so on top with links, at each field in words, and keeps what was typed.

The last test finds the forms of all pages: one that is not tried here fails it.
"""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from segments.defining.edit import Author, create_segment
from segments.models import Segment
from tests.factories import ProjectFactory, member, user
from tests.integrations.imports.sample import draft
from tests.integrations.syncing.toy import connected
from tests.test_shown_alike import answers, fill
from tests.test_words_and_seams import whole_pages
from tests.users.test_pages import a_webhook
from users.accounts.access_links import make_link
from users.models import AccessLink, Attribute, Tag
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
    "credentials": ("connection_new", {"vendor": "vendor"}, {"token": "", "region": "nonsense"}),
    "new credentials": ("connection_credentials", {"pk": "connection"}, {"token": "", "region": "nonsense"}),
    "webhook": ("webhook_new", {}, {"url": "nowhere", "name": "Billing"}),
    "webhook again": ("webhook_edit", {"pk": "webhook"}, {"url": "ftp://example.com/", "name": "Billing"}),
    "what a connection reads": (
        "connection_mapping",
        {"pk": "connection"},
        {
            "objects": "contacts",
            "match_property": "email",
            "match_on": "native.email",
            "property": "plan",
            "key:plan": LONG,
        },
    ),
    "rule": ("segment_rule", {"pk": "segment"}, {"rule": ""}),
    "rule without conditions": ("segment_new", {}, {"name": "Nobody", "rule": ""}),
    "role": ("member_role", {"pk": "member"}, {"role": "nonsense"}),
    "type": ("attribute_type", {"pk": "used"}, {"to": "number", "go": "1"}),
    "archiving what is used": ("attribute_edit", {"pk": "used"}, {"name": "Size", "archived": "on"}),
    "deletion of what is used": ("attribute_delete", {"pk": "used"}, {}),
    "deletion of a project": ("project_delete", {}, {"name": LONG}),
    "erasure": ("user_erase", {"pk": "person"}, {"number": "2", "block": "on"}),
    "erasure of many": ("bulk_erase", {}, {"ids": "PERSON", "number": "2"}),
    "new list for users": ("bulk_add_to_list", {}, {"ids": "PERSON", "segment": "new", "name": LONG}),
    "joining": ("access_link", {"token": "invitation"}, {"name": LONG, "password": "short"}),
    "password reset": ("access_link", {"token": "reset"}, {"password": "short"}),
    "sign-in": ("sign_in", None, {"email": "nobody@acme.test", "password": "wrong"}),
}


STRANGERS = ("sign-in", "joining", "password reset")  # forms of those who are not signed in
# Forms with fields that refuse nothing: view, and why.
TAKE_ALL = {
    "theme": "three themes to press",
    "bulk_export": "an unknown format is CSV",
    "segment_export": "an unknown format is CSV",
    "users_list": "a search",
    "import": "which refused lines are shown",
    "connection": "which problems are shown",
    "webhook": "which deliveries are shown",
    "connection_act": "one of two ways to leave",
    "registry": "a search",
    "ingest_log": "a search",
    "segments": "a search",
    "tags": "a search",
    "help": "a search",
    "user_profile": "what history shows",
}


def made(project, admin):
    owner, now = {"project": project}, timezone.now()
    size = define(project, key="size", type_name="string", now=now)
    rule = {"combinator": "and", "rules": [{"field": "custom.size", "operator": "is", "value": "many"}]}
    create_segment(project, {"name": "Large"}, rule=rule, static=False, by=Author(None, "Ada"), now=now)
    colleague = member(project, "viewer")

    def link(kind, email):
        return make_link(kind, project=project, email=email, by=admin, now=now, role="viewer")

    return {
        "used": size, "member": colleague.memberships.get(), "invitation": link(AccessLink.Kind.INVITE, "new@acme.test"),
        "reset": link(AccessLink.Kind.RESET, colleague.email),
        "attribute": Attribute.objects.create(**owner, source="custom", key="plan", type="string"),
        "tag": Tag.objects.create(**owner, name="vip", folded="vip"),
        "segment": Segment.objects.create(**owner, name="Paying", rule={"combinator": "and", "rules": []}),
        "list": Segment.objects.create(**owner, name="Guests", static=True),
        "person": user(project, "u1"),
        "ref": define(project, key="seats", type_name="number", now=timezone.now()).ref,
        "import": draft(project, "User ID,plan\nu1,Pro\n"), "connection": connected(project)[0], "vendor": "toy", "webhook": a_webhook(project, admin)["webhook"],
    }  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_what_is_refused_is_said_on_top_and_at_its_field(project, form):
    view, where, typed = FORMS[form]
    client, admin = Client(), member(project, "admin")
    if form not in STRANGERS:
        client.force_login(admin)
    there = made(project, admin)
    kwargs = {name: getattr(there[what], "pk", there[what]) for name, what in (where or {}).items()}
    if where is not None and form not in STRANGERS:
        kwargs["slug"] = project.slug
    typed = {name: str(there["person"].pk) if text == "PERSON" else text for name, text in typed.items()}
    answer = client.post(reverse(view, kwargs=kwargs), typed)
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
        if 'type="checkbox"' in tag and "error" not in tag:  # the group says it
            tag = html[: html.index(tag)].rpartition("<fieldset")[2]
        said = re.search(r'aria-describedby="([^"]+)"', tag)
        assert said, tag
        assert any(f'id="{name}"' in html for name in said[1].split() if "error" in name), tag
    for name, text in typed.items():
        if form == "new list for users" and name == "ids":
            continue  # the dialog around this part has them
        if isinstance(text, str) and "password" not in name and text not in ("nonsense", "red"):
            assert text in unescape(html), f"{name} was lost"


class Forms(HTMLParser):
    """(action, names of what is filled in) of each form."""

    def __init__(self, page):
        super().__init__()
        self.forms = []
        self.feed(page)

    def handle_starttag(self, tag, given):
        given = dict(given)
        if tag == "form":
            self.forms.append((given.get("action") or "", []))
        elif (
            tag in ("input", "select", "textarea")
            and given.get("type") != "hidden"
            and given.get("name")
            and self.forms
        ):
            self.forms[-1][1].append(given["name"])


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_form_of_every_page_is_known():
    admin, world = fill(ProjectFactory(name="Kiritimati"))
    known = {view for view, _, _ in FORMS.values()} | set(TAKE_ALL)
    found = {}
    for url, page in [*answers(admin, world), *whole_pages(admin, world)]:
        for action, names in Forms(page).forms:
            path = urlsplit(urljoin(url, action)).path
            view = resolve(path).url_name
            if names:
                found.setdefault(view, (url, names))
    unknown = {view: where for view, where in found.items() if view not in known}
    assert not unknown, f"add them to FORMS, or say in TAKE_ALL why nothing is refused: {unknown}"
    gone = set(TAKE_ALL) - set(found)
    assert not gone, f"not on any page any more: {gone}"
