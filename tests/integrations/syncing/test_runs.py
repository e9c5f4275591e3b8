"""What runs write, to whom, and what becomes of records that change, go, or cannot be written."""

from datetime import timedelta

import pytest

from integrations.connectors.failures import VendorAway, VendorBusy, VendorRefused
from integrations.models import Connection, SyncedRecord, SyncRun
from tests.factories import user
from tests.integrations.syncing.conftest import connection_of, start_by_clock, values_of
from tests.integrations.syncing.toy import START
from users.jobs.machinery import claim_and_run, run_all_jobs
from users.models import EndUser, Job

pytestmark = pytest.mark.django_db


def test_values_arrive_with_labels_types_source_and_time(api, vendor, sam):
    vendor.put("1", email="sam@example.com", plan="pro", seats="12", topics="news")
    assert api.counts(api.connect()) == {"read": 1, "matched": 1, "changed": 1}
    assert values_of(api) == {"plan": "Pro", "seats": 12, "topics": ["news"]}
    plan = next(item for item in api.get("users/u1").body["attributes"] if item["key"] == "plan")
    assert plan["origin"]["kind"] == "sync"
    assert plan["origin"]["label"] == "Toy CRM"
    assert plan["updated_at"].startswith("2026-03-01T12:00:00")


def test_running_twice_changes_nothing(api, vendor, sam):
    for number in range(7):
        user(sam.project, user_id=f"p{number}", email=f"p{number}@example.com")
        vendor.put(str(number), email=f"p{number}@example.com", plan="pro", seats=number)
    pk = api.connect()
    assert api.counts(pk) == {"read": 7, "matched": 7, "changed": 7}
    before = list(EndUser.objects.order_by("pk").values_list("revision", flat=True))
    assert api.counts(pk, full=True) == {"read": 7, "matched": 7, "unchanged": 7}
    assert list(EndUser.objects.order_by("pk").values_list("revision", flat=True)) == before


def test_later_runs_read_what_changed_and_old_records_never_win(api, vendor, sam):
    vendor.put("1", email="sam@example.com", plan="pro", minutes=10)
    pk = api.connect()
    api.run(pk)
    vendor.put("1", email="sam@example.com", plan="free", minutes=20)
    vendor.put("2", email="nobody@example.com", plan="pro", minutes=5)
    assert api.counts(pk) == {"read": 1, "matched": 1, "changed": 1}
    vendor.put("1", email="sam@example.com", plan="pro", minutes=15)  # an answer out of a stale cache
    assert api.counts(pk, full=True) == {"read": 2, "matched": 1, "unchanged": 1, "unmatched": 1}
    assert values_of(api)["plan"] == "Free"


def test_value_that_does_not_fit_is_told_and_the_others_are_written(api, vendor, sam):
    vendor.put("1", email="sam@example.com", plan="pro", seats="about a dozen")
    pk = api.connect()
    run = api.run(pk)
    assert (run["counts"]["failed"], run["counts"]["matched"]) == (1, 1)
    assert values_of(api) == {"plan": "Pro"}
    problem = api.problems(pk, run["id"])[0]
    assert (problem["kind"], problem["record"], problem["property"]) == ("failed", "1", "seats")
    assert "about a dozen" in problem["value"]
    assert "number" in problem["reason"]
    vendor.put("1", email="sam@example.com", plan="pro", seats=12, minutes=1)
    assert api.counts(pk) == {"read": 1, "matched": 1, "changed": 1}
    assert not api.problems(pk, run["id"])[0]["open"]


def test_unmatched_records_wait_for_their_user(api, vendor, sam):
    vendor.put("1", email="late@example.com", plan="pro")
    vendor.put("2", plan="pro")
    pk = api.connect()
    run = api.run(pk)
    assert run["counts"]["unmatched"] == 2
    reasons = [row["reason"] for row in api.problems(pk, run["id"])]
    assert "No user has this email" in reasons[0]
    assert "has no email" in reasons[1]
    user(sam.project, user_id="late", email="Late@example.com")
    assert api.counts(pk)["matched"] == 1
    assert values_of(api, "late") == {"plan": "Pro"}


