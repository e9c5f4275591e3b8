"""The job that works on an audience. One at a time does all: whatever its step is, it follows who enters and leaves."""

from datetime import datetime, timedelta
from typing import Final

from integrations.audiences import comparing, following
from integrations.audiences.changing import Changer, Stopped
from integrations.audiences.keeping import COMPARE, FILL, FOLLOW, SEGMENT_GONE, State, break_off, is_segment_gone
from integrations.connectors.failures import VendorAway, VendorBusy, VendorFailure, VendorRefused
from integrations.models import Audience, Connection
from integrations.syncing.links import connector_of, link_of
from segments.membership.sizes import sizes_of
from users.jobs import Later, register
from users.models import Job

LONGEST_WAIT: Final = 3600.0  # seconds; a vendor that asks for more is asked again then
MOST_AWAY: Final = 8  # doublings of the wait while the vendor is away
WORDS: Final = {FILL: "Filling", FOLLOW: "Following", COMPARE: "Comparing"}
TAKEN: Final = "{vendor} has a {word} {name!r} with people in it already. Choose another name, or empty it there."


def words(job: Job) -> str:
    return f"{WORDS.get(job.params.get('step', ''), WORDS[FOLLOW])} the audience {job.params.get('name', '')}".strip()


@register("audience_sync", words=words, own_transactions=True, lane="audiences", in_turns=True)
def chunk(job: Job, now: datetime) -> bool | Later:
    """params: {"audience": id, "name", "step": FILL, FOLLOW or COMPARE}."""
    audience = (
        Audience.objects.select_related("connection__project", "segment").filter(pk=job.params["audience"]).first()
    )
    if audience is None or audience.state not in (State.FILLING, State.ACTIVE):
        return True
    if audience.connection.state != Connection.State.ACTIVE:
        return True  # the clock starts it again
    if is_segment_gone(audience):
        break_off(audience, SEGMENT_GONE, now)
        return True
    try:
        return work_on(audience, job, now)
    except VendorBusy as busy:
        return wait(audience, busy.after, busy.message, now)
    except VendorAway as away:
        tries = job.result["tries"] = min(job.result.get("tries", 0) + 1, MOST_AWAY)
        return wait(audience, 2.0**tries, away.message, now)
    except VendorFailure as failure:
        break_off(audience, failure.message, now)
    except Stopped:
        pass
    return True


def wait(audience: Audience, seconds: float, why: str, now: datetime) -> Later:
    seconds = min(max(seconds, 1.0), LONGEST_WAIT)
    until = now + timedelta(seconds=seconds)
    Audience.objects.filter(pk=audience.pk).update(waiting_until=until, waiting_for=why)
    return Later(seconds, why)


def work_on(audience: Audience, job: Job, now: datetime) -> bool:
    found = connector_of(audience.connection)
    changer = Changer(audience, found, link_of(audience.connection), now)
    if not audience.vendor_id:
        begin(changer)
    if audience.waiting_until:
        Audience.objects.filter(pk=audience.pk).update(waiting_until=None, waiting_for="")
    done = do_step(changer, job, now)
    job.result.pop("tries", None)
    if changer.added or changer.removed:
        job.result["moved"] = job.result.get("moved", 0) + changer.added + changer.removed
    if done:
        end(changer, job)
    return done


def do_step(changer: Changer, job: Job, now: datetime) -> bool:
    step, place = job.params["step"], job.result.setdefault("moves", {})
    if step == FOLLOW:
        return following.follow(changer, place, now)
    if place or following.is_due(changer.audience, now):
        following.follow(changer, place, now)
        return False
    if step == FILL:
        job.total = sizes_of([changer.audience.segment_id or 0]).get(changer.audience.segment_id or 0)
        return comparing.fill_first(changer, job, now)
    return comparing.compare(changer, job, job.result.setdefault("place", {}), now)


def begin(changer: Changer) -> None:
    """Make the tag or list, unless one of its name has people in it: those must not be thrown out."""
    audience, found = changer.audience, changer.found
    vendor_id = found.make_audience(changer.link, audience.name)
    if found.audience_members(changer.link, vendor_id, {})[0]:
        words = {"vendor": found.source.name, "word": found.audience_word, "name": audience.name}
        raise VendorRefused(TAKEN.format(**words))
    audience.vendor_id = vendor_id
    Audience.objects.filter(pk=audience.pk).update(vendor_id=vendor_id)


def end(changer: Changer, job: Job) -> None:
    """Looks every few seconds that found nothing leave no trace in the list of jobs."""
    step = job.params["step"]
    if step != FOLLOW or job.result.get("moved"):
        comparing.recount(changer, step != FOLLOW)
    if step == FOLLOW:
        job.delete()
