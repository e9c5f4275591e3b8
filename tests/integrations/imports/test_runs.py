"""What an import does to users: whom it finds, what it writes, what it refuses by line."""

import json

import pytest

from integrations.imports import dry_run, steps
from segments.defining.edit import Author, create_segment
from segments.membership.lists import add_members
from segments.models import Membership
from tests.factories import user, values_of
from users.jobs.machinery import claim_and_run
from users.models import AttributeChange, EndUser, Identity, IngestEntry, Job, Provenance, UserTag
from users.registry.attributes import registry_of

pytestmark = pytest.mark.django_db


def person(project, user_id):
    return EndUser.objects.get(project=project, user_id=user_id)


def counts(found):
    return {name: number for name, number in found["counts"].items() if number}


def test_users_are_created_and_changed_and_the_rest_stays(api):
    user(api.project, "u1", attributes={"plan": "Free"})
    user(api.project, "u2", attributes={"plan": "Pro"})
    found = api.imported("user_id,plan\nu1,Pro\nu2,Pro\nu3,Free\n")
    assert (found["state"], counts(found)) == ("done", {"rows": 3, "created": 1, "changed": 1, "unchanged": 1})
    assert [values_of(api.project, person(api.project, name))["custom.plan"] for name in ("u1", "u2", "u3")] == [
        "Pro",
        "Pro",
        "Free",
    ]


def test_types_are_told_and_can_be_chosen(api):
    text = "user_id,seats,since,active,code,colors\nu1,3,2024-06-15,true,042,red;blue\n"
    columns = [{"column": name} for name in ("user_id", "seats", "since", "active", "code")]
    api.imported(text, columns=[*columns, {"column": "colors", "key": "palette", "type": "list", "separator": ";"}])
    assert values_of(api.project, person(api.project, "u1")) == {
        "custom.seats": 3, "custom.since": "2024-06-15", "custom.active": True, "custom.code": "042",
        "custom.palette": ["red", "blue"],
    }  # fmt: skip


def test_line_that_does_not_fit_is_refused_whole_with_column_and_value(api):
    user(api.project, "u0", attributes={"seats": 1})
    found = api.imported("user_id,seats,plan\nu1,4,Pro\nu2,four,Pro\nnull,5,Pro\n,6,Pro\nu5,7\n")
    assert counts(found) == {"rows": 5, "created": 2, "failed": 3}
    assert api.problems(found["id"]) == [(3, "seats", "four"), (4, "user_id", "null"), (5, "user_id", "")]
    assert not EndUser.objects.filter(user_id="u2").exists()


def test_users_are_found_by_email(api):
    user(api.project, "u1", email="Maya@x.example")
    for name in ("u2", "u3"):
        user(api.project, name, email="both@x.example")
    text = "email,plan\nmaya@X.example,Pro\nboth@x.example,Pro\nnew@x.example,Pro\n"
    found = api.imported(text, mode="update")
    assert counts(found) == {"rows": 3, "changed": 1, "failed": 2}
    assert [line for line, *_ in api.problems(found["id"])] == [3, 4]
    again = api.imported(text, several="all")
    assert counts(again) == {"rows": 3, "created": 1, "changed": 1, "unchanged": 1}
    assert EndUser.objects.get(email="new@x.example").user_id is None


def test_new_email_twice_in_a_file_is_one_user(api):
    found = api.imported("email,plan\na@x.example,Pro\nA@x.example,Free\n")
    assert counts(found) == {"rows": 2, "created": 1, "changed": 1}


def test_jimer_ids_name_users_and_a_line_without_user_id_falls_back_to_them(api):
    known = user(api.project, None, jimer_id="browser1")
    text = "native.user_id,native.jimer_id,custom.plan\n,browser1,Pro\nu2,browser2,Free\n"
    assert counts(api.imported(text)) == {"rows": 2, "created": 1, "changed": 1}
    assert values_of(api.project, known) == {"custom.plan": "Pro"}
    assert Identity.objects.get(value="browser2").user == person(api.project, "u2")


@pytest.mark.parametrize(("mode", "made", "plan"), [("update", 0, "Pro"), ("create", 1, "Free"), ("both", 1, "Pro")])
def test_only_users_that_are_wanted_are_written(api, mode, made, plan):
    user(api.project, "u1", attributes={"plan": "Free"})
    found = api.imported("user_id,plan\nu1,Pro\nu2,Pro\n", mode=mode)
    assert found["counts"]["created"] == made
    assert found["counts"]["failed"] == (mode != "both")
    assert values_of(api.project, person(api.project, "u1"))["custom.plan"] == plan