def test_email_of_several_users_is_nobodys(api, vendor, sam):
    user(sam.project, user_id="u2", email="sam@example.com")
    vendor.put("1", email="sam@example.com", plan="pro")
    pk = api.connect()
    run = api.run(pk)
    assert run["counts"]["unmatched"] == 1
    assert "2 users have this email" in api.problems(pk, run["id"])[0]["reason"]


def test_further_emails_of_a_record_match(api, vendor, sam):
    vendor.put("1", email="work@example.com", keys=["sam@example.com"], plan="pro")
    assert api.counts(api.connect())["matched"] == 1


@pytest.mark.parametrize(
    ("on", "property", "made"), [("native.email", "email", "new@example.com"), ("native.user_id", "plan", "acct_7")]
)
def test_users_are_created_where_chosen_once_each(api, vendor, sam, on, property, made):
    vendor.put("1", **{property: made, "seats": 1})
    vendor.put("2", **{property: made, "seats": 2, "topics": "b"}, minutes=1)
    pk = api.connect(create_users=True, match={"property": property, "on": on})
    counts = api.counts(pk)
    assert (counts["created"], counts["matched"]) == (1, 2)
    field = {"native.email": "email", "native.user_id": "user_id"}[on]
    assert EndUser.objects.filter(**{field: made}).count() == 1
    assert values_of(api, EndUser.objects.get(**{field: made}).jimer_id)["seats"] == 2


def test_what_is_gone_takes_its_values_along_and_brings_them_back(api, vendor, sam):
    vendor.put("1", email="sam@example.com", plan="pro", minutes=5)
    vendor.put("2", email="x@example.com")
    pk = api.connect()
    api.run(pk)
    kept = vendor.people.pop("1")
    assert api.counts(pk, full=True)["removed"] == 1
    assert values_of(api) == {}
    vendor.people["1"] = kept
    api.run(pk, full=True)
    assert values_of(api) == {"plan": "Pro"}
    vendor.put("1", email="sam@example.com", minutes=6, gone=True)
    assert api.counts(pk)["removed"] == 1
    assert values_of(api) == {}


def test_vendor_that_gives_all_without_being_asked_tells_who_is_gone(api, vendor, sam):
    vendor.put("1", email="sam@example.com", plan="pro")
    vendor.put("2", email="x@example.com", minutes=1)
    pk = api.connect()
    api.run(pk)
    vendor.whole = True
    del vendor.people["1"]
    assert api.counts(pk)["removed"] == 1
    assert values_of(api) == {}


def test_vendor_that_gives_nothing_at_all_removes_nothing(api, vendor, sam):
    vendor.put("1", email="sam@example.com", plan="pro")
    pk = api.connect()
    api.run(pk)
    vendor.people.clear()
    run = api.run(pk, full=True)
    assert run["state"] == "failed"
    assert "nothing was removed" in run["error"]
    assert values_of(api) == {"plan": "Pro"}


def test_record_that_could_not_be_read_is_not_gone(api, vendor, sam):
    vendor.put("1", email="sam@example.com", plan="pro")
    vendor.put("2", email="x@example.com")
    pk = api.connect()
    api.run(pk)
    vendor.spoil("1", "Its answer was cut off.")
    assert api.run(pk, full=True)["counts"]["failed"] == 1
    assert values_of(api) == {"plan": "Pro"}


def test_record_that_is_somebody_elses_now_takes_its_values_along(api, vendor, sam):
    user(sam.project, user_id="u2", email="kim@example.com")
    vendor.put("1", email="sam@example.com", plan="pro")
    pk = api.connect()
    api.run(pk)
    vendor.put("1", email="kim@example.com", plan="pro", minutes=1)
    api.run(pk)
    assert (values_of(api), values_of(api, "u2")) == ({}, {"plan": "Pro"})


def test_one_of_two_records_of_a_user_goes_and_the_values_stay(api, vendor, sam):
    vendor.put("1", email="sam@example.com", plan="pro")
    vendor.put("2", email="sam@example.com", plan="pro", minutes=1)
    pk = api.connect()
    api.run(pk)
    del vendor.people["1"]
    api.run(pk, full=True)
    assert values_of(api) == {"plan": "Pro"}


