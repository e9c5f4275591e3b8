"""Each door that changes a user notes what happened, in the very transaction; nothing that was rolled back is noted."""

import pytest
from django.db import transaction
from django.utils import timezone

from integrations.imports import making as imports_making
from integrations.imports import steps
from integrations.models import WebhookOutbox
from segments.defining import edit
from segments.defining.edit import Author
from segments.membership.lists import add_members, remove_members
from segments.membership.upkeep import follow_clock
from segments.models import Segment
from tests.factories import SERVER, SNIPPET, member, user
from tests.integrations.webhooks.conftest import happened, kinds, webhook
from users.jobs import start_job
from users.jobs.machinery import run_all_jobs
from users.models import AttributeChange, Merge, Tag
from users.registry.attributes import registry_of
from users.writing.calls import Call, Origin, Refused, TagChange
from users.writing.edits import edit_value, member_origin, undo_edit
from users.writing.erase import erase_user
from users.writing.identify import identify, identify_batch
from users.writing.merge import undo_merge

pytestmark = pytest.mark.django_db


def segment(project, rule=None, name="Pro"):
    static = rule is None
    made = edit.create_segment(
        project, {"name": name}, rule=rule, static=static, by=Author(None, "test"), now=timezone.now()
    )
    run_all_jobs()
    return made


def rule(value="Pro"):
    return {"combinator": "and", "rules": [{"field": "custom.plan", "operator": "is", "value": value}]}


def test_nothing_is_noted_where_there_is_no_webhook(project):
    user(project, "u1", attributes={"plan": "Pro"})
    assert kinds(project) == []


def test_a_new_user_is_created_and_identified(project):
    webhook(project)
    maya = user(project, "u1", name="Maya", email="m@example.com", attributes={"plan": "Pro", "seats": 3})
    (first, created), (second, _) = happened(project)
    assert (first, second) == ("user.created", "user.identified")
    assert created["user"] == {
        "id": maya.pk, "jimer_id": maya.jimer_id, "user_id": "u1", "name": "Maya", "email": "m@example.com"
    }  # fmt: skip
    assert created["attributes"] == {
        "native.name": "Maya", "native.email": "m@example.com", "custom.plan": "Pro", "custom.seats": 3
    }  # fmt: skip
    assert created["origin"] == {"kind": "key", "label": "Billing"}
    assert created["project_id"] == str(project.public_id)


def test_a_visitor_is_created_and_later_identified(project):
    webhook(project)
    identify(project, Call(jimer_id="visitor-1"), SNIPPET, timezone.now())
    assert kinds(project) == ["user.created"]
    identify(project, Call(jimer_id="visitor-1", user_id="u1"), SERVER, timezone.now())
    assert kinds(project) == ["user.created", "user.identified"]


def test_an_update_says_before_and_after_and_only_what_changed(project):
    webhook(project, events=["user.updated"])
    user(project, "u1", attributes={"plan": "Free", "seats": 3})
    user(project, "u1", name="Maya", attributes={"plan": "Pro", "seats": 3}, now=timezone.now())
    [(_, data)] = happened(project)
    assert data["changes"] == {
        "native.name": {"before": None, "after": "Maya"}, "custom.plan": {"before": "Free", "after": "Pro"}
    }  # fmt: skip
    user(project, "u1", attributes={"plan": "Pro"}, now=timezone.now())
    assert len(happened(project)) == 1


def test_sensitive_values_are_dots(project):
    webhook(project, events=["user.created", "user.updated"])
    user(project, "u1", email="m@example.com", attributes={"iban": "DE1"})
    project.attributes.filter(key__in=["iban", "email"]).update(sensitive=True)
    from users.registry.attributes import bump_version

    bump_version(project.pk)
    user(project, "u1", attributes={"iban": "DE2"}, now=timezone.now())
    _, data = happened(project)[-1]
    assert data["changes"] == {"custom.iban": {"before": "••••", "after": "••••"}}
    assert (data["user"]["email"], data["user"]["name"]) == ("••••", None)


def test_what_is_rolled_back_is_not_noted(project):
    webhook(project)
    try:
        with transaction.atomic():
            user(project, "u1")
            raise ValueError
    except ValueError:
        assert kinds(project) == []
    with pytest.raises(Refused):
        identify(project, Call(user_id="u2", strict=True, attributes={"a": {"b": 1}}), SERVER, timezone.now())
    assert kinds(project) == []


