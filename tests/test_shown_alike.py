"""Every page says numbers and times in one way: 1 user, 1,234 users, and times of the project's zone."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.imports.steps import start_dry_run
from segments.defining.edit import Author, create_segment
from segments.membership.lists import add_members
from segments.models import Segment, SegmentDay, SegmentDelta
from tests.factories import SERVER, SNIPPET, ProjectFactory, member, user
from tests.integrations.imports.sample import draft
from tests.integrations.syncing.toy import read_connection
from tests.users.test_pages import ONLY_POST, a_webhook, kwargs_for, project_pages
from users.accounts.access_links import make_link
from users.accounts.keys import create_key
from users.finding import figures
from users.jobs import start_job
from users.jobs.machinery import run_all_jobs
from users.models import AccessLink, Attribute, CallCount, EndUser, Figure, Job, Merge, ProjectMember, Tag
from users.writing.calls import Call, TagChange
from users.writing.edits import member_origin
from users.writing.identify import identify

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ZONE = "Pacific/Kiritimati"  # 14 hours before UTC: half of each day is another day there
HIDDEN = {"script", "style", "template", "code", "pre", "textarea", "select", "datalist", "svg"}
OWN_LINES = {"p", "li", "div", "td", "th", "h1", "h2", "h3", "button", "a", "dt", "dd", "section", "summary", "label"}
MORE = {
    "user_profile": ["?tab=history", "?tab=segments"],
    "segment": ["?tab=growth", "?tab=difference", "?tab=versions", "?tab=uses"],
    "ingest_log": ["?show=all", "?show=all&user=u1"],
    "users_list": ["?who=identified", "?q=u1"],
    "attribute_type": ["?to=number", "?to=list"],
}


class Seen(HTMLParser):
    """The text of a page as people read it or hear it: with tips and labels, without code, addresses and values."""

    unread = HIDDEN

    def __init__(self) -> None:
        super().__init__()
        self.parts, self.open = [], []

    def handle_starttag(self, tag, given):
        given = dict(given)
        hides = tag in self.unread or {"value", "mono", "attribute__key", "chip--item"} & set(
            (given.get("class") or "").split()
        )
        if tag not in ("input", "br", "img", "meta", "link", "hr", "col", "path", "line", "rect", "circle", "wbr"):
            self.open.append((tag, hides))
        if not self.hidden:
            said = [given[name] for name in ("data-tip", "aria-label", "title", "placeholder") if given.get(name)]
            self.parts += [f"\n{text}\n" for text in said]
        if tag in OWN_LINES:
            self.parts.append("\n")

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass
        if tag in OWN_LINES:
            self.parts.append("\n")
        self.parts.append(" ")

    @property
    def hidden(self):
        return any(hides for _, hides in self.open)

    def handle_data(self, data):
        if not self.hidden:
            self.parts.append(data)


def text_of(page, reader=Seen):
    seen = reader()
    seen.feed(page)
    whole = re.sub(r'"[^"\n]*"', '"…"', "".join(seen.parts))  # what was sent is quoted as it was sent
    lines = (" ".join(line.split()) for line in whole.splitlines())
    return [line for line in lines if line]


@pytest.fixture
def kiritimati():
    return ProjectFactory(name="Kiritimati", time_zone=ZONE)  # factories count: a thousandth project has a number


def fill(project, others=0):
    """One of everything, and so many other users."""
    now = timezone.now()
    admin = member(project, name="Ada")
    person = user(project, "u1", name="Maya", attributes={"plan": "Pro", "seats": 1, "joined": "2024-06-15T11:00:00Z"},
                  tags=TagChange(add=["vip"]))  # fmt: skip
    identify(project, Call(jimer_id="browser", attributes={"x": 1}, activity=True), SNIPPET, now)
    identify(project, Call(jimer_id="browser", user_id="u1"), SNIPPET, now)
    late = Call(user_id="u1", attributes={"plan": "Old", "seats": "many"}, timestamp=now - timedelta(days=1))
    identify(project, late, SERVER, now)
    identify(project, Call(user_id="u1", attributes={"plan": "Team"}), member_origin(admin), timezone.now())
    EndUser.objects.bulk_create(
        EndUser(project=project, jimer_id=f"jimer-{n}", user_id=f"other-{n}", created=now) for n in range(others)
    )
    key, _ = create_key(project, "Billing", ["ingest"], admin)
    make_link(AccessLink.Kind.INVITE, project=project, email="new@x.example", by=admin, now=now, role="viewer")
    rule = {"combinator": "and", "rules": [
        {"field": "custom.plan", "operator": "is", "value": "Team"},
        {"field": "custom.seats", "operator": "lt", "value": 1234},
        {"field": "custom.joined", "operator": "before", "value": "2025-01-01"},
        {"field": "custom.joined", "operator": "after", "value": "2024-01-01T11:00:00Z"},
    ]}  # fmt: skip
    by = Author(admin, "Ada")
    segment = create_segment(project, {"name": "Team"}, rule=rule, static=False, by=by, now=now)
    listed = create_segment(project, {"name": "Listed"}, rule=None, static=True, by=by, now=now)
    add_members(listed, [person.pk], now)
    built_on = {"combinator": "and", "rules": [{"field": "segment", "operator": "is_in", "value": segment.pk}]}
    create_segment(project, {"name": "Built on it"}, rule=built_on, static=False, by=by, now=now)
    CallCount.objects.create(
        project=project, minute=now.replace(second=0, microsecond=0), origin_kind="key", unchanged=1
    )
    run_all_jobs()
    Segment.objects.filter(project=project).update(created=now - timedelta(days=40))
    figures.refresh_coverage(now)
    figures.refresh_tag_counts(now)
    tried_out = draft(project, "User ID,plan\nu1,Pro\nu2,Free,Team\n")
    start_dry_run(tried_out, None, now)
    run_all_jobs()
    job = start_job(project, "bulk_tag", {"ids": [], "add": ["vip"]}, admin, total=1)
    return admin, {
        "slug": project.slug, "person": person.pk, "merge_pk": Merge.objects.get(project=project).pk, "key": key.pk,
        "ref": Attribute.objects.get(project=project, key="seats").ref, "job": job.pk, "segment": segment.pk, "list": listed.pk,
        "attribute": Attribute.objects.get(project=project, key="plan").pk,
        "tag": Tag.objects.get(project=project).pk, "member": ProjectMember.objects.get(account=admin).pk,
        "link": AccessLink.objects.get(project=project).pk, "import": tried_out.pk,
        "connection": read_connection(project).pk, **a_webhook(project, admin),
    }  # fmt: skip


def pages(admin, world):
    """(address, lines of text) of all pages that can be read; also what a list is added to and exported from."""
    for url, page in answers(admin, world):
        yield url, text_of(page)


def answers(admin, world):
    """(address, HTML) of the same."""
    client = Client()
    client.force_login(admin)
    for route, item in project_pages():
        if item.name in ONLY_POST:
            continue
        subject = world | {"segment": world["list"]} if item.name == "segment_add" else world
        url = reverse(item.name, kwargs=kwargs_for(route, item.name, subject))
        for more in ["", *MORE.get(item.name, [])]:
            answer = client.get(url + more, follow=True)
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                reached = answer.redirect_chain[-1][0] if answer.redirect_chain else url + more
                yield reached, answer.content.decode()


NOUNS = "user|segment|value|attribute|tag|session|member|condition|line|item|call|name|key|day|hour|minute|time|field|option|id|character|version|browser"
WRONG_ONE = re.compile(
    rf"(?<![\d.,])1 (?:[a-z]+ )?(?:{NOUNS})s\b|(?<![\d.,])1 (?:(?:{NOUNS}) )?(?:are|were|have|match|come|use)\b"
)
WRONG_MANY = re.compile(rf"(?<![\w.,])(?!1 )\d[\d,]* (?:{NOUNS})\b(?!s)")
UNGROUPED = re.compile(r"(?<![\w.,:/#-])(?!(?:19|20)\d\d\b)\d{4,}(?![\w:/.-])")


def complaints(admin, world, *patterns):
    return [
        (url, line[:160])
        for url, lines in pages(admin, world)
        for line in lines
        if any(p.search(line) for p in patterns)
    ]


def test_one_of_everything_is_said_in_the_singular(kiritimati):
    admin, world = fill(kiritimati)
    found = complaints(admin, world, WRONG_ONE, WRONG_MANY)
    assert not found, "\n".join(map(str, found))


def test_thousands_are_grouped_and_in_the_plural(kiritimati):
    admin, world = fill(kiritimati, others=1_234)
    project, thousands = kiritimati, 12_345
    EndUser.objects.filter(project=project, user_id="u1").update(sessions=thousands)
    Tag.objects.filter(project=project).update(user_count=thousands, counted_at=timezone.now())
    Attribute.objects.filter(project=project).update(coverage=thousands)
    Segment.objects.filter(project=project).update(count=thousands)
    SegmentDelta.objects.filter(segment__project=project).update(entered=thousands, gone=thousands)
    day = timezone.now().date() - timedelta(days=3)
    SegmentDay.objects.create(segment_id=world["segment"], day=day, entered=thousands, gone=thousands, size=thousands)
    CallCount.objects.filter(project=project).update(unchanged=thousands)
    Job.objects.filter(pk=world["job"]).update(progress=thousands, total=thousands * 2)
    for merge in Merge.objects.filter(project=project):
        for side in ("survivor", "absorbed"):
            merge.before[side] |= {"sessions": thousands, "values": thousands}
        merge.save()
    for figure in Figure.objects.filter(project=project):
        if isinstance(figure.value, int):
            Figure.objects.filter(pk=figure.pk).update(value=thousands)
    found = complaints(admin, world, UNGROUPED, WRONG_MANY)
    assert not found, "\n".join(map(str, found))


def test_times_are_those_of_the_projects_zone(kiritimati):
    admin, world = fill(kiritimati)
    utc = re.compile(r"\bUTC\b|\bGMT\b|\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d\d:\d\d:\d\d(?! \+14)")
    found = complaints(admin, world, utc)
    assert [item for item in found if "Days and dates follow it" not in item[1]] == []
    lines = [line for _, lines in pages(admin, world) for line in lines]
    assert any(re.search(r"\d [A-Z][a-z]{2} \d{4}, \d\d:\d\d:\d\d \+14", line) for line in lines)