@pytest.mark.parametrize(
    ("empty", "kept"), [("keep", {"custom.plan": "Pro", "custom.x": 1}), ("remove", {"custom.x": 1})]
)
def test_empty_cells_are_ignored_or_remove(api, empty, kept):
    person = user(api.project, "u1", attributes={"plan": "Pro", "x": 1})
    api.imported("user_id,plan,x\nu1,,\nu1,\n"[:-4], empty=empty, columns=[{"column": "user_id"}, {"column": "plan"}])
    assert values_of(api.project, person) == kept


def test_missing_cell_removes_nothing(api):
    person = user(api.project, "u1", attributes={"plan": "Pro"})
    api.imported("user_id,city,plan\nu1,Oslo\n", empty="remove")
    assert values_of(api.project, person)["custom.plan"] == "Pro"


def test_everybody_gets_the_tag_and_is_put_on_the_list(api, now):
    segment = create_segment(api.project, {"name": "April"}, rule=None, static=True, by=Author(None, "x"), now=now)
    user(api.project, "u1")
    found = api.imported("user_id\nu1\nu2\n", tag="april", segment=segment.pk)
    assert counts(found) == {"rows": 2, "created": 1, "changed": 1}
    assert UserTag.objects.filter(tag__name="april").count() == 2
    assert Membership.objects.filter(segment=segment).count() == 2


def test_tags_of_a_column_are_added(api):
    api.imported('native.user_id,native.tags\nu1,"[""vip"",""beta""]"\n')
    assert {row.tag.name for row in UserTag.objects.all()} == {"vip", "beta"}


def test_history_and_provenance_name_the_file_and_the_row(api):
    found = api.imported("user_id,plan\nu1,Pro\nu2,Pro\n", "april.csv")
    change = AttributeChange.objects.get(user__user_id="u2")
    assert (change.origin_kind, change.origin_id, change.origin_label) == ("import", found["id"], "april.csv row 3")
    entry = Provenance.objects.get(user__user_id="u2").values
    ref = registry_of(api.project).find("custom.plan").ref
    assert (entry[ref]["k"], entry[ref]["o"], entry[ref]["l"]) == ("import", found["id"], "april.csv row 3")


def test_cells_are_texts_and_nothing_of_that_needs_explaining(api):
    api.imported("user_id,seats,active,since\nu1,3,TRUE,2024-06-15T10:00:00Z\n")
    assert not IngestEntry.objects.exists()


def test_imports_are_no_activity(api):
    api.imported("user_id\nu1\n")
    assert (person(api.project, "u1").sessions, person(api.project, "u1").last_activity) == (0, None)


def test_same_file_twice_changes_nothing(api):
    text = "user_id,plan,seats\n" + "".join(f"u{n},Pro,{n}\n" for n in range(250))
    assert counts(api.imported(text)) == {"rows": 250, "created": 250}
    assert counts(api.imported(text)) == {"rows": 250, "unchanged": 250}


def test_dots_of_a_sensitive_value_are_not_imported(api):
    person = user(api.project, "u1", attributes={"iban": "DE12"})
    assert api.call("PATCH", "attributes/custom.iban", {"sensitive": True}).status_code == 200
    api.imported("native.user_id,custom.iban\nu1,••••\n")
    assert values_of(api.project, person) == {"custom.iban": "DE12"}


def test_dry_run_writes_nothing_and_says_what_the_run_then_does(api):
    user(api.project, "u1", name="Maya", attributes={"plan": "Free"})
    user(api.project, "u2", attributes={"plan": "Pro"})
    text = "user_id,plan,fresh\nu1,Pro,\nu2,Pro,\nu3,Free,7\nnull,x,8\nu4,Pro,nine\n"
    columns = [{"column": "user_id"}, {"column": "plan"}, {"column": "fresh", "type": "number"}]
    found = api.imported(text, dry_run=True, columns=columns, tag="april")
    assert (found["state"], found["step"], found["counts"]) == ("draft", "dry_run", None)
    tried = found["dry_run"]
    assert {name: tried[name] for name in ("rows", "created", "changed", "unchanged", "failed")} == {
        "rows": 5, "created": 1, "changed": 2, "unchanged": 0, "failed": 2,
    }  # fmt: skip
    assert tried["sample"][0] == {
        "line": 2, "user": "u1", "created": False, "before": {"custom.plan": "Free"},
        "after": {"custom.plan": "Pro", "native.tags": ["april"]},
    }  # fmt: skip
    assert api.problems(found["id"]) == [(5, "user_id", "null"), (6, "fresh", "nine")]
    assert EndUser.objects.count() == 2
    assert registry_of(api.project).find("custom.fresh") is None
    assert not UserTag.objects.exists()
    done = api.imported(text, columns=columns, tag="april")
    assert done["counts"] == {name: tried[name] for name in done["counts"]}


