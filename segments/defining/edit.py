"""Making and changing segments: one place for pages and API. Every change of a rule is a version and begins a pass."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final

from django.db import transaction

from segments.counting.audience import audience, stored_members
from segments.engines.compiled import compiled_now
from segments.engines.complexity import answerable
from segments.engines.project_budget import too_dear_together
from segments.language.raw_rules import named_in
from segments.language.reads import Holds, IsNotTrue
from segments.language.rules import Group, RuleErrors, SegmentSource, Targets, is_by_clock, parse, to_json
from segments.language.scope import ProjectScope, scope_of
from segments.membership.passes import begin_pass
from segments.models import DELETING, Cause, Membership, Segment, SegmentVersion
from users.database.contention import with_retries
from users.database.limits import LONGEST_COUNT
from users.ground.text_forms import same_look, trimmed
from users.jobs import start_job
from users.models import Account, EndUser, Project
from users.registry.attributes import bump_version
from users.types.fitting import is_valid_text

LONGEST_NAME: Final = 80
LONGEST_DESCRIPTION: Final = 1000
MOST_SEGMENTS: Final = 500
ICONS: Final = (
    "user-group", "users", "star", "heart", "bolt", "fire", "flag", "clock", "moon", "sparkles", "rocket-launch",
    "credit-card", "banknotes", "building-office", "academic-cap", "beaker", "bell", "envelope", "globe-alt",
    "hand-thumb-up", "shield-check", "wrench-screwdriver", "exclamation-triangle", "no-symbol",
)  # fmt: skip


class BadSegment(Exception):
    """A change that is refused: `errors` = [{"path", "message"}]."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__("; ".join(error["message"] for error in errors[:3]))
        self.errors = errors


class InUse(Exception):
    """A segment that others are built on cannot be deleted."""

    def __init__(self, segment: Segment, users: list[Segment]) -> None:
        names = ", ".join(item.name for item in users[:5])
        super().__init__(f"{segment.name} is part of {names}. Take it out of there first, or archive it.")
        self.users = users


class Outdated(Exception):
    """Somebody saved another rule since this one was opened."""


@dataclass(frozen=True, slots=True)
class Author:
    account: Account | None
    label: str


def one_error(path: str, message: str) -> BadSegment:
    return BadSegment([{"path": path, "message": message}])


def check_name(value: Any) -> str:
    name = " ".join(trimmed(value).split()) if isinstance(value, str) else ""
    if not name:
        raise one_error("name", "A segment needs a name that people can read, such as Pro accounts in trial.")
    if len(name) > LONGEST_NAME:
        raise one_error("name", f"The name has {len(name):,} characters; {LONGEST_NAME} is the most.")
    if not name.isprintable():
        raise one_error("name", "The name has a character that cannot be shown. Remove it.")
    return name


