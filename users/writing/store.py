"""The write path's statements, written by hand for speed. Everything else uses the ORM.

Measured: the same writes through the ORM reach half the calls a second. All statements take many rows, so that
a batch costs as many of them as one call. Placeholders and SQL are the common part of SQLite and PostgreSQL.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, Final

import orjson
from django.db import IntegrityError, connection

from users.database.statements import execute, fetch
from users.database.value_json import read_document
from users.extend import followers
from users.ground.text_forms import email_key
from users.types.table import compact
from users.writing.records import Draft, Identifier, Profile, World

PROFILE_COLUMNS: Final = (
    "u.id, u.jimer_id, u.user_id, u.name, u.email, u.language, u.first_seen, u.last_activity, u.sessions, u.created, "
    'u.attributes, u.folded, u.sources, u.revision, pr."values"'
)
OF_PROJECT: Final = (
    "SELECT p.version, p.deleting_since, EXISTS(SELECT 1 FROM users_blockedid b WHERE b.project_id = p.id)"
)
READ_PROJECT: Final = f"{OF_PROJECT} FROM users_project p WHERE p.id = %s"
READ: Final = (
    OF_PROJECT + ", i.kind, i.value, {columns} FROM users_project p "
    "LEFT JOIN users_identity i ON i.project_id = p.id AND ({which}) "
    "LEFT JOIN users_enduser u ON u.id = i.user_id "
    "LEFT JOIN users_provenance pr ON pr.user_id = u.id WHERE p.id = %s"
)
READ_TARGETS: Final = (
    "SELECT u.merged_into_id, {columns} FROM users_enduser u "
    "LEFT JOIN users_provenance pr ON pr.user_id = u.id WHERE u.project_id = %s AND u.id IN ({marks})"
)


MOST_PARAMETERS: Final = 30_000  # of one statement; SQLite takes 32,766
# Each writer of a project shares this lock until its transaction ends. A pass over the project's segments takes it
# exclusively for a moment: it waits for all writers that may still decide by older rules.
WRITERS: Final = 7021


@cache
def memberships_column(vendor: str) -> str:
    """The user's memberships as a JSON array."""
    columns = [follower.column(vendor) for follower in followers.all().values()]
    return columns[0] if columns else "NULL"


@cache
def profile_columns(vendor: str) -> str:
    return f"{PROFILE_COLUMNS}, {memberships_column(vendor)}"


def to_db(moment: datetime | None) -> Any:
    return adapted(moment, connection.vendor) if moment else None


@lru_cache(maxsize=64)
def adapted(moment: datetime, vendor: str) -> Any:
    """Cached, as all rows of a call have the same few times."""
    return connection.ops.adapt_datetimefield_value(moment)


def from_db(value: Any) -> datetime | None:
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # SQLite keeps naive UTC


def placeholders(count: int) -> str:
    return ", ".join(["%s"] * count)


def placeholder_rows(columns: int, rows: int) -> str:
    return ", ".join([f"({placeholders(columns)})"] * rows)


def profile_from(row: Sequence[Any]) -> Profile:
    (pk, jimer_id, user_id, name, email, language, first_seen, last_activity, sessions, created,
     attributes, folded, sources, revision, provenance, memberships) = row  # fmt: skip
    return Profile(
        pk, jimer_id, user_id, name, email, language, from_db(first_seen), from_db(last_activity), sessions,
        from_db(created) or datetime.now(UTC), read_document(attributes), read_document(folded), orjson.loads(sources), revision,
        orjson.loads(provenance) if provenance else {}, memberships=ids_in(memberships),
    )  # fmt: skip


def ids_in(found: str | None) -> set[int]:
    return set() if found is None or found == "[]" else set(orjson.loads(found))


def read_world(project_id: int, identifiers: Iterable[Identifier], targets: Sequence[int] = ()) -> World | None:
    """Read all that a call or a batch is about, in one statement; users named by primary key take a second one."""
    by_kind: dict[str, list[str]] = {"user": [], "jimer": []}
    for kind, value in set(identifiers):
        by_kind[kind].append(value)
    parts = [f"(i.kind = '{kind}' AND i.value IN ({placeholders(len(ids))}))" for kind, ids in by_kind.items() if ids]
    # Without ids, join nothing: SQLite would read all identities of the project to find none.
    statement = (
        READ.format(which=" OR ".join(parts), columns=profile_columns(connection.vendor)) if parts else READ_PROJECT
    )
    rows = fetch(statement, [*by_kind["user"], *by_kind["jimer"], project_id])
    if not rows:
        return None
    version, deleting, has_blocks = rows[0][:3]
    world = World(version, bool(has_blocks), deleting is not None, {}, {})
    for row in rows if parts else []:
        if row[5] is not None:
            profile = world.profiles.get(row[5]) or world.profiles.setdefault(row[5], profile_from(row[5:]))
            world.owners[row[3], row[4]] = profile
    if targets:
        read_targets(world, project_id, list(targets))
    return world


