"""Who is in which segment, right after every kind of change; the sizes and the log with it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import DataError
from django.test import Client
from django.utils import timezone

from segments.defining import deletion, edit
from segments.defining.edit import Author, BadSegment, change_segment, create_segment, delete_segment
from segments.engines import bits
from segments.membership import lists
from segments.membership.audit import findings
from segments.membership.follow import segments_part
from segments.membership.passes import begin_pass
from segments.membership.sizes import history, roll_up, sizes_of
from segments.membership.upkeep import follow_clocks, fresh_for, is_stale
from segments.models import Membership, MembershipMove, Segment, SegmentDelta
from segments.sheets.listing import look_up
from tests.factories import SERVER, SNIPPET, ProjectFactory, member, user
from users.jobs.machinery import claim_and_run, run_all_jobs
from users.models import Attribute, EndUser, Job, Merge
from users.registry.attributes import definitions_moved
from users.writing.calls import Call, TagChange
from users.writing.erase import erase_user
from users.writing.identify import identify, identify_batch
from users.writing.merge import undo_merge
from users.writing.retype import start_retype

pytestmark = pytest.mark.django_db(transaction=True)
BY = Author(None, "Tests")


def rule(*conditions, combinator="and"):
    return {"combinator": combinator, "rules": list(conditions)}


def is_(field, value, operator="is", **more):
    return {"field": field, "operator": operator, "value": value, **more}


def segment(project, name, *conditions, static=False, **more):
    made = create_segment(
        project,
        {"name": name},
        rule=None if static else rule(*conditions, **more),
        static=static,
        by=BY,
        now=timezone.now(),
    )
    run_all_jobs()
    return Segment.objects.get(pk=made.pk)


def ids_in(made):
    return set(Membership.objects.filter(segment=made).values_list("user__user_id", flat=True))


def nothing_wrong(project):
    return [finding for finding in findings(project, timezone.now()) if finding.wrong] == []


def test_a_new_segment_holds_those_who_match(project):
    user(project, "u1", attributes={"plan": "Pro"})
    user(project, "u2", attributes={"plan": "Free"})
    made = segment(project, "Pro", is_("custom.plan", "pro"))
    assert made.state == "ready"
    assert ids_in(made) == {"u1"}
    assert sizes_of([made.pk]) == {made.pk: 1}
    assert nothing_wrong(project)


def test_a_write_moves_its_user_at_once_and_the_answer_says_so(project):
    user(project, "u1", attributes={"plan": "Free"})
    made = segment(project, "Pro", is_("custom.plan", "Pro"))
    now = timezone.now()
    answer = identify(project, Call(user_id="u1", attributes={"plan": "Pro"}), SERVER, now)
    assert answer.memberships == [made.pk]
    assert identify(project, Call(user_id="u1"), SERVER, now).memberships == [made.pk]
    new = identify(project, Call(user_id="u2", attributes={"plan": "Pro"}), SERVER, now)
    assert new.memberships == [made.pk]
    identify(project, Call(user_id="u1", attributes={"plan": None}), SERVER, now + timedelta(seconds=1))
    assert ids_in(made) == {"u2"}
    moves = MembershipMove.objects.filter(segment=made).order_by("pk").values_list("user__user_id", "entered", "cause")
    assert list(moves) == [("u1", True, "change"), ("u2", True, "change"), ("u1", False, "change")]
    assert nothing_wrong(project)


def test_a_batch_ends_where_its_last_call_left_it(project):
    user(project, "u1", attributes={"plan": "Free"})
    made = segment(project, "Pro", is_("custom.plan", "Pro"))
    calls = [
        Call(user_id=f"u{n % 3}", attributes={"plan": plan})
        for n, plan in enumerate(["Pro", "Pro", "Pro", "Free", "Pro", "Pro"])
    ]
    answers = identify_batch(project, calls, SERVER, timezone.now())
    assert [answer.memberships for answer in answers] == [[made.pk]] * 3 + [[]] + [[made.pk]] * 2
    assert ids_in(made) == {"u1", "u2"}
    assert nothing_wrong(project)


def test_tags_natives_and_promotion_move_too(project):
    tagged = segment(project, "Vip", is_("native.tags", "VIP", "includes"))
    known = segment(project, "Identified", {"field": "native.user_id", "operator": "is_set"})
    now = timezone.now()
    visitor = identify(project, Call(jimer_id="j1", activity=True), SNIPPET, now)
    assert visitor.memberships == []
    person = EndUser.objects.get(pk=visitor.user)
    identify(project, Call(target=person.pk, tags=TagChange(add=["vip"])), SERVER, now)
    assert Membership.objects.filter(segment=tagged, user=person).exists()
    promoted = identify(project, Call(jimer_id="j1", user_id="u1"), SERVER, now)
    assert promoted.memberships == sorted([tagged.pk, known.pk])
    identify(project, Call(target=person.pk, tags=TagChange(remove=["vip"])), SERVER, now)
    assert ids_in(tagged) == set()
    assert nothing_wrong(project)


def test_an_edited_rule_moves_everybody_and_keeps_its_versions(project):
    for number in range(30):
        user(project, f"u{number}", attributes={"seats": number})
    made = segment(project, "Large", is_("custom.seats", 20, "gte"))
    assert sizes_of([made.pk]) == {made.pk: 10}
    tree = edit.check_rule(project, rule(is_("custom.seats", 5, "lt")), (made.pk,))
    change = edit.difference(made, tree, timezone.now())
    assert (change.enter, change.leave, len(change.entering), len(change.leaving)) == (5, 10, 5, 5)
    edit.change_segment(made, {}, rule=rule(is_("custom.seats", 5, "lt")), by=BY, now=timezone.now())
    assert Segment.objects.get(pk=made.pk).state == "computing"
    run_all_jobs()
    assert ids_in(made) == {f"u{number}" for number in range(5)}
    assert set(MembershipMove.objects.filter(segment=made, entered=False).values_list("cause", flat=True)) == {"rule"}
    edit.restore(made, 1, BY, timezone.now())
    run_all_jobs()
    assert sizes_of([made.pk]) == {made.pk: 10}
    assert list(made.versions.order_by("number").values_list("number", "note")) == [
        (1, ""),
        (2, ""),
        (3, "Restored version 1"),
    ]
    with pytest.raises(edit.Outdated):
        edit.change_segment(made, {}, rule=rule(is_("custom.seats", 1)), by=BY, now=timezone.now(), expected=2)
    assert nothing_wrong(project)


def test_relative_dates_move_with_the_clock(project):
    now = timezone.now()
    user(project, "old", attributes={"trial_end": (now - timedelta(days=8)).isoformat()})
    user(project, "soon", attributes={"trial_end": (now - timedelta(days=7) + timedelta(seconds=30)).isoformat()})
    week = {"n": 7, "unit": "day"}
    made = segment(project, "Ended this week", is_("custom.trial_end", week, "in_last"))
    assert made.by_clock
    assert ids_in(made) == {"soon"}
    later = now + timedelta(minutes=10)
    assert identify(project, Call(user_id="soon"), SERVER, later).memberships == []
    assert list(MembershipMove.objects.filter(segment=made).order_by("pk").values_list("cause", flat=True)) == [
        "rule",
        "clock",
    ]
    user(project, "soon2", attributes={"trial_end": (now - timedelta(days=7) + timedelta(seconds=1)).isoformat()})
    Segment.objects.filter(pk=made.pk).update(refreshed_at=now - timedelta(hours=1))
    Membership.objects.all().delete()
    SegmentDelta.objects.all().delete()
    Membership.objects.create(segment=made, user=EndUser.objects.get(user_id="old"), entered_at=now, cause="clock")
    SegmentDelta.objects.create(segment=made, at=now, entered=1, gone=0)
    follow_clocks(timezone.now())
    run_all_jobs()
    assert "old" not in ids_in(made)
    assert nothing_wrong(project)


def test_a_static_list_and_what_is_built_on_it(project):
    for name in ("u1", "u2", "u3"):
        user(project, name, email=f"{name}@acme.test")
    listed = segment(project, "By hand", static=True)
    built = segment(project, "Not by hand", is_("segment", listed.pk, "is_not_in"))
    assert ids_in(built) == {"u1", "u2", "u3"}
    found = look_up(project, ["u1", "U2@ACME.test", "nobody", "", "u1"])
    assert [item["reason"] for item in found.missing] == ["No user has this id or email.", "There is no id or email."]
    assert (found.missed, found.repeated) == (2, [5])
    assert lists.add_members(listed, found.users, timezone.now()) == 2
    assert lists.add_members(listed, found.users, timezone.now()) == 0
    assert (ids_in(listed), ids_in(built)) == ({"u1", "u2"}, {"u3"})
    lists.remove_members(listed, found.users[:1], timezone.now())
    assert (ids_in(listed), ids_in(built)) == ({"u2"}, {"u1", "u3"})
    assert MembershipMove.objects.filter(segment=built).latest("pk").cause == "list"
    answer = identify(project, Call(user_id="u2", name="Maya"), SERVER, timezone.now())
    assert answer.memberships == [listed.pk]
    assert nothing_wrong(project)


def test_having_been_in_for_some_time(project):
    user(project, "u1", attributes={"plan": "Pro"})
    inner = segment(project, "Pro", is_("custom.plan", "Pro"))
    outer = segment(project, "Long Pro", is_("segment", {"segment": inner.pk, "n": 7, "unit": "day"}, "is_in_for"))
    assert ids_in(outer) == set()
    Membership.objects.filter(segment=inner).update(entered_at=timezone.now() - timedelta(days=8))
    assert identify(project, Call(user_id="u1"), SERVER, timezone.now()).memberships == sorted([inner.pk, outer.pk])
    answer = identify(
        project, Call(user_id="u1", attributes={"plan": "Free"}), SERVER, timezone.now() + timedelta(seconds=2)
    )
    assert answer.memberships == []


def test_merging_erasing_and_undoing(project):
    now = timezone.now()
    named = segment(project, "Named", {"field": "native.name", "operator": "is_set"})
    listed = segment(project, "By hand", static=True)
    user(project, "u1")
    visitor = identify(project, Call(jimer_id="j1", name="Maya"), SNIPPET, now)
    lists.add_members(listed, [visitor.user], now)
    merged = identify(project, Call(jimer_id="j1", user_id="u1"), SERVER, timezone.now())
    assert merged.merged
    assert sorted(merged.memberships) == sorted([named.pk, listed.pk])
    assert set(Membership.objects.values_list("user__user_id", flat=True)) == {"u1"}
    assert nothing_wrong(project)
    undo_merge(project, Merge.objects.get(), SERVER, timezone.now())
    assert Membership.objects.get(segment=listed).entered_at == now
    assert set(Membership.objects.values_list("user_id", "segment_id")) == {
        (visitor.user, named.pk),
        (visitor.user, listed.pk),
    }
    assert nothing_wrong(project)
    erase_user(project, visitor.user)
    assert sizes_of([named.pk, listed.pk]) == {named.pk: 0, listed.pk: 0}
    assert not MembershipMove.objects.filter(user_id=visitor.user).exists()
    assert nothing_wrong(project)


def test_a_type_change_computes_anew_and_a_deleted_attribute_breaks(project):
    user(project, "u1", attributes={"size": "12"})
    user(project, "u2", attributes={"size": "large"})
    text = segment(project, "Twelve", is_("custom.size", "12"))
    outer = segment(project, "Of twelve", is_("segment", text.pk, "is_in"))
    attribute = Attribute.objects.get(project=project, key="size")
    start_retype(attribute, "number", None, confirm=True)
    run_all_jobs()
    text.refresh_from_db()
    outer.refresh_from_db()
    assert (text.state, outer.state) == ("broken", "broken")
    assert "number" in text.state_reason
    assert ids_in(text) == ids_in(outer) == set()
    number = segment(project, "Number", is_("custom.size", 12))
    assert ids_in(number) == {"u1"}
    start_retype(Attribute.objects.get(pk=attribute.pk), "string", None, confirm=True)  # "Number" breaks now
    run_all_jobs()
    text.refresh_from_db()
    assert text.state == "ready"
    assert ids_in(text) == ids_in(outer) == {"u1"}
    assert nothing_wrong(project)


def test_a_deleted_attribute_that_comes_back_makes_its_segments_whole(project):
    user(project, "u1", attributes={"foo": "x"})
    made = segment(project, "Not x", is_("custom.foo", "x", "is_not"))
    attribute = Attribute.objects.get(project=project, key="foo")
    attribute.delete()
    definitions_moved(project, [attribute.ref])
    run_all_jobs()
    assert Segment.objects.get(pk=made.pk).state == "broken"
    user(project, "u2", attributes={"foo": "y"})
    run_all_jobs()
    assert Segment.objects.get(pk=made.pk).state == "ready"
    assert ids_in(made) == {"u1", "u2"}
    assert nothing_wrong(project)


def test_an_edit_that_would_break_what_is_built_on_it_is_refused(project):
    chain = [segment(project, "S1", is_("native.name", "x"))]
    for number in range(2, 7):
        chain.append(segment(project, f"S{number}", is_("segment", chain[-1].pk, "is_in")))
    assert {item.state for item in chain} == {"ready"}
    with pytest.raises(BadSegment, match="nest 5 deep"):
        segment(project, "S7", is_("segment", chain[-1].pk, "is_in"))
    base = segment(project, "S0", is_("native.name", "x"))
    with pytest.raises(BadSegment, match="S6 is built on this"):
        change_segment(chain[0], {}, by=BY, now=timezone.now(), rule=rule(is_("segment", base.pk, "is_in")))


def test_a_rule_stands_for_so_many_conditions_and_no_more(project):
    wide = segment(project, "Wide", *[is_("native.name", str(number)) for number in range(200)], combinator="or")
    four = [is_("segment", wide.pk, "is_in")] * 4
    assert segment(project, "Four", *four).state == "ready"
    with pytest.raises(BadSegment) as refused:
        segment(project, "Five", *four, *four)
    assert refused.value.errors[0]["path"] == "rules[4].value"
    assert "1,000 is the most" in refused.value.errors[0]["message"]


def test_a_segment_that_the_database_refuses_fails_alone(project, monkeypatch):
    user(project, "u1", name="Maya")
    good, bad = (
        create_segment(project, {"name": name}, rule=rule(is_("native.name", name)), static=False, by=BY, now=timezone.now())
        for name in ("Maya", "Bad")
    )  # fmt: skip
    wanted = bits.wanted

    def refusing(compiler, segments, users, most):
        if any(segment.id == bad.pk for segment in segments):
            raise DataError("invalid regular expression: regular expression is too complex")
        return wanted(compiler, segments, users, most)

    monkeypatch.setattr(bits, "wanted", refusing)
    Job.objects.filter(kind="compute_segments").delete()
    begin_pass(project, [good.pk, bad.pk], "rule")
    run_all_jobs()
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.state, bad.state, ids_in(good)) == ("ready", "broken", {"u1"})
    assert "too complex" in bad.state_reason


def test_segments_made_one_after_the_other_are_one_pass(project):
    user(project, "u1", name="Ada")
    user(project, "u2")
    named, known = (
        create_segment(project, {"name": name}, rule=rule(is_(field, None, "is_set")), static=False, by=BY, now=timezone.now())
        for name, field in (("Named", "native.name"), ("Known", "native.user_id"))
    )  # fmt: skip
    change_segment(known, {}, rule=rule(is_("native.name", None, "is_not_set")), by=BY, now=timezone.now())
    assert Job.objects.filter(kind="compute_segments").count() == 1
    run_all_jobs()
    assert (ids_in(named), ids_in(known)) == ({"u1"}, {"u2"})
    assert set(Segment.objects.values_list("state", flat=True)) == {"ready"}
    assert nothing_wrong(project)


@pytest.mark.parametrize("state", [{"state": "running"}, {"cursor": 5}, {"attempts": 1}, {"state": "failed"}])
def test_a_pass_that_somebody_began_takes_nobody_along(project, state):
    made = segment(project, "Named", is_("native.name", None, "is_set"))
    begun = begin_pass(project, [made.pk], "rule")
    Job.objects.filter(pk=begun.pk).update(**state)
    assert begin_pass(project, [made.pk], "rule").pk != begun.pk


def test_a_pass_leaves_the_last_word_to_a_younger_one(project):
    made = segment(project, "Named", {"field": "native.name", "operator": "is_set"})
    Segment.objects.filter(pk=made.pk).update(state="computing")
    older, younger = begin_pass(project, [made.pk], "clock"), begin_pass(project, [made.pk], "rule")
    claim_and_run(older.pk)
    assert Segment.objects.get(pk=made.pk).state == "computing"
    claim_and_run(younger.pk)
    assert Segment.objects.get(pk=made.pk).state == "ready"


def test_a_deleted_segment_is_gone_at_once_and_its_rows_soon(project, monkeypatch):
    monkeypatch.setattr(deletion, "CHUNK", 1)
    for name in ("u1", "u2", "u3"):
        user(project, name)
    made = segment(project, "Known", {"field": "native.user_id", "operator": "is_set"})
    delete_segment(made)
    assert not Segment.objects.filter(pk=made.pk).exists()
    assert segments_part(project, identify(project, Call(user_id="u1"), SERVER, timezone.now()), False) == []
    run_all_jobs()
    assert not Segment._base_manager.exists()
    assert not Membership.objects.exists()
    assert not MembershipMove.objects.exists()


def test_the_time_zone_moves_days(project):
    user(project, "u1", attributes={"signed": "2024-06-14T23:30:00Z"})
    made = segment(project, "That day", is_("custom.signed", "2024-06-15", "on"))
    assert ids_in(made) == set()
    client = Client()
    client.force_login(member(project, "admin"))
    client.post(
        f"/p/{project.slug}/settings/project/", {"name": project.name, "time_zone": "Europe/Paris", "origins": ""}
    )
    run_all_jobs()
    assert ids_in(made) == {"u1"}


def test_sizes_day_by_day(project):
    user(project, "u1", attributes={"plan": "Pro"})
    made = segment(project, "Pro", is_("custom.plan", "Pro"))
    now = timezone.now()
    yesterday = now - timedelta(days=1)
    Segment.objects.filter(pk=made.pk).update(created=now - timedelta(days=3))
    made.refresh_from_db()
    SegmentDelta.objects.filter(segment=made).update(at=yesterday)
    roll_up(now)
    made.refresh_from_db()
    assert made.count == 1
    user(project, "u2", attributes={"plan": "Pro"})
    assert [(day.size, day.entered) for day in history(made, now)] == [(0, 0), (0, 0), (1, 1), (2, 1)]
    roll_up(now)
    assert [(day.size, day.entered) for day in history(made, now)] == [(0, 0), (0, 0), (1, 1), (2, 1)]
    assert sizes_of([made.pk]) == {made.pk: 2}


def test_check_membership_finds_what_is_wrong(project, capsys):
    user(project, "u1", attributes={"plan": "Pro"})
    made = segment(project, "Pro", is_("custom.plan", "Pro"))
    call_command("check_membership")
    assert "All memberships are right." in capsys.readouterr().out
    Membership.objects.filter(segment=made).delete()
    with pytest.raises(SystemExit):
        call_command("check_membership")
    assert "1 are missing" in capsys.readouterr().out


@pytest.mark.parametrize(("period", "seconds"), [
    ({"n": 1, "unit": "minute"}, 15), ({"n": 10, "unit": "minute"}, 150), ({"n": 1, "unit": "hour"}, 300),
    ({"n": 7, "unit": "day"}, 300),
])  # fmt: skip
def test_members_are_as_fresh_as_their_period_is_short(project, now, period, seconds):
    user(project, "u1")
    condition = {"field": "native.created", "operator": "in_last", "value": period}
    made = create_segment(
        project, {"name": "New"}, rule={"combinator": "and", "rules": [condition]}, static=False,
        by=Author(None, "A"), now=now,
    )  # fmt: skip
    run_all_jobs(20)
    made.refresh_from_db()
    assert Membership.objects.filter(segment=made).exists()
    began = made.refreshed_at
    assert not is_stale(made, began + timedelta(seconds=seconds - 1))
    assert is_stale(made, began + timedelta(seconds=seconds + 1))
    follow_clocks(began + timedelta(seconds=seconds + 1))
    assert Job.objects.filter(kind="compute_segments", state="queued").count() == 1


def test_one_that_names_others_is_fresh_within_a_minute():
    period = {"field": "native.first_seen", "operator": "in_last", "value": {"n": 1, "unit": "day"}}
    within = {"field": "segment", "operator": "is_in", "value": 7}
    assert fresh_for({"combinator": "and", "rules": [within, period]}) == timedelta(minutes=1)
    stay = {"field": "segment", "operator": "is_in_for", "value": {"segment": 7, "n": 1, "unit": "minute"}}
    assert fresh_for({"combinator": "and", "rules": [stay]}) == timedelta(seconds=15)


@pytest.mark.parametrize(("zone", "day"), [("Pacific/Kiritimati", 2), ("UTC", 1), ("Pacific/Pago_Pago", 31)])
def test_days_are_those_of_the_projects_zone(zone, day):
    project, at = ProjectFactory(time_zone=zone), datetime(2026, 1, 1, 10, 30, tzinfo=UTC)
    made = segment(project, "Listed", static=True)
    Segment.objects.filter(pk=made.pk).update(created=at - timedelta(days=3))
    made.refresh_from_db()
    SegmentDelta.objects.filter(segment=made).delete()
    SegmentDelta.objects.create(segment=made, at=at, entered=5, gone=0)
    for _ in range(2):
        days = history(made, at + timedelta(days=1))
        assert [item.day.day for item in days if item.entered] == [day]
        assert days[-1].day.day == (day % 31) + 1
        roll_up(at)
