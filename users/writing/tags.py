"""Tags: what a name may be, and how the write path puts them on users and takes them off."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import Q

from users.ground.text_forms import same_look, trimmed
from users.models import AttributeChange, Project, Tag, UserTag
from users.models.documents import entry_of, tag_fact
from users.registry.naming import is_one_line
from users.types.timestamps import to_ms
from users.writing.calls import Call, Changed, Origin, Refused, TagChange, TakeBack, Verdict
from users.writing.decide import Effect, replace_entry
from users.writing.records import Profile
from users.writing.take_back import UNDOABLE, back_of, is_last_word, put_entry_back

LONGEST_NAME: Final = 50
MOST_TAGS: Final = 50


def clean_name(name: Any, path: str = "tags") -> str:
    """Trimmed, inner spaces single, 1 to 50 characters of one line. Raises Refused."""
    if not isinstance(name, str):
        raise bad_tag(path, "A tag is a text such as vip.")
    if not is_one_line(name):
        raise bad_tag(path, "A tag may not hold line breaks or control characters. Remove them.")
    cleaned = " ".join(trimmed(name).split())
    if not cleaned:
        raise bad_tag(path, "A tag needs a name that people can read, for example vip.")
    if len(cleaned) > LONGEST_NAME:
        raise bad_tag(path, f"This tag has {len(cleaned):,} characters; {LONGEST_NAME} is the most. Shorten it.")
    return cleaned


def bad_tag(path: str, message: str) -> Refused:
    return Refused(message, code="bad_tag", details=[{"path": path, "message": message}])


def clean_change(change: TagChange) -> TagChange:
    """The change with clean names, one spelling each. Raises Refused naming the position of a bad one."""

    def clean(names: Iterable[Any]) -> list[str]:
        seen: dict[str, str] = {}
        for position, name in enumerate(names):
            cleaned = clean_name(name, f"tags[{position}]")
            seen.setdefault(same_look(cleaned), cleaned)
        return list(seen.values())

    return TagChange(clean(change.add), clean(change.remove), change.replace)


@dataclass(slots=True)
class Catalog:
    """The project's tags that a call or batch mentions, by folded name."""

    by_folded: dict[str, Tag]

    def find(self, name: str) -> Tag | None:
        return self.by_folded.get(same_look(name))


def catalog_for(project: Project, calls: Iterable[Call], *, now: datetime) -> Catalog:
    """The tags that the calls add or remove; those that are added are made if they are new."""
    changes = [call.tags for call in calls if call.tags]
    wanted = {same_look(name): name for change in changes for name in [*change.add, *change.remove]}
    added = {same_look(name) for change in changes for name in change.add}
    found = {tag.folded: tag for tag in Tag.objects.filter(project=project, folded__in=wanted)}
    new = [name for folded, name in sorted(wanted.items()) if folded in added and folded not in found]
    if new:
        Tag.objects.bulk_create(
            [
                Tag(project=project, name=name, folded=same_look(name), color=color_for(name), created=now)
                for name in new
            ],
            ignore_conflicts=True,
        )
        found = {tag.folded: tag for tag in Tag.objects.filter(project=project, folded__in=wanted)}
    return Catalog(found)


def color_for(name: str) -> str:
    colors = list(Tag.Color.values)
    return colors[sum(same_look(name).encode()) % len(colors)]


def load_tags(profiles: Iterable[Profile]) -> None:
    """Read the tags that these users have, in one query."""
    by_id = {profile.id: profile for profile in profiles if profile.tags is None}
    for profile in by_id.values():
        profile.tags = {}
    for user, tag, name, added, kind, origin, label in UserTag.objects.filter(
        user_id__in=[pk for pk in by_id if pk]
    ).values_list("user_id", "tag_id", "tag__name", "added", "origin_kind", "origin_id", "origin_label"):
        tags = by_id[user].tags
        assert tags is not None
        tags[tag] = name
        by_id[user].tagged[tag] = (Origin(kind, origin, label), added)


