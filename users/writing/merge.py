"""Merging an anonymous profile into an identified one, and taking that back.

The identified profile's values win, gaps are filled (times obeyed, also those of removals), sessions add up. The
absorbed row stays as it was, with `merged_into`; its ids and history move and remember where they came from.

Merge.before = {"survivor": facts, "absorbed": facts, "identities": {id: former merge or null}, "tags": [tag ids
that only the absorbed had], "entries": {ref: the survivor's provenance before or null, for values and removals that were filled}} with
facts = {"jimer_id", "user_id", "name", "email", "language", "sessions", "first_seen", "last_activity", "values",
"tags"}. Merge.filled = {ref: value}.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from users.database.contention import with_retries
from users.extend import followers, outboxes
from users.models import AttributeChange, EndUser, Identity, Merge, Project, UserTag
from users.models.documents import Changes, ProvenanceEntry
from users.registry.attributes import EDITABLE_NATIVES, Registry, registry
from users.types.timestamps import iso
from users.writing import store
from users.writing.calls import Origin, Refused
from users.writing.decide import clear_value, set_value
from users.writing.records import Draft, Profile
from users.writing.search_index import refresh_terms
from users.writing.tags import MOST_TAGS

type Former = dict[str, ProvenanceEntry | None]  # by ref, the survivor's before the merge


def facts(profile: Profile, tags: list[str]) -> dict[str, Any]:
    return {
        "jimer_id": profile.jimer_id, "user_id": profile.user_id, "name": profile.name, "email": profile.email,
        "language": profile.language, "sessions": profile.sessions, "first_seen": iso(profile.first_seen),
        "last_activity": iso(profile.last_activity), "values": len(profile.attributes), "tags": tags,
    }  # fmt: skip


def merge_profiles(
    project_id: int, survivor: Profile, absorbed: Profile, known: Registry, origin: Origin, now: datetime
) -> Merge:
    """Merge two stored, locked profiles. The survivor is changed in memory and marked for writing; the rest is
    written here. Called in the write path's transaction."""
    tags = {pk: tag_names(pk) for pk in (survivor.id, absorbed.id)}
    only_absorbed = [tag for tag in tags[absorbed.id] if tag not in tags[survivor.id]]
    moved_tags = only_absorbed[: MOST_TAGS - len(tags[survivor.id])]
    before: dict[str, Any] = {
        "survivor": facts(survivor, list(tags[survivor.id].values())),
        "absorbed": facts(absorbed, list(tags[absorbed.id].values())),
        "identities": {str(pk): merge for pk, merge in Identity.objects.filter(user_id=absorbed.id)
                       .values_list("pk", "merge_id")},
        "tags": moved_tags,
        "entries": {},
    }  # fmt: skip
    filled = fill_gaps(survivor, absorbed, known, before["entries"])
    add_up(survivor, absorbed)
    merge = Merge.objects.create(
        project_id=project_id, survivor_id=survivor.id, absorbed_id=absorbed.id, at=now, origin_kind=origin.kind,
        origin_id=origin.id, origin_label=origin.label, before=before, filled=filled,
    )  # fmt: skip
    EndUser.objects.filter(pk=absorbed.id).update(merged_into=survivor.id, revision=F("revision") + 1)
    Identity.objects.filter(user_id=absorbed.id).update(user_id=survivor.id, merge=merge)
    AttributeChange.objects.filter(user_id=absorbed.id).update(
        written_for_id=Coalesce("written_for_id", "user_id"), user_id=survivor.id
    )
    for tag in UserTag.objects.filter(user_id=absorbed.id, tag_id__in=moved_tags):
        UserTag.objects.create(user_id=survivor.id, tag_id=tag.tag_id, added=tag.added, origin_kind=tag.origin_kind,
                               origin_id=tag.origin_id, origin_label=tag.origin_label)  # fmt: skip
    store.replace_terms(project_id, [absorbed.id], [])
    if survivor.tags is not None:
        survivor.tags |= {tag: tags[absorbed.id][tag] for tag in moved_tags}
    survivor.terms_dirty = True
    for follower in followers.all().values():
        follower.merged(survivor, absorbed, now)
    AttributeChange.objects.create(
        project_id=project_id, user_id=survivor.id, kind=AttributeChange.Kind.MERGE, merge=merge,
        origin_kind=origin.kind, origin_id=origin.id, origin_label=origin.label, written_at=now, received_at=now,
        changes={ref: {"n": value} for ref, value in filled.items()},
    )  # fmt: skip
    return merge


def tag_names(user: int) -> dict[int, str]:
    return dict(UserTag.objects.filter(user_id=user).order_by("added", "tag_id").values_list("tag_id", "tag__name"))


def fill_gaps(survivor: Profile, absorbed: Profile, known: Registry, entries: Former) -> dict[str, Any]:
    """Give the survivor what it lacks, unless it removed that later than the other had it."""
    filled = {}
    for ref in [*EDITABLE_NATIVES, *absorbed.attributes]:
        value, entry = absorbed.current(ref), absorbed.provenance.get(ref)
        mine = survivor.provenance.get(ref)
        definition = known.by_ref(ref)
        if value is None or survivor.current(ref) is not None or definition is None:
            continue
        if mine and entry and mine["t"] > entry["t"]:
            continue
        set_value(survivor, ref, definition.type, value, known)
        entries[ref] = mine
        if entry:
            survivor.provenance[ref] = entry.copy()
        filled[ref] = value
    fill_removals(survivor, absorbed, entries)
    survivor.provenance_dirty = True
    return filled


