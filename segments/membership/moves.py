"""Writing who entered and who left: memberships, their log, and what it does to the sizes."""

from collections import Counter
from datetime import datetime

from users.extend import outboxes
from users.writing import store

type Move = tuple[int, int, bool, str]  # user, segment, entered, cause


def write_moves(moves: list[Move], now: datetime) -> None:
    """Write who entered and who left, with its log and what it does to the sizes."""
    if not moves:
        return
    # By hand, as in users/writing/store.py: a pass writes millions, and an identify must not wait for the ORM.
    delete_members([(user, segment) for user, segment, entered, _ in moves if not entered])
    at = store.to_db(now)
    store.insert_rows(
        "segments_membership", "segment_id, user_id, entered_at, cause",
        [(segment, user, at, str(cause)) for user, segment, entered, cause in moves if entered], "ON CONFLICT DO NOTHING",
    )  # fmt: skip
    store.insert_rows(
        "segments_membershipmove",
        "segment_id, user_id, at, entered, cause",
        [(segment, user, at, entered, str(cause)) for user, segment, entered, cause in moves],
    )
    entered_by = Counter(segment for _, segment, entered, _ in moves if entered)
    gone_by = Counter(segment for _, segment, entered, _ in moves if not entered)
    store.insert_rows(
        "segments_segmentdelta",
        "segment_id, at, entered, gone",
        [
            (segment, at, entered_by[segment], gone_by[segment])
            for segment in sorted(entered_by.keys() | gone_by.keys())
        ],
    )


def write_told(project_id: int, version: int, moves: list[Move], now: datetime) -> None:
    """Moves that no write of the user brings along: those who are told of them get them from here."""
    write_moves(moves, now)
    if moves:
        for outbox in outboxes.all().values():
            outbox.moved(project_id, version, moves, now)


def delete_members(gone: list[tuple[int, int]]) -> None:
    """Delete memberships, given as (user, segment): a statement a user where these are fewer, else one a segment."""
    by_user: dict[int, list[int]] = {}
    by_segment: dict[int, list[int]] = {}
    for user, segment in gone:
        by_user.setdefault(user, []).append(segment)
        by_segment.setdefault(segment, []).append(user)
    one, many, groups = "user_id", "segment_id", by_user
    if len(by_segment) < len(by_user):
        one, many, groups = many, one, by_segment
    for key, others in sorted(groups.items()):
        within = store.placeholders(len(others))
        store.execute(f"DELETE FROM segments_membership WHERE {one} = %s AND {many} IN ({within})", [key, *others])