@pytest.mark.parametrize(("empty", "left"), [("keep", {"plan": "Pro", "seats": 3}), ("remove", {"seats": 3})])
def test_empty_values_of_the_vendor(api, vendor, sam, empty, left):
    vendor.put("1", email="sam@example.com", plan="pro", seats=3)
    pk = api.connect(empty=empty)
    api.run(pk)
    vendor.put("1", email="sam@example.com", plan="", seats=3, minutes=1)
    api.run(pk)
    assert values_of(api) == left


@pytest.mark.parametrize("empty", ["keep", "remove"])
def test_property_that_vanished_keeps_its_values_and_is_told(api, vendor, sam, empty):
    vendor.put("1", email="sam@example.com", plan="pro", seats=3)
    pk = api.connect(empty=empty)
    api.run(pk)
    vendor.listed = [one for one in vendor.listed if one.name != "plan"]
    vendor.put("1", email="sam@example.com", seats=4, minutes=1)
    run = api.run(pk)
    assert values_of(api) == {"plan": "Pro", "seats": 4}
    assert "no property plan any more" in api.problems(pk, run["id"])[0]["reason"]


def test_busy_vendor_is_asked_again_and_waits_no_try(api, vendor, sam):
    vendor.put("1", email="sam@example.com", plan="pro")
    pk = api.connect()
    vendor.faults = [VendorBusy("HubSpot allows no more calls for now.", 30)]
    run = api.run(pk)
    assert run["state"] in ("waiting", "running")
    assert run["waiting_for"] == "HubSpot allows no more calls for now."
    Job.objects.update(lease_until=None)
    run_all_jobs()
    assert api.get(f"connections/{pk}/runs/{run['id']}").body["state"] == "done"
    assert values_of(api) == {"plan": "Pro"}


def test_vendor_that_stays_away_ends_the_run_and_the_next_one_goes_on(api, vendor, sam, now):
    vendor.put("1", email="sam@example.com", plan="pro")
    pk = api.connect()
    vendor.faults = [VendorAway("HubSpot does not answer.") for _ in range(6)]
    run = api.run(pk)
    for _ in range(6):
        Job.objects.update(lease_until=None)
        run_all_jobs()
    assert api.get(f"connections/{pk}/runs/{run['id']}").body["state"] == "failed"
    body = api.get(f"connections/{pk}").body
    assert (body["state"], body["error"]) == ("active", "HubSpot does not answer.")
    assert start_by_clock(now + timedelta(minutes=16)).state == "done"
    assert api.get(f"connections/{pk}").body["error"] == ""


def test_vendor_that_refuses_breaks_the_connection_until_it_is_mended(api, vendor, sam, now):
    vendor.put("1", email="sam@example.com", plan="pro")
    pk = api.connect()
    vendor.faults = [VendorRefused("The token was revoked.")]
    assert api.run(pk)["state"] == "failed"
    body = api.get(f"connections/{pk}").body
    assert (body["state"], body["error"]) == ("broken", "The token was revoked.")
    before = SyncRun.objects.count()
    start_by_clock(now + timedelta(days=1))
    assert SyncRun.objects.count() == before
    assert api.call("PATCH", f"connections/{pk}", {"credentials": {"token": "bad"}}).status_code == 422
    assert api.call("PATCH", f"connections/{pk}", {"credentials": {"token": "good"}}).body["state"] == "active"
    assert start_by_clock(now + timedelta(minutes=1)).state == "done"


def test_worker_that_dies_between_pages_loses_and_repeats_nothing(api, vendor, sam):
    for number in range(8):
        user(sam.project, user_id=f"p{number}", email=f"p{number}@example.com")
        vendor.put(str(number), email=f"p{number}@example.com", seats=number)
    pk = api.connect()
    started = api.post(f"connections/{pk}/runs", {}).body["id"]
    job = SyncRun.objects.get(pk=started).job
    original, asked = vendor.calls, []

    class Dying(list):
        def append(self, token):
            asked.append(token)
            if len(asked) == 4:
                raise KeyboardInterrupt

    vendor.calls = Dying()
    with pytest.raises(KeyboardInterrupt):
        claim_and_run(job.pk)
    vendor.calls = original
    half = SyncRun.objects.get(pk=started)
    assert 0 < half.read < 8
    Job.objects.update(lease_until=None)
    run_all_jobs()
    run = api.get(f"connections/{pk}/runs/{started}").body
    assert (run["state"], run["counts"]["read"], run["counts"]["changed"]) == ("done", 8, 8)


