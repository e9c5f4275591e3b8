"""Every page speaks to people: no internals, and names and counts lead to what they name and count."""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from segments.defining.edit import ICONS
from tests.factories import ProjectFactory
from tests.test_shown_alike import Seen, answers, fill, text_of
from users.models import ApiKey, Attribute, EndUser, OriginKind
from users.writing.calls import Call, Origin
from users.writing.identify import identify

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# What a developer sends is no internal: names of calls, and the one date that stands for all.
SENT = re.compile(
    r"\buser:(attributes|email|name|language|id)\b|2024-06-15T10:30:00Z|\busr_\w+|\b(signup_date|last_active_days|feature_usage)\b"
)
INTERNALS = {
    "a time for machines": r"\d{4}-\d\d-\d\dT\d\d",
    "a name with a colon": r"\b[a-z]+:[a-z_]+\b",
    "a name with underscores": r"\b[a-z]+(?:_[a-z]+)+\b",
    "an icon's name": rf"(?<![\w-])(?:{'|'.join(name for name in ICONS if '-' in name)})(?![\w-])",
    "the name of an error": r"\b[A-Z][A-Za-z]+(?:Error|Exception|DoesNotExist)\b|Traceback",
    "a constant of a language": r"\b(?:None|NaN|undefined|null)\b|\[object ",
    "an internal attribute": r"\ba\d+\b(?! )",
}
OTHER_PAGES = (
    "account", "project_new", "help", "help_page:identify", "help_page:sources", "help_page:types", "help_page:search",
    "help_page:roles", "help_page:segments", "sign_in",
)  # fmt: skip
IN_WORDS = re.compile(r"\bNone (?:of|would)\b")


class Read(Seen):
    """Choices are read too."""

    unread = Seen.unread - {"select"}


class Links(HTMLParser):
    """(address, text) of each link; of headings of the first level, their links alone; and what is marked current."""

    def __init__(self, page):
        super().__init__()
        self.links, self.inside, self.headings, self.of_heading, self.current = [], None, 0, [], []
        self.in_heading = False
        self.feed(page)

    def handle_starttag(self, tag, given):
        given = dict(given)
        if tag == "h1":
            self.headings, self.in_heading = self.headings + 1, True
        if tag == "a" and given.get("href"):
            self.inside = [given["href"], ""]
            if self.in_heading:
                self.of_heading.append(given["href"])
            if given.get("aria-current") == "page":
                self.current.append(given["href"])

    def handle_endtag(self, tag):
        if tag == "h1":
            self.in_heading = False
        if tag == "a" and self.inside:
            address, text = self.inside
            self.links.append((address, " ".join(text.split())))
            self.inside = None

    def handle_data(self, text):
        if self.inside:
            self.inside[1] += text


def whole_pages(admin, world):
    """All pages with a frame or a card of their own, those of no project too."""
    for url, page in answers(admin, world):
        if "<html" in page and url != f"/p/{world['slug']}/":  # that leads on to the list
            yield url, page
    client = Client()
    client.force_login(admin)
    for name in OTHER_PAGES:
        name, _, part = name.partition(":")
        url = reverse(name, args=[part] if part else [])
        yield url, (Client() if name == "sign_in" else client).get(url).content.decode()
    for url in (f"/p/{world['slug']}/nothing/", "/link/unknown/"):
        yield url, client.get(url).content.decode()


def internals_in(page):
    for line in text_of(page, Read):
        said = IN_WORDS.sub("", SENT.sub("", line))
        for what, pattern in INTERNALS.items():
            if re.search(pattern, said):
                yield what, line[:160]


def test_no_page_says_internals():
    admin, world = fill(ProjectFactory(name="Kiritimati"))
    found = [(url, *found) for url, page in answers(admin, world) for found in internals_in(page)]
    found += [(url, *found) for url, page in whole_pages(admin, world) for found in internals_in(page)]
    assert not found, "\n".join(map(str, dict.fromkeys(found)))


@pytest.mark.parametrize("text", [
    "changed at 2026-11-27T22:10:00+00:00", "ingest:key-4", "partly_stored", "Icon rocket-launch", "ValueError: no",
    "by None", "value of undefined",
])  # fmt: skip
def test_internals_would_be_found(text):
    assert list(internals_in(f"<p>{text}</p>"))


def test_every_page_says_where_it_is():
    admin, world = fill(ProjectFactory(name="Kiritimati"))
    problems = []
    for url, page in whole_pages(admin, world):
        title = re.search(r"<title>(.*?)</title>", page, re.S)[1].strip()
        seen = Links(page)
        if not re.fullmatch(r"\S.* · (?:.* · )?(?:Kiritimati|Jimo)", title):
            problems.append((url, "title", title))
        if seen.headings != 1:
            problems.append((url, f"{seen.headings} headings of the first level"))
        if 'class="sidebar"' in page and "nothing" not in url:
            path = url.partition("?")[0]
            home = [address for address in seen.current if address.startswith("/")]
            if not home:
                problems.append((url, "nothing is current"))
            elif path not in home and not set(home) & set(seen.of_heading):
                problems.append((url, "no way back in the heading", home, seen.of_heading))
    assert not problems, "\n".join(map(str, problems))


def test_names_and_counts_lead_to_what_they_name_and_count():
    project = ProjectFactory(name="Kiritimati")
    admin, world = fill(project)
    key, person = ApiKey.objects.get(project=project), EndUser.objects.get(pk=world["person"])
    wrong = Call(user_id="u1", attributes={"plan": {"name": "Solo"}, "nick": "M"})
    identify(project, wrong, Origin(OriginKind.KEY, key.pk, key.name), timezone.now())
    nick = Attribute.objects.get(project=project, key="nick").ref
    seen = {url: Links(page).links for url, page in answers(admin, world | {"ref": nick})}

    def at(name, *args, more=""):
        return reverse(name, args=[project.slug, *args]) + more

    def has(page, address, text):
        return any(to.startswith(address) and text in said for to, said in seen[page])

    edit = at("value_edit", person.pk, nick)
    profile, segment = at("user_profile", person.pk), at("segment", world["segment"])
    attribute, tagged = at("attribute_edit", world["attribute"]), at("users_list", more="?rule=")
    member, of_key = at("members", more=f"#member-{admin.pk}"), at("keys", more=f"#key-{key.pk}")
    expected = [
        *((page, profile, "Maya") for page in (at("users_list"), attribute, at("ingest_log"), at("install"), segment)),
        *((page, segment, "Team") for page in (at("segments"), attribute, f"{profile}?tab=segments")),
        *((page, attribute, "plan") for page in (f"{profile}?tab=history", at("registry"), segment)),
        *((page, tagged, "vip") for page in (profile, at("tags"), f"{profile}?tab=history")),
        *((page, of_key, "Billing") for page in (
            profile, f"{profile}?tab=history", attribute, at("ingest_log"), edit)),
        *((page, member, "Ada") for page in (
            at("keys"), at("segments"), f"{segment}?tab=versions", profile, f"{profile}?tab=history")),
        (at("segments"), segment, "1"), (at("segments"), f"{segment}?tab=growth", ""), (segment, tagged, "user"),
        (at("registry"), tagged, "1"), (attribute, tagged, "1"), (at("tags"), tagged, "1"),
    ]  # fmt: skip
    missing = [item for item in expected if not has(*item)]
    assert not missing, "\n".join(f"{page}: {text!r} does not lead to {to}" for page, to, text in missing)
