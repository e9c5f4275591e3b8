"""The snippet in a real page: queue replay, order, callbacks, every form of the arguments, shared computers."""

import gzip
import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from segments.models import Segment
from tests.factories import values_of
from users.models import EndUser
from users.views.install import SNIPPET
from users.writing.resolve import find_user


@pytest.fixture
def shop(open_page, live_server, project):
    """A page with the snippet as the install page gives it, and commands queued before it loads.

    It belongs to an empty project unless another one is given: what the snippet does needs nobody else.
    """

    def visit(commands="", page=None, of=project):
        page = page or open_page()
        page.route("**/shop", lambda route: route.fulfill(content_type="text/html", body=f"""
            <!doctype html><title>Shop</title><script>
            window.log = []; window.jimo = window.jimo || [];
            (function (j) {{ var s = document.createElement("script"); s.async = true; s.src = "{live_server.url}/static/jimo.js";
              j["JIMO_PROJECT_ID"] = "{of.public_id}"; document.head.appendChild(s); }})(window);
            {commands}</script>"""))  # fmt: skip
        page.goto("/shop")
        page.wait_for_function("window.jimo.loaded")
        return page

    return visit


def settle(page):
    page.wait_for_load_state("networkidle")


def test_a_visitor_is_recorded_and_keeps_their_jimer_id(shop, project):
    page = shop()
    settle(page)
    jimer_id = page.evaluate("jimo.push(['get', 'jimer:id'])")
    person = find_user(project, jimer_id)
    assert (person.user_id, person.sessions) == (None, 1)
    shop(page=page)
    assert page.evaluate("jimo.push(['get', 'jimer:id'])") == jimer_id


def test_commands_queued_before_loading_are_replayed_in_order(shop, project):
    page = shop("""
        jimo.push(["set", "user:attributes", [{plan: "Free", early: true}]]);
        jimo.push(["do", "identify", [4711, function () { log.push("identified");
          jimo.push(["set", "user:name", ["Ada"]]); jimo.push(["set", "user:email", ["ada@example.com"]]);
          jimo.push(["set", "user:language", ["fr"]]); jimo.push(["set", "user:attributes", [{plan: "Pro"}]]); }]]);
    """)
    page.wait_for_function("jimo.push(['get', 'user:name']) === 'Ada'")
    person = find_user(project, "4711")
    assert (person.name, person.email, person.language) == ("Ada", "ada@example.com", "fr")
    assert values_of(project, person) == {"custom.plan": "Pro", "custom.early": True}
    assert page.evaluate("log") == ["identified"]
    assert page.evaluate("jimo.push(['get', 'jimer:attributes'])") == {"plan": "Pro", "early": True}
    assert EndUser.objects.filter(project=project, user_id="4711").count() == 1


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        ([{"b": 2}], {"a", "b"}),
        ([{"b": 2}, True], {"a", "b"}),
        ([{"b": 2}, False, True], {"a", "b"}),
        ([{"b": 2}, {"refetchBoosted": True}], {"a", "b"}),
        ([{"b": 2}, {"removeUnspecified": True}], {"b"}),
    ],
)
def test_every_historic_form_of_user_attributes(shop, project, arguments, left):
    page = shop('jimo.push(["do", "identify", ["u1", () => jimo.push(["set", "user:attributes", [{a: 1}]])]])')
    page.wait_for_function("'a' in jimo.push(['get', 'jimer:attributes'])")
    page.evaluate(f'jimo.push(["set", "user:attributes", {json.dumps(arguments)}])')
    page.wait_for_function("'b' in jimo.push(['get', 'jimer:attributes'])")
    assert set(values_of(project, find_user(project, "u1"))) == {f"custom.{key}" for key in left}


def test_a_second_person_on_the_computer_gets_a_jimer_id_of_their_own(shop, project):
    page = shop('jimo.push(["do", "identify", ["first", () => log.push(1)]])')
    page.wait_for_function("log.length === 1")
    before = page.evaluate("jimo.push(['get', 'jimer:id'])")
    page.evaluate('jimo.push(["do", "identify", ["second", () => log.push(2)]])')
    page.wait_for_function("log.length === 2")
    after = page.evaluate("jimo.push(['get', 'jimer:id'])")
    assert before != after
    assert [find_user(project, value).user_id for value in (before, after)] == ["first", "second"]


def test_refused_commands_never_block_the_next(shop, project):
    page = shop('jimo.push(["do", "identify", ["undefined", () => log.push("never")]])')
    page.expected = ("Failed to load resource: the server responded with a status of 422 (Unprocessable Content)",)
    page.evaluate('jimo.push(["nonsense"]); jimo.push(["do", "identify", ["real", () => log.push("real")]])')
    page.wait_for_function("log.includes('real')")
    assert "never" not in page.evaluate("log")