def check_description(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value or not is_valid_text(value):
        raise one_error("description", "description takes a text.")
    if len(value) > LONGEST_DESCRIPTION:
        raise one_error(
            "description", f"The description has {len(value):,} characters; {LONGEST_DESCRIPTION:,} is the most."
        )
    return value.strip()


def check_icon(value: Any) -> str:
    if not isinstance(value, str) or value not in ICONS:
        raise one_error("icon", f"There is no such icon. Choose one of {', '.join(ICONS)}.")
    return value


def check_switch(name: str) -> Any:
    def check(value: Any) -> bool:
        if not isinstance(value, bool):
            raise one_error(name, f"{name} takes true or false.")
        return value

    return check


FIELDS: Final[Mapping[str, Any]] = {
    "name": check_name, "description": check_description, "icon": check_icon,
    "visible_to_browsers": check_switch("visible_to_browsers"), "archived": check_switch("archived"),
    "owner": lambda account: account,
}  # fmt: skip


def check_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """The plain fields, all mistakes at once."""
    checked, errors = {}, []
    for name, value in given.items():
        try:
            checked[name] = FIELDS[name](value)
        except BadSegment as bad:
            errors += bad.errors
    if errors:
        raise BadSegment(errors)
    return checked


def check_rule(project: Project, raw: Any, within: tuple[int, ...] = (), scope: ProjectScope | None = None) -> Group:
    """A rule that may be saved. Raises BadSegment with the path to each mistake."""
    try:
        return parse(raw, scope or scope_of(project), within)
    except RuleErrors as refused:
        raise BadSegment(refused.errors) from None


@with_retries
def create_segment(
    project: Project, fields: Mapping[str, Any], *, rule: Any, static: bool, by: Author, now: datetime
) -> Segment:
    """`rule` is JSON, or None where `static`. Its members are computed in the background."""
    checked = check_fields({"name": "", **fields})
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if Segment.objects.filter(project=project).count() >= MOST_SEGMENTS:
            raise one_error("name", f"A project has {MOST_SEGMENTS} segments at most. Delete one that nobody needs.")
        check_free(project.pk, checked["name"])
        tree = None if static else check_rule(project, rule)
        check_budget(project, tree)
        made = Segment.objects.create(
            project=project, rule=None if tree is None else to_json(tree), static=static, owner=by.account,
            state=Segment.State.READY if static else Segment.State.COMPUTING, created=now, updated=now,
            by_clock=tree is not None and is_by_clock(tree), **checked,
        )  # fmt: skip
        add_version(made, by, now)
        bump_version(project.pk)
        if not static:
            begin_pass(project, [made.pk], Cause.RULE, by.account)
    return made


def check_budget(project: Project, rule: Group | None, own: int = 0) -> None:
    """Refuse a rule that would make the project's segments too dear together."""
    wrong = too_dear_together(project, rule, own) if rule else ""
    if wrong:
        raise one_error("rule", wrong)


def check_free(project_id: int, name: str, own: int = 0) -> None:
    """Two segments of one name cannot be told apart where rules, answers and pages name them."""
    others = Segment.objects.filter(project_id=project_id).exclude(pk=own).order_by("pk")
    for other, archived in others.values_list("name", "archived"):
        if same_look(other) == same_look(name):
            where = ", in the archive" if archived else ""
            raise one_error("name", f"There is a segment called {other} already{where}. Choose another name.")


def add_version(segment: Segment, by: Author, now: datetime, note: str = "") -> None:
    SegmentVersion.objects.create(
        segment=segment, number=segment.version, rule=segment.rule, saved_at=now, saved_by=by.account, label=by.label,
        note=note,
    )  # fmt: skip


@with_retries
def change_segment(
    segment: Segment, fields: Mapping[str, Any], *, by: Author, now: datetime, rule: Any = None,
    expected: int | None = None, note: str = "",
) -> Segment:  # fmt: skip
    """Change fields and, where one is given, the rule. `expected` is the version that the edit began with."""
    checked = check_fields(fields)
    with transaction.atomic():
        project = Project.objects.select_for_update(no_key=True).get(pk=segment.project_id)
        segment = Segment.objects.select_for_update().get(pk=segment.pk)
        if expected is not None and expected != segment.version:
            raise Outdated(f"{segment.name} was changed meanwhile: it is at version {segment.version} now.")
        if "name" in checked and same_look(checked["name"]) != same_look(segment.name):
            check_free(project.pk, checked["name"], segment.pk)
        for name, value in checked.items():
            setattr(segment, name, value)
        segment.updated = now
        begin: list[int] = []
        if rule is not None:
            begin = set_rule(project, segment, rule, by, now, note)
        segment.save()
        bump_version(project.pk)
        if begin:
            Segment.objects.filter(pk__in=begin).update(state=Segment.State.COMPUTING)
            begin_pass(project, begin, Cause.RULE, by.account)
    return Segment.objects.get(pk=segment.pk)


def set_rule(project: Project, segment: Segment, rule: Any, by: Author, now: datetime, note: str) -> list[int]:
    """Set the rule if it is another one; returns the segments that must be computed for it."""
    if segment.static:
        raise one_error("rule", f"{segment.name} is a list, which has no rule. Add and remove users instead.")
    scope = scope_of(project)
    tree = check_rule(project, rule, (segment.pk,), scope)
    kept = to_json(tree)
    if kept == segment.rule:
        return []
    check_budget(project, tree, segment.pk)
    dependents = using(project, segment.pk)
    scope.segments = {**scope.segments, segment.pk: SegmentSource(segment.pk, segment.name, kept)}
    check_dependents(project, scope, dependents)
    segment.rule, segment.by_clock = kept, is_by_clock(tree)
    segment.version += 1
    segment.state = Segment.State.COMPUTING
    add_version(segment, by, now, note)
    return [segment.pk, *dependents]


def using(project: Project, pk: int) -> list[int]:
    """Dynamic segments whose rule has this one in it, at any depth, broken ones too."""
    users, found, ahead = users_by_segment(project.pk), set[int](), [pk]
    while ahead:
        new = {item.pk for item in users.get(ahead.pop(), [])} - found - {pk}
        found |= new
        ahead += new
    return sorted(found)


def check_dependents(project: Project, scope: ProjectScope, dependents: list[int]) -> None:
    """Refuse a rule that would break a segment built on it. `scope` has the rule in place."""
    known, targets = compiled_now(project).by_id, Targets(scope)
    for pk in dependents:
        if pk in known and not known[pk].broken:
            try:
                parse(scope.segments[pk].rule, scope, (pk,), targets)
            except RuleErrors as refused:
                message = f"{known[pk].name} is built on this segment and could not be used any more: {refused.errors[0]['message']}"
                raise one_error("rule", message) from None


def direct_users(segment: Segment) -> list[Segment]:
    """Segments whose own rule names this one, broken ones too."""
    return users_by_segment(segment.project_id).get(segment.pk, [])


def users_by_segment(project_id: int) -> dict[int, list[Segment]]:
    """Of each segment that others are built on, those others by name; one query."""
    made: dict[int, list[Segment]] = {}
    for other in Segment.objects.filter(project_id=project_id, static=False).order_by("name", "pk"):
        for named in named_in(other.rule) - {other.pk}:
            made.setdefault(named, []).append(other)
    return made


@with_retries
def delete_segment(segment: Segment) -> None:
    """Raises InUse. Nobody sees it any more; its memberships go in the background, and its row with the last."""
    with transaction.atomic():
        project = Project.objects.select_for_update(no_key=True).get(pk=segment.project_id)
        users = direct_users(segment)
        if users:
            raise InUse(segment, users)
        Segment.objects.filter(pk=segment.pk).update(state=DELETING)
        bump_version(segment.project_id)
        start_job(project, "delete_segment", {"segment": segment.pk})


def duplicate(segment: Segment, by: Author, now: datetime) -> Segment:
    """A copy under a name of its own; a list with its members."""
    fields = {"name": copy_name(segment), "description": segment.description, "icon": segment.icon}
    made = create_segment(segment.project, fields, rule=segment.rule, static=segment.static, by=by, now=now)
    if segment.static:
        from segments.membership.lists import add_members

        add_members(made, list(Membership.objects.filter(segment=segment).values_list("user_id", flat=True)), now)
    return made


def restore(segment: Segment, number: int, by: Author, now: datetime, expected: int | None = None) -> Segment:
    former = SegmentVersion.objects.get(segment=segment, number=number)
    note = f"Restored version {number}"
    return change_segment(segment, {}, by=by, now=now, rule=former.rule, note=note, expected=expected)


def copy_name(segment: Segment) -> str:
    taken = {same_look(name) for name in Segment.objects.filter(project=segment.project).values_list("name", flat=True)}
    for number in count(1):
        end = " (copy)" if number == 1 else f" (copy {number})"
        name = f"{segment.name[: LONGEST_NAME - len(end)].rstrip()}{end}"
        if same_look(name) not in taken:
            break
    return name


@dataclass(frozen=True, slots=True)
class Difference:
    """What saving a rule would do to the members, with a few of each."""

    enter: int
    leave: int
    entering: list[EndUser]
    leaving: list[EndUser]
    stays: int


def difference(segment: Segment, tree: Group, now: datetime) -> Difference:
    """Computed, not guessed. Raises TookTooLong."""
    wanted = audience(segment.project, tree, now).rows()
    held = Membership.objects.filter(segment=segment).values("user_id")
    enter, leave = (
        wanted.exclude(pk__in=held),
        stored_members(segment).filter(Holds(IsNotTrue(audience(segment.project, tree, now).where(tree)))),
    )
    with answerable(LONGEST_COUNT):
        entering, leaving = enter.count(), leave.count()
        return Difference(
            entering,
            leaving,
            list(enter.order_by("-pk")[:5]),
            list(leave.order_by("-pk")[:5]),
            wanted.count() - entering,
        )
