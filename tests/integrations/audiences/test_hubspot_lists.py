"""A segment as a static list in HubSpot: filled, followed, compared, and what happens when something goes wrong."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.audiences import keeping
from integrations.connectors.hubspot import HubSpot
from integrations.demo.crm.store import StaticList
from integrations.models import Audience, PlacedRecord
from integrations.syncing import connecting
from integrations.syncing.runs import NotNow
from segments.models import Segment
from tests.factories import user
from users.jobs.machinery import claim_and_run, run_all_jobs
from users.models import Job
from users.writing.erase import erase_user

pytestmark = pytest.mark.django_db(transaction=True)
State = Audience.State


def listed(vendor, world, name="Paying"):
    """The numbers of the people whose contacts are in the list."""
    (found,) = [one for one in vendor.crm.lists.values() if one.name == name]
    number_of = {thing.id: number for number, thing in world.records.items()}
    return sorted(number_of.get(record, record) for record in found.members)


def long_ago(audience):
    """As if all that is at the vendor had been put there yesterday."""
    PlacedRecord.objects.filter(audience=audience).update(at=timezone.now() - timedelta(days=1))
    Audience.objects.filter(pk=audience.pk).update(next_comparison=timezone.now() - timedelta(seconds=1))


def test_the_first_fill_puts_in_who_is_known_and_counts_who_is_not(vendor, world):
    world.enter(1, 2, 4)
    audience = world.make()
    assert listed(vendor, world) == [1, 2]
    assert (audience.state, audience.there, audience.absent, audience.filled) == (State.ACTIVE, 2, 1, 3)
    assert audience.filled_at
    job = Job.objects.get(kind="audience_sync")
    assert (job.state, job.progress, job.total) == ("done", 3, 3)


def test_people_are_put_in_and_taken_out_as_they_enter_and_leave(vendor, world):
    world.enter(1, 2)
    audience = world.make("Customers who pay")
    world.leave(1)
    world.enter(3)
    audience = world.tick(audience)
    assert listed(vendor, world, "Customers who pay") == [2, 3]
    assert audience.there == 2
    assert not Job.objects.filter(kind="audience_sync", params__step="follow").exists(), "looks leave no trace"


def test_nothing_is_asked_of_the_vendor_when_nobody_moved(vendor, world):
    world.enter(1)
    audience = world.make()
    world.tick(audience)
    asked = len(vendor.server.asked)
    world.tick(audience)
    assert len(vendor.server.asked) == asked


def test_a_long_line_of_moves_is_followed_in_batches(vendor, world, monkeypatch):
    monkeypatch.setattr(HubSpot, "audience_batch", 2)
    audience = world.make()
    world.enter(1, 2, 3, 4)
    world.leave(2)
    audience = world.tick(audience)
    assert listed(vendor, world) == [1, 3]
    world.leave(1, 3)
    assert world.tick(audience).there == 0


def test_a_member_is_put_in_as_soon_as_their_record_is_known(vendor, world):
    world.enter(4)
    audience = world.make()
    assert (audience.there, audience.absent) == (0, 1)
    world.known(4)
    audience = world.tick(audience)
    assert listed(vendor, world) == [4]
    assert (audience.there, audience.absent) == (1, 0)


def test_a_record_that_is_somebody_elses_now_leaves(vendor, world):
    world.enter(1)
    audience = world.make()
    vendor.crm.change(world.records[1], timezone.now(), email="p4@x.example")
    world.read()
    world.tick(audience)
    assert listed(vendor, world) == []


def test_who_is_erased_here_leaves_there(vendor, world):
    world.enter(1, 2)
    audience = world.make()
    erase_user(world.project, world.people[1].pk)
    audience = world.tick(audience)
    assert listed(vendor, world) == [2]
    assert audience.there == 1


def test_who_was_merged_counts_as_who_they_are_now(vendor, world):
    from users.models import EndUser

    world.enter(2)
    EndUser.objects.filter(pk=world.people[1].pk).update(merged_into=world.people[2].pk)
    world.make()
    assert listed(vendor, world) == [1, 2]


def test_the_daily_comparison_mends_what_others_did_and_says_how_many(vendor, world, monkeypatch):
    monkeypatch.setattr(HubSpot, "audience_batch", 2)
    world.enter(1, 2)
    audience = world.make()
    long_ago(audience)
    (found,) = vendor.crm.lists.values()
    stranger = vendor.contact(9)
    found.members = {world.records[2].id, world.records[3].id, stranger.id}
    audience = world.tick(audience)
    assert listed(vendor, world) == [1, 2]
    assert (audience.drift_added, audience.drift_removed, audience.there) == (1, 2, 2)
    assert audience.next_comparison > timezone.now() + timedelta(hours=23)
    long_ago(audience)
    audience = world.tick(audience)
    assert (audience.drift_added, audience.drift_removed) == (0, 0)


def test_a_comparison_finds_what_was_missed_here(vendor, world):
    audience = world.make()
    world.enter(1)
    Audience.objects.update(followed_to=timezone.now() + timedelta(hours=1), next_comparison=timezone.now())
    audience = world.tick(audience)
    assert listed(vendor, world) == [1]
    assert audience.drift_added == 1


@pytest.mark.parametrize("point", ["before the vendor", "after the vendor"])
def test_a_fill_that_is_killed_half_way_goes_on(vendor, world, monkeypatch, point):
    monkeypatch.setattr(HubSpot, "audience_batch", 1)
    real, calls = HubSpot.change_audience, []

    def killed(self, *args):
        calls.append(args)
        if len(calls) == 2:
            if point == "after the vendor":
                real(self, *args)
            raise SystemExit
        return real(self, *args)

    monkeypatch.setattr(HubSpot, "change_audience", killed)
    world.enter(1, 2, 3)
    with pytest.raises(SystemExit):
        world.make()
    audience = Audience.objects.get()
    assert (audience.filled, audience.there) == (1, 1)
    Job.objects.update(lease_until=timezone.now())
    run_all_jobs()
    audience = world.now(audience)
    assert listed(vendor, world) == [1, 2, 3]
    assert (audience.there, audience.filled, len(vendor.crm.lists)) == (3, 3, 1)


def test_a_list_that_was_made_but_not_kept_is_found_by_its_name(vendor, world, monkeypatch):
    real = HubSpot.make_audience

    def killed(self, *args):
        real(self, *args)
        raise SystemExit

    world.enter(1)
    monkeypatch.setattr(HubSpot, "make_audience", killed)
    with pytest.raises(SystemExit):
        world.make()
    monkeypatch.setattr(HubSpot, "make_audience", real)
    Job.objects.update(lease_until=timezone.now())
    run_all_jobs()
    assert listed(vendor, world) == [1]
    assert len(vendor.crm.lists) == 1


@pytest.mark.parametrize(("status", "headers"), [(429, {"Retry_After": "30"}), (503, {})])
def test_a_vendor_that_is_busy_or_away_is_waited_for(vendor, world, status, headers):
    world.enter(1)
    vendor.says("/memberships/add-and-remove", status, **headers)
    audience = world.make()
    assert audience.state == State.FILLING
    assert audience.waiting_until > timezone.now()
    assert "SECRET" not in audience.waiting_for
    Job.objects.update(lease_until=timezone.now())
    run_all_jobs()
    audience = world.now(audience)
    assert (audience.state, audience.waiting_until, audience.waiting_for) == (State.ACTIVE, None, "")
    assert listed(vendor, world) == [1]


def test_a_token_that_may_not_write_lists_breaks_it_until_somebody_resumes(vendor, world):
    world.enter(1)
    vendor.says("/crm/v3/lists", 403)
    audience = world.make()
    assert audience.state == State.BROKEN
    assert "crm.lists.write" in audience.error
    assert world.tick(audience).state == State.BROKEN
    keeping.resume(audience)
    run_all_jobs()
    assert (world.now(audience).state, world.now(audience).error) == (State.ACTIVE, "")
    assert listed(vendor, world) == [1]


def test_a_list_of_others_is_never_taken_over(vendor, world):
    vendor.crm.lists["7"] = StaticList("7", "Paying", members={world.records[3].id})
    world.enter(1)
    audience = world.make()
    assert audience.state == State.BROKEN
    assert "people in it already" in audience.error
    assert listed(vendor, world) == [3]
    vendor.crm.lists["8"] = StaticList("8", "Filled by HubSpot", kind="DYNAMIC")
    audience.delete()
    assert "fills by itself" in world.make("Filled by HubSpot").error


def test_a_list_that_was_deleted_there_breaks_it(vendor, world):
    audience = world.make()
    vendor.crm.lists.clear()
    world.enter(1)
    audience = world.tick(audience)
    assert audience.state == State.BROKEN
    assert "this list no more" in audience.error


def test_a_contact_that_is_gone_there_fails_alone(vendor, world):
    vendor.crm.archive(world.records[1])
    world.enter(1, 2)
    audience = world.make()
    assert listed(vendor, world) == [2]
    assert (audience.there, audience.failed, audience.state) == (1, 1, State.ACTIVE)
    assert "no such contact" in audience.failed_reason


def test_paused_it_changes_nothing_and_resumed_it_catches_up(vendor, world):
    world.enter(1)
    audience = world.make()
    keeping.pause(audience)
    world.leave(1)
    world.enter(2)
    Audience.objects.update(followed_to=timezone.now() - timedelta(hours=1))
    assert world.tick(audience).state == State.PAUSED
    assert listed(vendor, world) == [1]
    keeping.resume(world.now(audience))
    run_all_jobs()
    assert listed(vendor, world) == [2]


def test_a_paused_connection_holds_its_audiences(vendor, world):
    audience = world.make()
    connecting.pause(world.connection, timezone.now())
    world.enter(1)
    world.tick(audience)
    assert listed(vendor, world) == []
    connecting.resume(world.connection, timezone.now())
    world.tick(audience)
    assert listed(vendor, world) == [1]


def test_removed_it_leaves_the_list_as_it_is(vendor, world):
    world.enter(1)
    audience = world.make()
    keeping.remove_audience(audience)
    assert listed(vendor, world) == [1]
    assert not PlacedRecord.objects.exists()


def test_removed_while_a_batch_is_under_way(vendor, world, monkeypatch):
    real = HubSpot.change_audience

    def removed(self, *args):
        Audience.objects.all().delete()
        return real(self, *args)

    monkeypatch.setattr(HubSpot, "change_audience", removed)
    world.enter(1)
    made = keeping.make_audience(world.connection, HubSpot(), world.segment, "", timezone.now())
    claim_and_run(made.job_id or Job.objects.get(kind="audience_sync").pk)
    assert Job.objects.get(kind="audience_sync").state == "done"
    assert not PlacedRecord.objects.exists()


def test_a_segment_that_is_deleted_leaves_the_list_and_says_so(vendor, world):
    world.enter(1)
    audience = world.make()
    world.delete_segment()
    audience = world.tick(audience)
    assert (audience.state, audience.error) == (State.BROKEN, keeping.SEGMENT_GONE)
    assert listed(vendor, world) == [1]
    with pytest.raises(NotNow, match="deleted"):
        keeping.resume(audience)


def test_a_segment_is_kept_once_in_a_connection_under_a_name_of_its_own(world, project):
    world.make()
    with pytest.raises(NotNow, match="already"):
        keeping.make_audience(world.connection, HubSpot(), world.segment, "Other", timezone.now())
    other = Segment.objects.create(project=project, name="Other", static=True, state="ready")
    with pytest.raises(NotNow, match="Choose another name"):
        keeping.make_audience(world.connection, HubSpot(), other, "PAYING", timezone.now())


def test_a_job_that_fails_for_good_is_told(vendor, world, monkeypatch):
    audience = world.make()
    world.enter(1)
    job = keeping.start_work(audience, keeping.FOLLOW)
    assert keeping.start_work(audience, keeping.COMPARE) is None, "one at a time"
    Job.objects.filter(pk=job.pk).update(state="failed", error="ValueError: x")
    assert "ValueError" in world.tick(audience).error


def test_two_records_of_one_user_are_both_put_in(vendor, world):
    person = user(world.project, "u9", email="p9@x.example")
    world.people[9] = person
    world.records[10] = world.put(9)
    world.known(9)
    world.enter(9)
    assert world.make().there == 2