def read_targets(world: World, project_id: int, targets: list[int]) -> None:
    """Read users by primary key. The key of one that was merged away leads to the survivor."""
    statement = READ_TARGETS.format(marks=placeholders(len(targets)), columns=profile_columns(connection.vendor))
    moved: dict[int, int] = {}
    for row in fetch(statement, [project_id, *targets]):
        if row[0] is not None:
            moved[row[1]] = row[0]
        else:
            world.profiles.setdefault(row[1], profile_from(row[1:]))
    missing = [pk for pk in moved.values() if pk not in world.profiles]
    if missing:
        read_targets(world, project_id, missing)
    for old, new in moved.items():
        if new in world.profiles:
            world.profiles[old] = world.profiles[new]


def lock_users(project_id: int, user_ids: Sequence[int]) -> None:
    """Lock users in order of id. SQLite needs none: the immediate transaction holds the only write lock."""
    if connection.vendor != "postgresql":
        return
    fetch("SELECT pg_advisory_xact_lock_shared(%s, %s)", [WRITERS, project_id])
    if user_ids:
        fetch(
            f"SELECT id FROM users_enduser WHERE id IN ({placeholders(len(user_ids))}) ORDER BY id FOR UPDATE", user_ids
        )


def wait_for_writers(project_id: int) -> None:
    """Wait for all other transactions that write users; new ones wait until the caller's transaction ends.

    After this, as a transaction's first statement, nobody else writes users of the project, and nobody decides by an
    older version of it. SQLite has only one writing transaction anyway.
    """
    if connection.vendor == "postgresql":
        fetch("SELECT pg_advisory_xact_lock(%s, %s)", [WRITERS, project_id])


def lock_and_compare(project_id: int, version: int, profiles: Sequence[Profile]) -> bool:
    """Lock users in order of id. True if they and their project are still as they were read.

    An equal revision shows that a user is unchanged: every write to a user, its ids or tags raises it. Memberships are
    compared too, as a pass over the segments changes them without it. The comparison is a statement of its own:
    it sees what was committed while the locking statement waited.
    """
    ids = sorted(profile.id for profile in profiles)
    if not ids:
        lock_users(project_id, ids)
        return bool(fetch("SELECT version FROM users_project WHERE id = %s", [project_id]) == [(version,)])
    within = f"FROM users_enduser u WHERE u.id IN ({placeholders(len(ids))}) ORDER BY u.id"
    if connection.vendor == "postgresql":
        locks = f"SELECT pg_advisory_xact_lock_shared(%s, %s), u.id {within} FOR UPDATE"
        fetch(locks, [WRITERS, project_id, *ids])
    found = fetch(
        "SELECT (SELECT version FROM users_project WHERE id = %s), u.id, u.revision, "
        f"{memberships_column(connection.vendor)} {within}",
        [project_id, *ids],
    )
    expected = {item.id: (version, item.revision, item.memberships_read) for item in profiles}
    return expected == {pk: (moved, revision, ids_in(inside)) for moved, pk, revision, inside in found}


def casefolded(text: str | None) -> str | None:
    return None if text is None else text.casefold()


# Each column of a user and how it is written; a change writes only those that it touched.
COLUMNS: Final[dict[str, Callable[[Profile], Any]]] = {
    "jimer_id": lambda profile: profile.jimer_id,
    "user_id": lambda profile: profile.user_id,
    "name": lambda profile: profile.name,
    "email": lambda profile: profile.email,
    "language": lambda profile: profile.language,
    "jimer_id_folded": lambda profile: casefolded(profile.jimer_id),
    "user_id_folded": lambda profile: casefolded(profile.user_id),
    "name_folded": lambda profile: casefolded(profile.name),
    "email_folded": lambda profile: None if profile.email is None else email_key(profile.email),
    "language_folded": lambda profile: casefolded(profile.language),
    "first_seen": lambda profile: to_db(profile.first_seen),
    "last_activity": lambda profile: to_db(profile.last_activity),
    "sessions": lambda profile: profile.sessions,
    "created": lambda profile: to_db(profile.created),
    "attributes": lambda profile: compact(profile.attributes),
    "folded": lambda profile: compact(profile.folded),
    "sources": lambda profile: compact(profile.sources),
    "revision": lambda profile: profile.revision,
}


def row_of(profile: Profile) -> list[Any]:
    return [write(profile) for write in COLUMNS.values()]


def insert_users(project_id: int, profiles: Sequence[Profile]) -> None:
    """Insert new users and give them their ids. A row's Jimer ID is unique in its project, so it finds the row."""
    if not profiles:
        return
    names = list(COLUMNS)
    values = [item for profile in profiles for item in (project_id, "{}", *row_of(profile))]
    inserted = fetch(
        f"INSERT INTO users_enduser (project_id, set_aside, {', '.join(names)}) "
        f"VALUES {placeholder_rows(len(names) + 2, len(profiles))} RETURNING id, jimer_id",
        values,
    )
    ids = {jimer_id: pk for pk, jimer_id in inserted}
    for profile in profiles:
        profile.id = ids[profile.jimer_id]


