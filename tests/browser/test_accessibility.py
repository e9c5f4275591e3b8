"""axe finds nothing on any page, in either theme, wide and narrow; and no page scrolls sideways."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.utils import timezone

from integrations.demo.imports import NAME
from integrations.imports import making, steps
from integrations.models import Connection, Import
from tests.factories import SERVER
from tests.integrations.syncing.toy import read_connection
from users.jobs.machinery import claim_and_run
from users.models import Project

PAGES = [
    "/p/fernhill/users/", "/p/fernhill/users/?q=nobodyatall", "/p/fernhill/users/?open=MAYA", "/p/fernhill/users/MAYA/",
    "/p/fernhill/users/MAYA/?tab=history", "/p/fernhill/users/METRICS/", "/p/fernhill/users/UNUSUAL/",
    "/p/fernhill/data/attributes/", "/p/fernhill/data/attributes/new/", "/p/fernhill/data/attributes/PLAN/",
    "/p/fernhill/data/tags/", "/p/fernhill/data/ingest/", "/p/fernhill/settings/install/", "/p/fernhill/settings/keys/",
    "/p/fernhill/settings/members/", "/p/fernhill/settings/work/", "/p/fernhill/settings/project/", "/account/", "/projects/new/", "/help/", "/help/?q=remove",
    "/p/fernhill/settings/webhooks/", "/p/fernhill/settings/webhooks/new/", "/p/fernhill/settings/webhooks/HOOK/", "/p/fernhill/settings/webhooks/HOOK/deliveries/DELIVERY/", "/help/webhooks/",
    "/p/fernhill/integrations/", "/p/fernhill/integrations/new/hubspot/", "/p/fernhill/integrations/CONNECTION/", "/p/fernhill/integrations/CONNECTION/mapping/", "/p/fernhill/integrations/CONNECTION/disconnect/",
    "/p/fernhill/imports/", "/p/fernhill/imports/new/", "/p/fernhill/imports/DRAFT/", "/p/fernhill/imports/TRIED/", "/p/fernhill/imports/RAN/", "/p/fernhill/segments/", "/p/fernhill/segments/new/", "/p/fernhill/segments/new/?static=1", "/p/fernhill/segments/PAYING/",
    "/p/fernhill/segments/PAYING/?tab=growth", "/p/fernhill/segments/PAYING/?tab=difference",
    "/p/fernhill/segments/PAYING/?tab=versions", "/p/fernhill/segments/PAYING/?tab=uses", "/p/fernhill/segments/PAYING/rule/",
    "/p/fernhill/segments/PAYING/settings/", "/p/fernhill/segments/COUNCIL/add/", "/p/fernhill/users/MAYA/?tab=segments",
    "/p/fernhill/users/?who=identified&active=30", "/help/segments/", "/help/imports/", "/help/connections/", "/help/hubspot/", "/help/sources/", "/help/types/", "/help/roles/", "/help/identify/", "/styleguide/", "/demo-product/", "/p/fernhill/users/999999/",
]  # fmt: skip


def imports(demo):
    """Of each kind one, made when first asked for: a draft, one that was tried out, one that ran. Lines of each are bad."""
    project = Project.objects.get(slug="fernhill")
    found = {"RAN": Import.objects.get(project=project, name=NAME).pk}
    for name in ("DRAFT", "TRIED"):
        one = Import.objects.filter(project=project, name=f"{name}.csv").first() or draft_of(project, name)
        found[name] = one.pk
    return found


def draft_of(project, name):
    lines = ["User ID,Full name,plan,A column whose name has many words and says what it is for,seats,tags"]
    lines += [
        f"usr_{number},Person {number},Pro,some words,{'many' if number % 2 else number},a;b" for number in range(9)
    ]
    made, _ = making.make(project, f"{name}.csv", ["\n".join([*lines, "null,x", ""]).encode()], SERVER, timezone.now())
    if name == "TRIED":
        steps.start_dry_run(made, None, timezone.now())
        claim_and_run(made.job.pk)
    return made


def connection_of(demo):
    """One that was read, with what it could not write; made when first asked for."""
    found = Connection.objects.filter(project=demo.project).first()
    return (found or read_connection(demo.project, "usr_maya")).pk


def address(text, demo):
    from integrations.models import Delivery, Webhook
    from segments.models import Segment
    from users.models import Attribute, EndUser

    people = {item.user_id: item.pk for item in EndUser.objects.filter(user_id__in=["usr_metrics", "usr_unusual"])}
    names = {
        **({} if "/imports/" not in text else imports(demo)),
        **({} if "CONNECTION" not in text else {"CONNECTION": connection_of(demo)}),
        "MAYA": demo.showcase.pk, "METRICS": people["usr_metrics"], "UNUSUAL": people["usr_unusual"],
        "PAYING": Segment.objects.get(name="Paying customers").pk,
        "COUNCIL": Segment.objects.get(name="Customer council").pk,
        "HOOK": Webhook.objects.earliest("pk").pk, "DELIVERY": Delivery.objects.earliest("pk").pk,
        "PLAN": Attribute.objects.get(source="custom", key="plan").pk,
    }  # fmt: skip
    for name, pk in names.items():
        text = text.replace(name, str(pk))
    return text


# What is drawn does not depend on the database: each runs two of the four looks, both themes and both widths.
LOOKS = {"sqlite": [(1440, "light"), (390, "dark")], "postgresql": [(1440, "dark"), (390, "light")]}


@pytest.mark.parametrize(("width", "theme"), LOOKS[connection.vendor])
def test_axe_finds_nothing_and_nothing_sticks_out(sign_in, demo, width, theme):
    page = sign_in("admin", width=width, theme=theme)
    page.expected = ("Failed to load resource: the server responded with a status of 404 (Not Found)",)
    problems = []
    for text in PAGES:
        page.goto(address(text, demo))
        page.wait_for_load_state("load")
        if "open=" in text:
            page.wait_for_selector("#panel h2" if width > 900 else "[data-data]")
        if "/rule/" in text or "who=" in text:
            page.wait_for_selector("[data-chip]")
        for violation in Axe().run(page).response["violations"]:
            nodes = [node["html"][:160] for node in violation["nodes"][:2]]
            problems.append((text, violation["id"], nodes))
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 1:
            problems.append((text, f"{wide} px wider than the window"))
        bar = page.evaluate("document.querySelector('.topbar')?.offsetHeight ?? 0")
        if bar > 80:  # a short page must not stretch it
            problems.append((text, f"the bar is {bar} px high"))
    assert not problems, "\n".join(map(str, problems))


def test_the_api_reference_works_under_the_policy(open_page, demo):
    """Any complaint of the browser fails it; axe is not asked: the page is Swagger's."""
    page = open_page()
    page.goto("/api/docs/")
    page.get_by_text("Tell who a user is and what is known about them").click()
    page.get_by_role("button", name="Try it out").wait_for()


def test_the_sign_in_page(open_page, demo):
    page = open_page(theme="dark")
    page.goto("/sign-in/")
    assert not Axe().run(page).response["violations"]