def test_what_a_page_queued_before_its_identify_is_about_that_person(shop, project):
    page = shop(
        """jimo.push(["do", "identify", ["alice", () => jimo.push(["set", "user:email", ["alice@x.example"]])]])"""
    )
    page.wait_for_function("jimo.push(['get', 'user:email']) === 'alice@x.example'")
    shop(
        """jimo.push(["set", "user:email", ["bob@x.example"]]); jimo.push(["set", "user:attributes", [{plan: "Pro"}]]);
           jimo.push(["do", "identify", ["bob", () => log.push("bob")]]);""",
        page,
    )
    page.wait_for_function("log.includes('bob')")
    alice, bob = (find_user(project, name) for name in ("alice", "bob"))
    assert (alice.email, values_of(project, alice)) == ("alice@x.example", {})
    assert (bob.email, values_of(project, bob)) == ("bob@x.example", {"custom.plan": "Pro"})
    page.evaluate('jimo.push(["set", "user:attributes", [{role: "admin"}]])')
    page.wait_for_function("jimo.push(['get', 'jimer:attributes']).role")
    assert values_of(project, bob)["custom.role"] == "admin"


@pytest.mark.parametrize(
    "value",
    ["BigInt(1)", "NaN", "[1, Infinity]", "new Date(NaN)", "(() => { const c = {}; c.c = c; return c; })()",
     '"x".repeat(70000)', '"x".repeat(50000)'],
)  # fmt: skip
def test_a_value_that_cannot_be_sent_is_dropped_and_never_blocks_the_next(shop, project, value):
    page = shop('jimo.push(["do", "identify", ["u1", () => jimo.push(["set", "user:attributes", [{bad: 1}]])]])')
    page.wait_for_function("jimo.push(['get', 'jimer:attributes']).bad === 1")
    page.evaluate(f'jimo.push(["set", "user:attributes", [{{bad: {value}, good: 2}}]])')
    page.evaluate(f'jimo.push(["set", "user:name", [{value}]])')
    page.evaluate('jimo.push(["set", "user:attributes", [{next: 3}]])')
    page.wait_for_function("jimo.push(['get', 'jimer:attributes']).next === 3")
    stored = values_of(project, find_user(project, "u1"))
    assert stored == {"custom.bad": 1, "custom.good": 2, "custom.next": 3}


def test_a_refusal_in_another_form_is_not_retried(shop, project):
    page = shop('jimo.push(["do", "identify", ["u1", () => log.push(1)]])')
    page.wait_for_function("log.length === 1")
    page.expected = ("Failed to load resource: the server responded with a status of 403 (Forbidden)",)
    page.route("**/api/v1/identify", lambda route: route.fulfill(status=403, body="<h1>Blocked</h1>"), times=1)
    page.evaluate('jimo.push(["set", "user:attributes", [{lost: 1}]])')
    settle(page)
    page.evaluate('jimo.push(["set", "user:attributes", [{next: 2}]])')
    page.wait_for_function("jimo.push(['get', 'jimer:attributes']).next === 2")


def test_server_errors_are_retried(shop, project, live_server):
    page = shop('jimo.push(["do", "identify", ["u1", () => log.push(1)]])')
    page.wait_for_function("log.length === 1")
    page.expected = ("Failed to load resource: the server responded with a status of 503 (Service Unavailable)",)
    failures = []

    def fail_once(route):
        if not failures:
            failures.append(1)
            return route.fulfill(status=503, body="{}")
        return route.continue_()

    page.route("**/api/v1/identify", fail_once)
    page.evaluate('jimo.push(["set", "user:attributes", [{retried: "yes"}]])')
    page.wait_for_function("jimo.push(['get', 'jimer:attributes']).retried === 'yes'")
    assert values_of(project, find_user(project, "u1"))["custom.retried"] == "yes"


def test_the_demo_product(open_page, demo):
    page = open_page()
    page.goto("/demo-product/")
    page.get_by_role("button", name="Sign in to Fernhill").click()
    expect(page.get_by_role("heading", name="Hello, Maya Lindqvist")).to_be_visible()
    page.get_by_label("Your plan").select_option("Team")
    page.get_by_role("button", name="Switch plan").click()
    expect(page.locator("[data-status]")).to_have_text("Sent plan = Team.")
    settle(page)
    assert values_of(demo.project, demo.showcase)["custom.plan"] == "Team"
    page.reload()
    expect(page.get_by_role("heading", name="Hello, Maya Lindqvist")).to_be_visible()
    expect(page.get_by_label("Your plan")).to_have_value("Team")


def test_the_segments_that_browsers_may_see(shop, demo):
    paying = Segment.objects.get(project=demo.project, name="Paying customers")
    page = shop("""jimo.push(["do", "identify", ["usr_maya"]]);""", of=demo.project)
    settle(page)
    page.evaluate(
        """() => new Promise((done) => jimo.push(["get", "user:segments", [(found) => { log.push(found); done(); }]]))"""
    )
    assert page.evaluate("log.at(-1)") == [{"id": paying.pk, "name": "Paying customers"}]
    other = paying.pk + 100_000
    page.evaluate(
        f"""() => new Promise((done) => jimo.push(["get", "user:segments", [(found) => {{ log.push(found); done(); }}, {{watch: [{other}]}}]]))"""
    )
    assert page.evaluate("log.at(-1)") == []