def test_two_runs_never_overlap(api, vendor, sam, now):
    pk = api.connect()
    first = api.post(f"connections/{pk}/runs", {})
    second = api.post(f"connections/{pk}/runs", {})
    assert (first.status_code, second.status_code) == (202, 409)
    start_by_clock(now + timedelta(hours=1))
    assert SyncRun.objects.count() == 1


def test_run_whose_job_gave_up_holds_up_no_other(api, vendor, sam, now):
    vendor.put("1", email="sam@example.com", plan="pro")
    pk = api.connect()
    first = api.post(f"connections/{pk}/runs", {}).body["id"]
    Job.objects.update(state="failed", error="TypeError: x")
    assert start_by_clock(now + timedelta(minutes=16)).state == "done"
    assert api.get(f"connections/{pk}/runs/{first}").body["state"] == "failed"
    assert values_of(api) == {"plan": "Pro"}


def test_pause_stops_a_run_and_resume_goes_on(api, vendor, sam, now):
    vendor.put("1", email="sam@example.com", plan="pro")
    pk = api.connect()
    api.post(f"connections/{pk}/runs", {})
    assert api.call("PATCH", f"connections/{pk}", {"paused": True}).body["paused"] is True
    run_all_jobs()
    assert SyncRun.objects.get().state == "cancelled"
    assert values_of(api) == {}
    assert api.post(f"connections/{pk}/runs", {}).status_code == 409
    assert api.call("PATCH", f"connections/{pk}", {"paused": False}).body["state"] == "active"
    assert start_by_clock(now + timedelta(minutes=1)).state == "done"
    assert values_of(api) == {"plan": "Pro"}


def test_disconnect_keeps_or_removes_what_it_wrote(api, vendor, sam):
    vendor.put("1", email="sam@example.com", plan="pro")
    pk = api.connect()
    api.run(pk)
    assert api.call("DELETE", f"connections/{pk}").status_code == 204
    assert values_of(api) == {"plan": "Pro"}
    second = api.connect()
    vendor.put("1", email="sam@example.com", plan="free", minutes=1)
    api.run(second)
    assert api.call("DELETE", f"connections/{second}?values=remove").status_code == 202
    run_all_jobs()
    assert values_of(api) == {}
    assert not Connection.objects.exists()
    third = api.connect()  # unchanged at the vendor since: its values come again
    api.run(third)
    assert values_of(api) == {"plan": "Free"}


def test_new_property_makes_the_next_run_read_all(api, vendor, sam):
    vendor.put("1", email="sam@example.com", plan="pro", seats=5)
    vendor.put("2", email="zoe@example.com", minutes=30)
    pk = api.connect(properties=[{"property": "plan"}])
    api.run(pk)
    api.call("PATCH", f"connections/{pk}", {"properties": [{"property": "plan"}, {"property": "seats"}]})
    api.run(pk)
    assert values_of(api) == {"plan": "Pro", "seats": 5}


def test_erased_user_leaves_nothing_of_the_record(api, vendor, sam):
    vendor.put("1", email="sam@example.com", plan="pro", seats="many")
    pk = api.connect()
    api.run(pk)
    assert api.call("DELETE", "users/u1").status_code == 204
    assert not SyncedRecord.objects.exists()
    assert not connection_of(pk).runs.get().problems.exists()


def test_future_times_of_a_vendor_do_not_win_for_ever(api, vendor, sam, now):
    minutes = int((now - START).total_seconds() // 60) + 60
    vendor.put("1", email="sam@example.com", plan="pro", minutes=minutes)
    pk = api.connect()
    api.run(pk)
    entry = next(item for item in api.get("users/u1").body["attributes"] if item["key"] == "plan")
    assert entry["updated_at"] <= now.isoformat().replace("+00:00", "Z") or entry["updated_at"] < "2027"