TWICE = {
    "by id": ("user_id,plan,seats\nold,Pro,1\nold,Pro,2\nold,Pro,2\nnew,Pro,1\nnew,Pro,1\nnew,Free,x\nnew,Free,2\n", {}),
    "by email": ("email,plan\na@x.example,Pro\nA@x.example,Free\na@x.example,Free\nold@x.example,Free\n", {}),
    "new users only": ("user_id,plan,seats\nnew,Pro,x\nnew,Pro,1\nnew,Pro,1\nold,Pro,2\n", {"mode": "create"}),
    "known users only": ("user_id,plan\nnew,Pro\nnew,Pro\nold,Pro\nold,Pro\n", {"mode": "update"}),
    "on a list": ("user_id,plan\nold,Free\nold,Free\nlisted,Free\nnew,Pro\n", {"list": True}),
    "either id": ("user_id,jimer_id,plan\nu1,j1,Pro\n,j1,Pro\n,j2,Free\nu1,j3,Free\n,j3,Pro\n", {}),
}  # fmt: skip


@pytest.mark.parametrize(("text", "options"), TWICE.values(), ids=TWICE.keys())
@pytest.mark.parametrize("size", [1, 500])
def test_dry_run_counts_users_named_twice_as_the_run_does(api, now, monkeypatch, files, text, options, size):
    monkeypatch.setattr(dry_run, "SLICE", size)
    for name in ("old", "listed"):
        user(api.project, name, email=f"{name}@x.example", attributes={"plan": "Free", "seats": 1})
    if options.pop("list", False):
        segment = create_segment(api.project, {"name": "April"}, rule=None, static=True, by=Author(None, "x"), now=now)
        add_members(segment, [person(api.project, "listed").pk], now)
        options = {"segment": segment.pk}
    tried = api.imported(text, dry_run=True, **options)
    assert len(files()) == 1, "what it kept beside the file is gone"
    assert api.imported(text, **options)["counts"] == {name: tried["dry_run"][name] for name in steps.NOTHING}


def test_dry_run_that_crashed_counts_no_line_twice(api, monkeypatch):
    monkeypatch.setattr(dry_run, "SLICE", 2)
    moved, calls = steps.move_on, []

    def dying(*arguments, **fields):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        moved(*arguments, **fields)

    monkeypatch.setattr(steps, "move_on", dying)
    found = api.upload("user_id,n\nu1,1\nu2,1\nu3,1\nu4,1\nu1,1\n", dry_run=True).body
    job = Job.objects.get(kind="import_dry_run")
    with pytest.raises(KeyboardInterrupt):
        claim_and_run(job.pk)
    Job.objects.filter(pk=job.pk).update(lease_until=None)
    tried = api.after(found["id"])["dry_run"]
    assert (tried["created"], tried["unchanged"], tried["rows"]) == (4, 1, 5)


def test_jsonl_keeps_types_and_null_is_an_empty_cell(api):
    lines = [{"user_id": "u1", "seats": 3, "colors": ["a", 1, True], "note": ""}, {"user_id": "u2", "seats": None}]
    api.imported("\n".join(map(json.dumps, lines)), "people.jsonl")
    assert values_of(api.project, person(api.project, "u1")) == {
        "custom.seats": 3, "custom.colors": ["a", 1, True], "custom.note": "",
    }  # fmt: skip
    assert values_of(api.project, person(api.project, "u2")) == {}


def test_ids_with_a_formula_guard_lose_it(api):
    api.imported("user_id,plan\n'+4711,'=A1\n")
    assert values_of(api.project, person(api.project, "+4711")) == {"custom.plan": "=A1"}