def test_a_batch_notes_each_call_in_order(project):
    webhook(project, events=["user.created", "user.updated"])
    calls = [Call(user_id="u1", attributes={"n": 1}), Call(user_id="u2"), Call(user_id="u1", attributes={"n": 2})]
    identify_batch(project, calls, SERVER, timezone.now())
    told = [(kind, data["user"]["user_id"]) for kind, data in happened(project)]
    assert [item for item in told if item[1] == "u1"] == [("user.created", "u1"), ("user.updated", "u1")]
    assert ("user.created", "u2") in told


def test_hand_edits_and_their_undo(project):
    webhook(project, events=["user.updated"])
    maya, by = user(project, "u1", attributes={"plan": "Free"}), member(project)
    definition = registry_of(project).find("custom.plan")
    edit_value(project, maya, definition, "Pro", member_origin(by), timezone.now())
    undo_edit(project, maya, definition, AttributeChange.objects.latest("pk"), member_origin(by), timezone.now())
    changes = [data["changes"]["custom.plan"] for _, data in happened(project)]
    assert changes == [{"before": "Free", "after": "Pro"}, {"before": "Pro", "after": "Free"}]


def test_tags_by_call_in_bulk_and_when_a_tag_is_deleted(project):
    webhook(project, events=["tag.added", "tag.removed"])
    maya, ben = user(project, "u1", tags=TagChange(add=["vip", "Beta"])), user(project, "u2")
    identify(project, Call(user_id="u1", tags=TagChange(remove=["beta"])), SERVER, timezone.now())
    job = start_job(project, "bulk_tag", {"ids": [maya.pk, ben.pk], "add": ["vip"]})
    run_all_jobs()
    start_job(project, "undo_bulk_tag", {}, undoes=job)
    run_all_jobs()
    tag = Tag.objects.get(folded="vip")
    start_job(project, "delete_tag", {"tag": tag.pk, "name": "vip"})
    run_all_jobs()
    told = [(kind, data["user"]["user_id"], data["tag"]) for kind, data in happened(project)]
    assert told == [
        ("tag.added", "u1", "vip"), ("tag.added", "u1", "Beta"), ("tag.removed", "u1", "Beta"),
        ("tag.added", "u2", "vip"), ("tag.removed", "u2", "vip"), ("tag.removed", "u1", "vip"),
    ]  # fmt: skip


def test_a_merge_and_its_undo(project):
    webhook(project)
    user(project, "u1", attributes={"plan": "Free"})
    identify(project, Call(jimer_id="visitor-1", attributes={"city": "Bern"}), SNIPPET, timezone.now())
    visitor = Call(jimer_id="visitor-1", tags=TagChange(add=["vip"]))
    identify(project, visitor, SERVER, timezone.now())
    WebhookOutbox.objects.all().delete()
    identify(project, Call(jimer_id="visitor-1", user_id="u1"), SERVER, timezone.now())
    told = happened(project)
    assert [kind for kind, _ in told] == ["user.merged", "user.updated", "tag.added"]
    assert told[0][1]["merged"]["jimer_id"] == "visitor-1"
    assert told[0][1]["changes"] == told[1][1]["changes"] == {"custom.city": {"before": None, "after": "Bern"}}
    WebhookOutbox.objects.all().delete()
    undo_merge(project, Merge.objects.get(), SERVER, timezone.now())
    told = happened(project)
    assert [(kind, data["user"]["user_id"]) for kind, data in told] == [
        ("user.updated", "u1"), ("tag.removed", "u1"), ("user.created", None)
    ]  # fmt: skip
    assert told[2][1]["attributes"] == {"custom.city": "Bern"}


def test_an_erased_user_is_told_by_ids_alone(project):
    webhook(project, events=["user.deleted"])
    maya = user(project, "u1", name="Maya", email="m@example.com")
    erase_user(project, maya.pk)
    assert happened(project) == [
        ("user.deleted", {
            "project_id": str(project.public_id),
            "user": {"id": maya.pk, "jimer_id": maya.jimer_id, "user_id": "u1"},
        })
    ]  # fmt: skip


def test_bulk_erasing_and_idle_visitors(project):
    from users.background.periodic import remove_idle_visitors

    webhook(project, events=["user.deleted"])
    maya = user(project, "u1")
    start_job(project, "bulk_erase", {"ids": [maya.pk]})
    run_all_jobs()
    long_ago = timezone.now() - timezone.timedelta(days=40)
    identify(project, Call(jimer_id="idle-1"), SNIPPET, long_ago)
    project.anonymous_days = 30
    project.save()
    remove_idle_visitors(timezone.now())
    assert [data["user"]["jimer_id"] for _, data in happened(project)] == [maya.jimer_id, "idle-1"]


