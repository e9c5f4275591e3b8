"""No rule costs more than others can bear: bounded when it is checked, and again when it runs."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from segments.counting.audience import audience, count_audience
from segments.defining.edit import Author, BadSegment, change_segment, create_segment, delete_segment
from segments.engines import explain, memory
from segments.engines.compiled import compiled_now
from segments.engines.memory import GivenPerson
from segments.engines.sql import Compiler
from segments.language import budget, pattern_engine
from segments.language.pattern_engine import found, steps
from segments.language.reads import Holds
from segments.language.rules import conditions, parse
from segments.language.scope import scope_of
from segments.membership import follow, passes
from segments.models import Membership, Segment
from tests.factories import member, user
from users.accounts import keys
from users.database import questions
from users.database.limits import TookTooLong, thinking_limit
from users.jobs.machinery import run_all_jobs
from users.models import EndUser, Job

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 6, 15, tzinfo=UTC)
DEAR = "(.{1,100}){9}c"


def matching(pattern, field="custom.text"):
    return {"field": field, "operator": "matches", "value": pattern}


def group(*rules, **more):
    return {"combinator": "and", "rules": list(rules), **more}


@pytest.fixture
def client(project):
    user(project, "u1", attributes={"text": "some text", "list": ["a", "b", 1]})
    _, secret = keys.create_key(project, "Test", list(keys.SCOPES), member(project, "admin"))
    return Client(headers={"Authorization": f"Bearer {secret}"})


def post(client, path, body):
    return client.post(f"/api/v1/{path}", json.dumps(body), "application/json")


@pytest.mark.parametrize(("rules", "path", "words"), [
    ([matching("a"), matching(DEAR)], "rules[1].value", "too dear"),
    ([group(matching("."), matching("(?:a{1,100}b?){9}z"))], "rules[0].rules[1].value", "too dear"),
    ([matching(f"a{{{number}}}.{{60}}") for number in range(1, 9)], "rules[7].value", "of them here"),
    ([matching(f"name{number}") for number in range(31)], "rules[1", "31 different patterns; 30 is the most"),
])  # fmt: skip
def test_what_is_too_dear_is_refused_at_every_door_with_what_to_do(client, rules, path, words):
    rule = {"combinator": "or", "rules": rules}
    for call, body in (("segments", {"name": "Dear", "rule": rule}), ("segments/preview", {"rule": rule}),
                       ("evaluate", {"rule": rule, "user": {"custom": {"text": "a" * 700}}})):  # fmt: skip
        answer = post(client, call, body)
        assert answer.status_code == 422, call
        detail = answer.json()["error"]["details"][0]
        assert detail["path"].startswith(path)
        assert words in detail["message"]
        assert "contains" in detail["message"]
    assert client.get("/api/v1/users", {"rule": json.dumps(rule)}).status_code == 422


def test_patterns_of_segments_in_a_rule_count_as_its_own(project, client):
    by = Author(None, "A")
    inner = create_segment(project, {"name": "Inner"}, rule=group(matching(".{70}")), static=False, by=by, now=NOW)
    within = {"field": "segment", "operator": "is_in", "value": inner.pk}
    create_segment(project, {"name": "Small"}, rule=group(within, matching("x")), static=False, by=by, now=NOW)
    with pytest.raises(BadSegment, match="too dear"):
        create_segment(project, {"name": "Both"}, rule=group(within, matching(".{71}")), static=False, by=by, now=NOW)


def test_all_segments_of_a_project_have_a_budget_together(project, client, monkeypatch):
    by, rule = Author(None, "A"), group(matching(".{50}"))
    monkeypatch.setattr("segments.engines.project_budget.MOST_STEPS_OF_PROJECT", 2 * steps(".{50}", True) + 10)
    create_segment(project, {"name": "One"}, rule=rule, static=False, by=by, now=NOW)
    two = create_segment(project, {"name": "Two"}, rule=rule, static=False, by=by, now=NOW)
    three = create_segment(project, {"name": "Three"}, rule=group(matching("x")), static=False, by=by, now=NOW)
    for refused in (
        lambda: create_segment(project, {"name": "Four"}, rule=rule, static=False, by=by, now=NOW),
        lambda: change_segment(three, {}, rule=rule, by=by, now=NOW),
    ):
        with pytest.raises(BadSegment, match="patterns of all segments"):
            refused()
    change_segment(two, {}, rule=group(matching(".{49}")), by=by, now=NOW)
    delete_segment(two)
    change_segment(three, {}, rule=rule, by=by, now=NOW)


def test_an_explanation_decides_each_condition_once(project, client, monkeypatch):
    asked = []
    monkeypatch.setattr("segments.language.patterns.found", lambda text, case, value: asked.append(text) or False)
    rule = group(*(matching(f"x{number}") for number in range(5)))
    for _ in range(8):
        rule = group(rule, **{"not": True})
    tree = parse(rule, scope_of(project))
    person = GivenPerson(attributes={condition.field.ref: "text" for condition in conditions(tree)})
    made = explain.explain(tree, person, UTC, NOW)
    assert made["match"] is memory.matcher(tree, UTC)(person, NOW)
    assert len(asked) == 5 + 1  # the matcher stops at the first


def test_thinking_ends_when_its_time_is_up(monkeypatch):
    with pytest.raises(TookTooLong), thinking_limit(0):
        found("a", True, "a")
    with thinking_limit(60), pytest.raises(TookTooLong), thinking_limit(0):
        found("a", True, "a")
    assert found("a", True, "a")


def test_a_limit_holds_within_functions_of_python(project, client, monkeypatch):
    """SQLite looks at the clock only every so many of its own steps, and ten rows are few."""
    for number in range(10):
        user(project, f"p{number}", attributes={"text": f"some text {number}"})
    tree = parse(group(matching("x")), scope_of(project))
    assert count_audience(audience(project, tree)) == 11
    if connection.vendor != "sqlite":
        return
    times = iter(range(1000))
    monkeypatch.setattr("users.database.limits.time.monotonic", lambda: float(next(times)))
    with pytest.raises(TookTooLong):
        count_audience(audience(project, tree), seconds=5)


@pytest.mark.parametrize(("operator", "negative"), [("includes_any", "includes_none"), ("is_any_of", "is_none_of")])
def test_many_conditions_on_one_field_are_one_for_the_database(project, client, operator, negative):
    field = "custom.list" if operator.startswith("includes") else "custom.text"
    parts = [{"field": field, "operator": operator, "value": [f"v{number}", "a"]} for number in range(100)]
    opposite = [{**part, "operator": negative} for part in parts]
    for rule in (
        {"combinator": "or", "rules": parts}, {"combinator": "and", "rules": opposite},
        {"combinator": "and", "not": True, "rules": opposite}, {"combinator": "or", "not": True, "rules": parts},
    ):  # fmt: skip
        where = Compiler(project.pk, ZoneInfo("UTC"), NOW).where(parse(rule, scope_of(project)))
        sql = str(EndUser.objects.filter(Holds(where)).query)
        assert sql.count(" IS NOT TRUE") <= 1
        assert sql.count("a1") + sql.count("a2") < 20
        EndUser.objects.filter(Holds(where)).count()


def test_what_is_refused_is_named_by_the_budget():
    assert steps(DEAR, True) > budget.MOST_STEPS >= steps("^.{1,100}$", True)
    assert pattern_engine.found(r"\B", True, "é")
    assert not pattern_engine.found(r"\B.\B", False, "aé a")


def too_long_for(names, most):
    """Looking for wrong memberships, where some segments take too long for more than so many users."""
    real, asked = passes.wrong_users, []

    def look(project, compiler, segments, after, width):
        asked.append((len(segments), width))
        if width > most and any(segment.name in names for segment in segments):
            raise TookTooLong(1)
        return real(project, compiler, segments, after, width)

    return look, asked


def two_segments(project):
    for name in ("Quick", "Slow"):
        create_segment(project, {"name": name}, rule=group(matching("x")), static=False, by=Author(None, "A"), now=NOW)


def test_a_pass_looks_at_fewer_users_where_a_statement_takes_too_long(project, client, monkeypatch):
    two_segments(project)
    look, asked = too_long_for(["Slow"], 4_000)
    monkeypatch.setattr(passes, "wrong_users", look)
    run_all_jobs(20)
    assert asked == [(2, 40_000), (1, 40_000), (2, 4_000)]
    assert set(Segment.objects.values_list("state", flat=True)) == {"ready"}
    assert Membership.objects.count() == 2


def test_a_rule_that_is_too_slow_even_for_few_users_breaks_its_segment_alone(project, client, monkeypatch):
    two_segments(project)
    look, _ = too_long_for(["Slow"], 0)
    monkeypatch.setattr(passes, "wrong_users", look)
    run_all_jobs(20)
    assert dict(Segment.objects.values_list("name", "state")) == {"Quick": "ready", "Slow": "broken"}
    assert "too long" in Segment.objects.get(name="Slow").state_reason
    assert Membership.objects.count() == 1


def test_a_statement_of_a_pass_has_no_more_patterns_than_postgresql_keeps(project, client):
    for letter in "abc":
        rule = {"combinator": "or", "rules": [matching(f"{letter}{number}") for number in range(12)]}
        create_segment(project, {"name": letter}, rule=rule, static=False, by=Author(None, "A"), now=NOW)
    made = passes.batches(compiled_now(project).dynamic)
    assert [[segment.name for segment in together] for together in made] == [["a", "b"], ["c"]]
    assert 24 <= budget.MOST_PATTERNS < 36


def test_two_dear_questions_are_answered_at_once_and_others_are_told_to_come_back(client, project, monkeypatch):
    monkeypatch.setattr(questions, "LONGEST_WAIT", 0.01)
    admin, rule = member(project, "admin"), json.dumps(group(matching("x")))
    page = Client()
    page.force_login(admin)
    with questions.dear_question():
        assert post(client, "segments/preview", {"rule": json.loads(rule)}).status_code == 200
        with questions.dear_question():
            for answer in (
                post(client, "segments/preview", {"rule": json.loads(rule)}),
                client.get("/api/v1/users", {"rule": rule}),
            ):
                assert answer.status_code == 429
                assert answer.json()["error"]["code"] == "rate_limited"
                assert int(answer["Retry-After"]) > 0
            shown = page.get(reverse("users_list", args=[project.slug]), {"rule": rule})
            assert shown.status_code == 200
            assert "Try again in a few seconds" in shown.content.decode()
            assert client.get("/api/v1/users").status_code == 200
            assert post(client, "identify", {"user_id": "u1", "attributes": {"text": "y"}}).status_code == 200
    assert post(client, "segments/preview", {"rule": json.loads(rule)}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_segment_that_takes_a_call_too_long_is_decided_by_a_pass(project, now, monkeypatch):
    """Whatever the check let through: the call is answered, and the worker puts the segment right."""
    by = Author(None, "Tests")
    rules = {"Patterns": group(matching("^some")), "Plain": group({**matching("some"), "operator": "contains"})}
    first = user(project, "u1", attributes={"text": "nothing"})
    made = {
        name: create_segment(project, {"name": name}, rule=rule, static=False, by=by, now=now)
        for name, rule in rules.items()
    }
    built_on = group({"field": "segment", "operator": "is_in", "value": made["Patterns"].pk})
    made["Built on it"] = create_segment(project, {"name": "On"}, rule=built_on, static=False, by=by, now=now)
    run_all_jobs()
    monkeypatch.setattr(follow, "LONGEST", -1.0)
    user(project, "u1", attributes={"text": "some text"})
    user(project, "u2", attributes={"text": "some text"})

    def inside(name):
        return Membership.objects.filter(segment=made[name]).count()

    assert [inside(name) for name in made] == [0, 2, 0]
    assert Job.objects.filter(project=project, kind="compute_segments", state="queued").count() == 1
    run_all_jobs()
    assert [inside(name) for name in made] == [2, 2, 2]
    user(project, "u2", attributes={"text": "nothing"})
    assert [inside(name) for name in made] == [2, 1, 2]
    assert first.pk in Membership.objects.filter(segment=made["Plain"]).values_list("user_id", flat=True)
    run_all_jobs()
    assert [inside(name) for name in made] == [1, 1, 1]