FOLDED_NATIVES: Final = {"jimer_id", "user_id", "name", "email", "language"}


def update_users(project_id: int, profiles: Sequence[Profile]) -> None:
    """Write the changed columns: one UPDATE for one user, one upsert by key for many."""
    if not profiles:
        return
    changed = set().union(*(profile.dirty for profile in profiles)) | {"revision"}
    changed |= {f"{name}_folded" for name in changed & FOLDED_NATIVES}
    for profile in profiles:
        profile.revision += 1
    if len(profiles) == 1:
        names = sorted(changed)
        execute(
            f"UPDATE users_enduser SET {', '.join(f'{name} = %s' for name in names)} WHERE id = %s",
            [*(COLUMNS[name](profiles[0]) for name in names), profiles[0].id],
        )
        return
    execute(
        f"INSERT INTO users_enduser (id, project_id, set_aside, {', '.join(COLUMNS)}) "
        f"VALUES {placeholder_rows(len(COLUMNS) + 3, len(profiles))} "
        f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in sorted(changed))}",
        [item for profile in profiles for item in (profile.id, project_id, "{}", *row_of(profile))],
    )


def insert_identities(project_id: int, items: Sequence[tuple[str, str, int]], now: datetime) -> None:
    insert_rows(
        "users_identity", "project_id, kind, value, user_id, created",
        [(project_id, kind, value, user, to_db(now)) for kind, value, user in sorted(items)],
    )  # fmt: skip


def insert_changes(project_id: int, drafts: Sequence[Draft]) -> None:
    """Append history and give the drafts their ids: ids ascend in the order of the rows."""
    if not drafts:
        return
    inserted = fetch(
        "INSERT INTO users_attributechange (project_id, user_id, kind, undoes_id, origin_kind, origin_id, origin_label, "
        f"written_at, received_at, changes) VALUES {placeholder_rows(10, len(drafts))} RETURNING id",
        [
            item
            for draft in drafts
            for item in (
                project_id, draft.profile.id, draft.kind, draft.undoes, draft.origin_kind, draft.origin_id,
                draft.origin_label, to_db(draft.written_at), to_db(draft.received_at), compact(draft.changes),
            )
        ],
    )  # fmt: skip
    ids = sorted(row[0] for row in inserted)
    for draft, pk in zip(drafts, ids, strict=True):
        draft.id = pk
        for entry in draft.entries:
            entry["c"] = pk


def write_provenance(profiles: Sequence[Profile]) -> None:
    insert_rows(
        "users_provenance", 'user_id, "values"', [(item.id, compact(item.provenance)) for item in profiles],
        'ON CONFLICT (user_id) DO UPDATE SET "values" = excluded."values"',
    )  # fmt: skip


def replace_terms(project_id: int, old: Sequence[int], terms: Sequence[tuple[int, str]]) -> None:
    """Replace the search terms of users whose names or ids changed. `old` are the users that had terms."""
    if old:
        execute(f"DELETE FROM users_searchterm WHERE user_id IN ({placeholders(len(old))})", list(old))
    insert_rows(
        "users_searchterm", "project_id, term, user_id", [(project_id, term, user) for user, term in terms],
        "ON CONFLICT DO NOTHING",
    )  # fmt: skip


def insert_messages(
    project_id: int, items: Sequence[tuple[str, int | None, Any]], now: datetime, expired: datetime
) -> None:
    """Remember answers. An answer older than `expired` is replaced; a younger one raises IntegrityError."""
    if not items:
        return
    values = [(project_id, message, to_db(now), user, compact(answer)) for message, user, answer in items]
    written = execute(
        "INSERT INTO users_seenmessage (project_id, message_id, received_at, user_id, answer) "
        f"VALUES {placeholder_rows(5, len(values))} ON CONFLICT (project_id, message_id) DO UPDATE SET "
        "received_at = excluded.received_at, user_id = excluded.user_id, answer = excluded.answer "
        "WHERE users_seenmessage.received_at < %s",
        [*(item for row in values for item in row), to_db(expired)],
    )
    if written != len(values):
        raise IntegrityError("a message id was answered meanwhile")


def read_messages(project_id: int, message_ids: Sequence[str], since: datetime) -> dict[str, Any]:
    """Read the answers that these message ids got at or after `since`."""
    rows = fetch(
        "SELECT message_id, answer FROM users_seenmessage WHERE project_id = %s AND received_at >= %s "
        f"AND message_id IN ({placeholders(len(message_ids))})",
        [project_id, to_db(since), *message_ids],
    )
    return {message: read_document(answer) for message, answer in rows}


def insert_rows(table: str, columns: str, rows: Sequence[Sequence[Any]], ending: str = "") -> None:
    """Insert in as many statements as MOST_PARAMETERS asks for."""
    at_once = MOST_PARAMETERS // len(rows[0]) if rows else 1
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        execute(
            f"INSERT INTO {table} ({columns}) VALUES {placeholder_rows(len(some[0]), len(some))} {ending}",
            [item for row in some for item in row],
        )