def apply_tags(
    profile: Profile, change: TagChange, catalog: Catalog, origin: Origin, now: datetime, effect: Effect
) -> None:
    """Put tags on and take them off in memory; more than 50 on one user refuses the call."""
    assert profile.tags is not None
    add = [tag for name in change.add if (tag := catalog.find(name))]
    if change.replace:
        keep = {tag.pk for tag in add}
        gone = {pk: name for pk, name in profile.tags.items() if pk not in keep}
    else:
        named = [tag for name in change.remove if (tag := catalog.find(name))]
        gone = {tag.pk: tag.name for tag in named if tag.pk in profile.tags}
    new = {tag.pk: tag.name for tag in add if tag.pk not in profile.tags}
    was = {name: tag_fact(*profile.tagged[pk]) for pk, name in gone.items() if pk in profile.tagged}
    move_tags(profile, gone, new, dict.fromkeys(new, (origin, now)), effect)
    if new or gone:
        if origin.kind in UNDOABLE:
            effect.changes["tags"]["was"] = was
        now_ms = to_ms(now)
        replace_entry(profile, "tags", entry_of(origin, now_ms, now_ms), effect)


def move_tags(
    profile: Profile,
    gone: dict[int, str],
    new: dict[int, str],
    facts: dict[int, tuple[Origin, datetime]],
    effect: Effect,
) -> None:
    """Take `gone` off the user and put `new` on, each by whom and when `facts` say."""
    assert profile.tags is not None
    if len(profile.tags) - len(gone) + len(new) > MOST_TAGS:
        raise bad_tag("tags", f"A user has {MOST_TAGS} tags at most. Remove one first.")
    for pk in gone:
        del profile.tags[pk]
        profile.tagged.pop(pk, None)
        profile.new_tags.pop(pk, None)
        profile.gone_tags.add(pk)
    for pk, name in new.items():
        profile.tags[pk] = name
        profile.tagged[pk] = profile.new_tags[pk] = facts[pk]
    effect.verdicts["native.tags"] = Verdict.ACCEPTED if new or gone else Verdict.UNCHANGED
    if new or gone:
        effect.changes["tags"] = {"added": list(new.values()), "removed": list(gone.values())}
        profile.dirty.add("revision")


def take_tags_back(profile: Profile, back: TakeBack, catalog: Catalog, effect: Effect) -> None:
    """Undo what one hand edit did to the tags; what others did to them since stays. Raises Changed if that is all."""
    assert profile.tags is not None
    gone, new, facts = {}, {}, {}
    for name in back.what["added"]:
        tag = catalog.find(name)
        fact = profile.tagged.get(tag.pk) if tag else None
        if tag and fact and to_ms(fact[1]) == back.received_ms:  # not put on anew since
            gone[tag.pk] = tag.name
    for name in back.what["removed"]:
        tag, was = catalog.find(name), back.what["was"].get(name)
        if tag and was and tag.pk not in profile.tags:
            new[tag.pk] = tag.name
            facts[tag.pk] = (Origin(was["k"], was["o"], was["l"]), datetime.fromisoformat(was["t"]))
    if not (gone or new):
        raise Changed("The tags were changed meanwhile.", {})
    move_tags(profile, gone, new, facts, effect)
    if is_last_word(profile.provenance.get("tags"), back.change, back.by, back.received_ms, back.kind):
        put_entry_back(profile, "tags", back.what["w"])


def write_tags(profiles: Iterable[Profile]) -> None:
    """One DELETE and one INSERT for all the users of a call or batch."""
    profiles = list(profiles)
    gone = [Q(user_id=profile.id, tag_id__in=profile.gone_tags) for profile in profiles if profile.gone_tags]
    if gone:
        UserTag.objects.filter(reduce(or_, gone)).delete()
    UserTag.objects.bulk_create(
        [
            UserTag(user_id=profile.id, tag_id=tag, added=now, origin_kind=origin.kind, origin_id=origin.id,
                    origin_label=origin.label)
            for profile in profiles
            for tag, (origin, now) in profile.new_tags.items()
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def take_back_call(user: int, change: AttributeChange) -> Call:
    """The call that undoes what one write did to a user's tags."""
    what, back = change.changes["tags"], back_of(change, "tags")
    opposite = TagChange(add=what["removed"], remove=what["added"])
    return Call(target=user, tags=opposite, takes_back=back, kind="tags")
