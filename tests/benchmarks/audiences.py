"""Rules, memberships and targeting, against the best SQL written by hand and a bare DRF read."""

import itertools
import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from segments.counting.audience import audience, audience_page, count_audience
from segments.defining.edit import Author, create_segment
from segments.language.rules import parse
from segments.language.scope import scope_of
from segments.membership import passes
from segments.models import Membership, Segment
from tests.benchmarks import load
from tests.benchmarks.beside import identifies
from users.jobs.machinery import run_all_jobs
from users.models import EndUser, Project
from users.registry.attributes import registry_of
from users.writing import store

BY = Author(None, "Bench")
type Row = tuple[str, str, str]


def rule(*conditions: dict[str, Any], combinator: str = "and", **more: Any) -> dict[str, Any]:
    return {"combinator": combinator, "rules": list(conditions), **more}


def is_(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "operator": operator, **({} if value is None else {"value": value})}


def rules(now: Any) -> dict[str, tuple[dict[str, Any], str, str]]:
    """name -> (rule, WHERE by hand on SQLite, on PostgreSQL). {plan} and so on are the refs of attributes."""
    pro, long_ago = is_("custom.plan", "is", "Pro"), (now - timedelta(hours=12)).strftime("%Y-%m-%d %H:%M:%S.%f+00:00")
    return {
        "one text": (rule(pro), "folded->>'$.{plan}' = 'pro'", "folded->>'{plan}' = 'pro'"),
        "one number": (
            rule(is_("custom.team_size", "gte", 450)), "attributes->>'$.{team_size}' >= 450", "(attributes->'{team_size}')::numeric >= 450",
        ),
        "a text of several, and a truth": (
            rule(is_("custom.plan", "is_any_of", ["Pro", "Enterprise"]), is_("custom.trial", "is_true")),
            "folded->>'$.{plan}' IN ('pro', 'enterprise') AND attributes->'$.{trial}' = 'true'",
            "folded->>'{plan}' IN ('pro', 'enterprise') AND attributes->'{trial}' = 'true'::jsonb",
        ),
        "a negative one": (
            rule(is_("custom.country", "is_not", "FR")), "(folded->>'$.{country}' = 'fr') IS NOT TRUE", "(folded->>'{country}' = 'fr') IS NOT TRUE",
        ),
        "an item of a list": (
            rule(is_("custom.feature_usage", "includes", "reports")),
            "instr(folded->'$.{feature_usage}', '\"reports\"') > 0", "folded->'{feature_usage}' @> '[\"reports\"]'",
        ),
        "a text within a text": (
            rule(is_("native.email", "contains", "company77")), "instr(email_folded, 'company77') > 0", "strpos(email_folded, 'company77') > 0",
        ),
        "a native date": (
            rule(is_("native.last_activity", "more_than_ago", {"n": 12, "unit": "hour"})), f"last_activity < '{long_ago[:-6]}'", f"last_activity < '{long_ago}'",
        ),
        "six conditions in three groups": (
            rule(rule(pro, is_("custom.plan", "is", "Starter"), combinator="or"), is_("custom.team_size", "between", [100, 400]),
                 rule(is_("custom.role", "is", "admin"), is_("custom.country", "is", "SE"), **{"not": True})),
            "(folded->>'$.{plan}' = 'pro' OR folded->>'$.{plan}' = 'starter') AND attributes->>'$.{team_size}' BETWEEN 100 AND 400 "
            "AND (folded->>'$.{role}' = 'admin' AND folded->>'$.{country}' = 'se') IS NOT TRUE",
            "(folded->>'{plan}' = 'pro' OR folded->>'{plan}' = 'starter') AND (attributes->'{team_size}')::numeric BETWEEN 100 AND 400 "
            "AND (folded->>'{role}' = 'admin' AND folded->>'{country}' = 'se') IS NOT TRUE",
        ),
    }  # fmt: skip


def seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def counts(project: Project, rounds: int) -> tuple[list[Row], float]:
    """Each rule's count against the SQL by hand; and what one count takes, the median of the eight."""
    refs = {item.key: item.ref for item in registry_of(project).all()}
    now, rows, taken = timezone.now(), [], []
    for name, (raw, sqlite, postgres) in rules(now).items():
        where = (sqlite if connection.vendor == "sqlite" else postgres).format(**refs)
        tree = parse(raw, scope_of(project))

        def by_hand(where: str = where) -> int:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT COUNT(*) FROM users_enduser WHERE project_id = %s AND merged_into_id IS NULL AND {where}",
                    [project.pk],
                )
                return int(cursor.fetchone()[0])

        def ours(tree: Any = tree) -> int:
            return count_audience(audience(project, tree, now), 600)

        assert ours() == by_hand(), name
        pairs = []
        for number in range(rounds):  # now the one first, now the other
            if number % 2:
                theirs, mine = seconds(by_hand), seconds(ours)
            else:
                mine, theirs = seconds(ours), seconds(by_hand)
            pairs.append((mine, theirs))
        taken.append(statistics.median(mine for mine, _ in pairs))
        ratio = statistics.median(mine / theirs for mine, theirs in pairs)
        rows.append((f"count: {name}", f"{ratio:.2f} x by hand, {taken[-1] * 1000:.0f} ms", "1.2 x at most"))
    return rows, statistics.median(taken)