def fill_removals(survivor: Profile, absorbed: Profile, entries: Former) -> None:
    """Where neither has a value, the later of two removals keeps older values away."""
    for ref, entry in absorbed.provenance.items():
        mine = survivor.provenance.get(ref)
        if entry.get("x") and survivor.current(ref) is None and (mine is None or mine["t"] < entry["t"]):
            entries[ref] = mine
            survivor.provenance[ref] = entry.copy()


def add_up(survivor: Profile, absorbed: Profile) -> None:
    survivor.sessions += absorbed.sessions
    firsts = [moment for moment in (survivor.first_seen, absorbed.first_seen) if moment]
    lasts = [moment for moment in (survivor.last_activity, absorbed.last_activity) if moment]
    survivor.first_seen = min(firsts, default=None)
    survivor.last_activity = max(lasts, default=None)
    survivor.dirty |= {"sessions", "first_seen", "last_activity"}


@with_retries
def undo_merge(project: Project, merge: Merge, origin: Origin, now: datetime) -> None:
    """Restore the absorbed profile, its ids and history; later writes stay with the survivor. Raises Refused."""
    with transaction.atomic():
        store.lock_users(project.pk, sorted([merge.survivor_id, merge.absorbed_id]))
        merge = Merge.objects.select_related(None).get(pk=merge.pk, project=project)
        absorbed = EndUser.objects.get(pk=merge.absorbed_id)
        if merge.undone_at or absorbed.merged_into_id != merge.survivor_id:
            raise Refused("This merge was undone already.", code="undone")
        world = store.read_world(project.pk, [], [merge.survivor_id])
        assert world is not None
        survivor = world.profiles[merge.survivor_id]
        known = registry(project.pk, world.version)
        taken = take_back_values(survivor, merge, known)
        subtract_counts(survivor, absorbed, merge)
        given_back = give_back_rows(merge)
        survivor.drafts.append(Draft(
            survivor, AttributeChange.Kind.UNMERGE, origin.kind, origin.id, origin.label, now, now, taken,
        ))  # fmt: skip
        store.update_users(project.pk, [survivor])
        store.insert_changes(project.pk, survivor.drafts)
        AttributeChange.objects.filter(pk=survivor.drafts[0].id or 0).update(merge=merge)
        store.write_provenance([survivor])
        EndUser.objects.filter(pk=absorbed.pk).update(merged_into=None, revision=F("revision") + 1)
        refresh_terms(project.pk, [survivor.id, absorbed.pk])
        Merge.objects.filter(pk=merge.pk).update(undone_at=now, undone_by=origin.label)
        for outbox in outboxes.all().values():
            draft = survivor.drafts[0]
            outbox.unmerged(project.pk, world.version, survivor, absorbed, draft, given_back, now)
        for follower in followers.all().values():
            follower.unmerged(project.pk, survivor.id, absorbed.pk, merge.at, now)


def take_back_values(survivor: Profile, merge: Merge, known: Registry) -> Changes:
    """Take filled values and removals back that nothing newer replaced; returns the values as changes."""
    absorbed_entries = EndUser.objects.select_related("provenance").get(pk=merge.absorbed_id).entries()
    taken: Changes = {}
    for ref, former in merge.before["entries"].items():
        value = merge.filled.get(ref)
        if survivor.provenance.get(ref) != absorbed_entries.get(ref):
            continue
        if (survivor.current(ref) is None) != (value is None):
            continue
        if value is not None:
            clear_value(survivor, ref, known)
            taken[ref] = {"p": value}
        if former:
            survivor.provenance[ref] = former
        else:
            survivor.provenance.pop(ref, None)
    return taken


def subtract_counts(survivor: Profile, absorbed: EndUser, merge: Merge) -> None:
    former = merge.before["survivor"]
    survivor.sessions = max(survivor.sessions - absorbed.sessions, former["sessions"], 0)
    if survivor.first_seen == absorbed.first_seen:
        survivor.first_seen = parse_moment(former["first_seen"])
    if survivor.last_activity == absorbed.last_activity:
        survivor.last_activity = parse_moment(former["last_activity"])
    survivor.dirty |= {"sessions", "first_seen", "last_activity"}


def parse_moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def give_back_rows(merge: Merge) -> list[str]:
    """Ids that this merge moved, the history written for the absorbed profile, and the tags it brought; returns the
    names of those."""
    for pk, former in merge.before["identities"].items():
        Identity.objects.filter(pk=int(pk), merge=merge).update(user_id=merge.absorbed_id, merge_id=former)
    mine = Q(user_id=merge.survivor_id, written_for_id=merge.absorbed_id)
    AttributeChange.objects.filter(mine).update(user_id=merge.absorbed_id, written_for=None)
    brought = UserTag.objects.filter(user_id=merge.absorbed_id).values_list("tag_id", "added", "tag__name")
    taken = []
    for tag, added, name in brought:
        if tag in merge.before["tags"]:
            gone, _ = UserTag.objects.filter(user_id=merge.survivor_id, tag_id=tag, added=added).delete()
            taken += [name] * gone
    return taken