def test_an_import_and_its_undo(project, settings, tmp_path):
    settings.IMPORTS_DIR = str(tmp_path)
    webhook(project)
    user(project, "u1", attributes={"plan": "Free"})
    WebhookOutbox.objects.all().delete()
    by = Origin("member", None, "Sam")
    found, table = imports_making.make(project, "p.csv", [b"user_id,plan\nu1,Pro\nu2,Pro\n"], by, timezone.now())
    imports_making.choose(found, table, {})
    steps.start_run(found, None, timezone.now())
    run_all_jobs()
    assert sorted(kinds(project)) == ["user.created", "user.identified", "user.updated"]
    WebhookOutbox.objects.all().delete()
    found.refresh_from_db()
    steps.start_undo(found, None, by, timezone.now())
    run_all_jobs()
    assert sorted(kinds(project)) == ["user.deleted", "user.updated"]


def test_segments_by_call_by_pass_by_clock_and_by_list(project):
    webhook(project, events=["segment.entered", "segment.left"])
    maya = user(project, "u1", attributes={"plan": "Pro"})
    pro = segment(project, rule())
    assert told_moves(project) == [("segment.entered", "u1", "Pro", "rule")]
    user(project, "u1", attributes={"plan": "Free"}, now=timezone.now())
    assert told_moves(project)[1:] == [("segment.left", "u1", "Pro", "change")]
    picked = segment(project, name="Picked")
    add_members(picked, [maya.pk], timezone.now())
    remove_members(picked, [maya.pk], timezone.now())
    assert told_moves(project)[2:] == [
        ("segment.entered", "u1", "Picked", "list"), ("segment.left", "u1", "Picked", "list")
    ]  # fmt: skip
    Segment.objects.filter(pk=pro.pk).update(archived=True)
    from users.registry.attributes import bump_version

    bump_version(project.pk)
    user(project, "u1", attributes={"plan": "Pro"}, now=timezone.now())
    assert len(told_moves(project)) == 4


def told_moves(project):
    return [(kind, data["user"]["user_id"], data["segment"]["name"], data["cause"]) for kind, data in happened(project)]


def test_the_clock_moves_users_too(project, monkeypatch):
    real = timezone.now
    webhook(project, events=["segment.entered", "segment.left"])
    user(project, "u1")
    recent = {"field": "native.created", "operator": "in_last", "value": {"n": 1, "unit": "day"}}
    segment(project, {"combinator": "and", "rules": [recent]}, "New")
    follow_clock(project, timezone.now() + timezone.timedelta(days=2))
    monkeypatch.setattr("users.jobs.machinery.timezone.now", lambda: real() + timezone.timedelta(days=2))
    run_all_jobs()
    assert told_moves(project) == [
        ("segment.entered", "u1", "New", "rule"), ("segment.left", "u1", "New", "clock")
    ]  # fmt: skip


def test_filters_narrow_their_events_alone(project):
    vip = user(project, "u1", attributes={"plan": "Free", "seats": 1}, tags=TagChange(add=["vip", "beta"]))
    pro, other = segment(project, rule(), "Pro"), segment(project, rule("Team"), "Team")
    webhook(project, attributes=["custom.plan"], tags=["VIP"], segments=[pro.pk])
    user(project, "u1", attributes={"seats": 2}, now=timezone.now())
    assert kinds(project) == []
    user(project, "u1", attributes={"plan": "Team"}, now=timezone.now())
    assert kinds(project) == ["user.updated"]
    user(project, "u1", attributes={"plan": "Pro"}, now=timezone.now())
    identify(project, Call(target=vip.pk, tags=TagChange(remove=["vip", "beta"])), SERVER, timezone.now())
    told = [(kind, data.get("tag") or data.get("segment", {}).get("name")) for kind, data in happened(project)]
    assert told == [("user.updated", None), ("user.updated", None), ("segment.entered", "Pro"), ("tag.removed", "vip")]
    assert other.pk


def test_a_filter_whose_things_are_gone_matches_nothing(project):
    user(project, "u1", tags=TagChange(add=["vip"]))
    webhook(project, events=["tag.added"], tags=["vip"])
    Tag.objects.get(folded="vip").delete()
    from users.registry.attributes import bump_version

    bump_version(project.pk)
    user(project, "u2", tags=TagChange(add=["other"]))
    assert kinds(project) == []


def test_another_project_hears_nothing(project):
    from tests.factories import ProjectFactory

    webhook(project)
    user(ProjectFactory(), "u1")
    assert WebhookOutbox.objects.count() == 0