def make_segments(project: Project, number: int = 50) -> list[int]:
    """Fifty segments that read different attributes, some several, some the clock."""
    now = timezone.now()
    made = []
    for at in range(number):
        kinds = [
            rule(is_("custom.plan", "is", ["Pro", "Free", "Starter", "Enterprise"][at // 5 % 4]), is_("custom.team_size", "between", [at * 8, at * 8 + 40])),
            rule(is_("custom.mrr", "between", [at * 10, at * 10 + 20])),
            rule(is_("custom.feature_usage", "includes", ["boards", "reports", "api"][at % 3]), is_("custom.country", "is_not", "FR"),
                 is_("custom.team_size", "gte", 440 + at)),
            rule(is_("custom.score", "lt", at * 10), is_("custom.company", "starts_with", f"Company {at + 10}1"), combinator="or"),
            rule(is_("native.last_activity", "in_last", {"n": at % 7 + 1, "unit": "hour"}), is_("custom.trial", "is_true")),
        ]  # fmt: skip
        segment = create_segment(project, {"name": f"Segment {at}"}, rule=kinds[at % 5], static=False, by=BY, now=now)
        made.append(segment.pk)
    return made


@contextmanager
def transactions_of_passes() -> Iterator[list[float]]:
    """How long each held its locks, in seconds: on SQLite the one write lock, from when it was had."""
    taken: list[float] = []
    real, lock = passes.put_right, store.lock_users
    began = [0.0]

    def locked(*args: Any) -> None:
        began[0] = time.perf_counter()
        lock(*args)

    def timed(*args: Any) -> int:
        moved = real(*args)
        taken.append(time.perf_counter() - began[0])
        return moved

    passes.put_right, store.lock_users = timed, locked
    try:
        yield taken
    finally:
        passes.put_right, store.lock_users = real, lock


def one_pass(project: Project, one_count: float, port: int, key: str) -> list[Row]:
    """The first pass, with its writes, while identifies go on; then one that finds nothing to write, against a count."""
    made = make_segments(project)
    with identifies(port, key) as waited, transactions_of_passes() as taken:
        first = seconds(lambda: run_all_jobs(3600))
    members = Membership.objects.filter(segment_id__in=made).count()
    passes.begin_pass(project, made, "rule")
    again = seconds(lambda: run_all_jobs(3600))
    waited.sort()
    return [
        (
            "50 segments in one pass, nothing to write",
            f"{again / one_count:.1f} counts, {again:.1f} s",
            "15 counts (SQLite), 30 (PostgreSQL)",
        ),
        (f"their first pass, {members:,} memberships written, identifies beside it", f"{first:.0f} s", ""),
        (
            f"its longest write transaction, checkpoint included; over 100 ms, of {len(taken):,}",
            f"{max(taken) * 1000:.0f} ms; {sum(one > 0.1 for one in taken)}",
            "100 ms at most on SQLite",
        ),
        (
            f"the identifies beside it, {len(waited):,}: median; one in a hundred; the slowest",
            f"{waited[len(waited) // 2]:.0f}; {waited[-len(waited) // 100]:.0f}; {waited[-1]:.0f} ms",
            "",
        ),
    ]


def milliseconds(call: Callable[[], Any], times: int = 9) -> float:
    call()
    return statistics.median(seconds(call) for _ in range(times)) * 1000


def first_pages(project: Project, client: Client, one_count: float) -> list[Row]:
    rows = []

    def get(address: str) -> Callable[[], None]:
        def fetch() -> None:
            response = client.get(f"/p/{project.slug}/{address}", HTTP_HOST="127.0.0.1")
            assert response.status_code == 200, address

        return fetch

    sizes = {
        pk: Membership.objects.filter(segment_id=pk).count()
        for pk in Segment.objects.filter(project=project).values_list("pk", flat=True)
    }
    for words, pk in (
        ("the largest", max(sizes, key=sizes.__getitem__)),
        ("the smallest", min(sizes, key=sizes.__getitem__)),
    ):
        taken = milliseconds(get(f"segments/{pk}/"))
        rows.append((f"first page of {words} segment ({sizes[pk]:,})", f"{taken:.0f} ms", "100 ms at most"))
    scope = scope_of(project)
    many = parse(rule(is_("custom.plan", "is", "Pro")), scope)
    few = parse(rule(is_("custom.company", "is", "Company 77"), is_("custom.team_size", "is", 77)), scope)
    for words, tree, aim in (
        ("many match", many, "100 ms at most"),
        ("almost nobody matches", few, "one count at most"),
    ):
        found = audience(project, tree)
        taken = milliseconds(lambda found=found: audience_page(found, "-last_activity", "", 50, 600))
        rows.append(
            (f"first page of an unsaved rule, {words}", f"{taken:.0f} ms, {taken / 1000 / one_count:.2f} counts", aim)
        )
    user = Membership.objects.filter(segment__project=project).values_list("user_id", flat=True).first()
    for pk in sizes:
        Membership.objects.get_or_create(
            segment_id=pk, user_id=user, defaults={"entered_at": timezone.now(), "cause": "list"}
        )
    taken = milliseconds(get(f"users/{user}/?tab=segments"))
    rows.append((f"a profile with {len(sizes)} memberships", f"{taken:.0f} ms", "50 ms at most"))
    return rows


def over_http(
    port: int, plain: tuple[Project, str], busy: tuple[Project, str], length: float, rounds: int, attributes: Any
) -> list[Row]:
    """An identify with and without fifty segments, and targeting against a bare DRF read."""
    counter = itertools.count()

    def changed(secret: str, all_of_them: bool = False) -> Callable[[], bytes]:
        """A new value of an attribute that ten segments read and that moves hardly anybody; or of all ten."""

        def make() -> bytes:
            number = next(counter)
            values = attributes(number % 1000) | {"n": number, "score": 1_000_000 + number}
            if all_of_them:
                values = attributes(number + 1) | {"n": number}
            body = {"user_id": f"user-{number % 1000}", "attributes": values}
            return load.request_bytes("/api/v1/identify", json.dumps(body).encode(), secret)

        return make

    project = busy[0]
    watched = ",".join(str(pk) for pk in Segment.objects.filter(project=project).values_list("pk", flat=True)[:10])
    Segment.objects.filter(project=project).update(visible_to_browsers=True)
    target = f"/api/v1/users/user-77/segments?project_id={project.public_id}&watch={watched}"
    pk = EndUser.objects.get(project=project, user_id="user-77").pk
    kinds = {
        "plain": changed(plain[1]), "busy": changed(busy[1]), "plain all": changed(plain[1], True),
        "busy all": changed(busy[1], True), "read": lambda: load.get_bytes(f"/bare/{pk}"),
        "target": lambda: load.get_bytes(target),
    }  # fmt: skip
    rates: dict[str, list[float]] = {name: [] for name in kinds}
    # One group after the other: what the last one changes, the others would change back.
    for names in (("read", "target"), ("plain", "busy"), ("plain all", "busy all")):
        for name in names:
            load.rate(port, kinds[name], max(length, 3.0))  # until every user has had its turn
        for _ in range(rounds):
            for name in names:
                rates[name].append(load.rate(port, kinds[name], length))
    slower, with_moves = (
        statistics.median(
            one / other - 1 for one, other in zip(rates[f"plain{kind}"], rates[f"busy{kind}"], strict=True)
        )
        for kind in ("", " all")
    )
    share = statistics.median(one / other for one, other in zip(rates["target"], rates["read"], strict=True))
    return [
        ("a changed identify with 50 segments takes longer by", f"{slower * 100:.0f} %", "15 % at most"),
        ("one that changes all and moves through about ten", f"{with_moves * 100:.0f} %", ""),
        ("the targeting call against a bare DRF read", f"{share:.2f}", "0.7 or more"),
    ]