STORED = "JSON.parse(localStorage.getItem('jimo:' + JIMO_PROJECT_ID))"


def test_an_older_page_never_writes_its_person_over_a_newer_one(shop, project):
    old = shop('jimo.push(["do", "identify", ["alice", () => log.push(1)]])')
    old.wait_for_function("log.length === 1")
    new = shop('jimo.push(["do", "identify", ["bob", () => log.push(1)]])', old.context.new_page())
    new.wait_for_function("log.length === 1")
    old.evaluate('jimo.push(["set", "user:attributes", [{seen: "by alice"}]])')
    old.wait_for_function("jimo.push(['get', 'jimer:attributes']).seen")
    assert values_of(project, find_user(project, "alice")) == {"custom.seen": "by alice"}
    assert new.evaluate(STORED)["userId"] == "bob"


def test_a_page_that_named_nobody_learns_who_another_one_named(shop, project):
    old = shop()
    settle(old)
    new = shop('jimo.push(["do", "identify", ["alice", () => log.push(1)]])', old.context.new_page())
    new.wait_for_function("log.length === 1")
    old.wait_for_function("jimo.push(['get', 'user:id']) === 'alice'")
    old.evaluate('jimo.push(["set", "user:attributes", [{plan: "Pro"}]])')
    old.wait_for_function("jimo.push(['get', 'jimer:attributes']).plan")
    assert new.evaluate(STORED)["userId"] == "alice"
    assert values_of(project, find_user(project, "alice")) == {"custom.plan": "Pro"}


@pytest.mark.parametrize(
    "kept", ["[]", "7", '{"jimerId": {"a": 1}}', '{"jimerId": "null"}', '{"jimerId": "a b c d e f"}']
)
def test_what_is_stored_in_a_wrong_shape_starts_anew(shop, project, kept):
    page = shop()
    page.evaluate(f"localStorage.setItem('jimo:' + JIMO_PROJECT_ID, {json.dumps(kept)})")
    shop(page=page)
    settle(page)
    assert len(page.evaluate("jimo.push(['get', 'jimer:id'])")) == 22
    assert page.evaluate(STORED)["jimerId"] == page.evaluate("jimo.push(['get', 'jimer:id'])")


def test_with_manual_init_nothing_is_kept_before_it_or_after_being_forgotten(shop, project):
    page = shop('window.JIMO_MANUAL_INIT = true; jimo.push(["do", "identify", ["u1", () => log.push(1)]])')
    assert page.evaluate(STORED) is None
    page.evaluate("jimoInit()")
    page.wait_for_function("log.length === 1")
    assert page.evaluate(STORED)["userId"] == "u1"
    page.evaluate("jimo.push(['set', 'user:attributes', [{late: 1}]]); jimoKill({forget: true})")
    settle(page)
    assert page.evaluate(STORED) is None
    assert page.evaluate("jimo.push(['get', 'user:id'])") is None


def test_the_snippet_pasted_twice_loses_nothing_that_was_queued(shop, project, live_server):
    again = f"""const s = document.createElement("script"); s.src = "{live_server.url}/static/jimo.js";
        s.onload = () => log.push("again"); document.head.append(s);"""
    page = shop('jimo.push(["set", "user:attributes", [{first: 1}]]); jimo.push(["do", "identify", ["u1"]])')
    page.evaluate(f'window.jimo = [["set", "user:attributes", [{{second: 2}}]]]; {again}')
    page.wait_for_function("log.includes('again')")
    page.wait_for_function("jimo.push(['get', 'jimer:attributes']).second === 2")
    assert values_of(project, find_user(project, "u1")) == {"custom.first": 1, "custom.second": 2}
    assert "window.jimo = window.jimo || [];" in SNIPPET


def test_a_retried_call_says_how_old_it_is_by_its_own_clock(shop, project):
    page = shop('jimo.push(["do", "identify", ["u1", () => log.push(1)]])')
    page.wait_for_function("log.length === 1")
    page.expected = ("Failed to load resource: the server responded with a status of 503 (Service Unavailable)",)
    page.clock.set_fixed_time(timezone.now() - timedelta(days=10))
    page.route("**/api/v1/identify", lambda route: route.fulfill(status=503, body="{}"), times=1)
    page.evaluate('jimo.push(["set", "user:attributes", [{plan: "Pro"}]])')
    page.wait_for_function("jimo.push(['get', 'jimer:attributes']).plan")
    assert values_of(project, find_user(project, "u1")) == {"custom.plan": "Pro"}


def test_the_snippet_stays_under_five_kilobytes():
    assert len(gzip.compress((settings.BASE_DIR / "static" / "jimo.js").read_bytes(), 9, mtime=0)) < 5 * 1024
