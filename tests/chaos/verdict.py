"""Who was answered in time, and what was lost."""

import json
from collections import Counter
from dataclasses import dataclass
from urllib.parse import quote

from tests.chaos.load import Caller, Load, Seen

LIMITS = {"health": 1.0, "identify": 2.0, "batch": 4.0, "tags": 2.0, "merge": 2.0, "page": 4.0}  # seconds
AWAY = ("locked", "stopped", "hanging")  # 503 with Retry-After is an answer then, within BUSY_LIMIT
BUSY_LIMIT = 11.0
RECOVERY = 8.0  # seconds that the last requests of a trouble, and new connections to the database, may still take
RESTART = 6.0  # seconds until a web process that was killed is back; connections broke, and who calls waits so long


@dataclass
class Verdict:
    faults: list[str]
    lines: list[str]


def judge(load: Load, times: list[tuple[str, float, float]], slack: float = 1.0) -> Verdict:
    faults, lines = [], []
    for name, start, end in times:
        of_it = [seen for seen in load.seen if start <= seen.at < end]
        lines.append(f"{name} ({end - start:.0f} s)")
        for kind in dict.fromkeys(seen.kind for seen in of_it):
            lines.append(f"  {kind:9}{in_figures([seen for seen in of_it if seen.kind == kind])}")
    for seen in load.seen:
        if wrong := what_is_wrong(seen, times, slack):
            faults.append(f"{seen.kind} at {seen.at:.1f} s: {wrong} (status {seen.status}, {seen.seconds:.2f} s)")
    faults += lost(load)
    return Verdict(faults, lines)


def in_figures(seen: list[Seen]) -> str:
    taken = sorted(one.seconds for one in seen)
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(Counter(one.status for one in seen).items()))
    middle, high = taken[len(taken) // 2], taken[int(len(taken) * 0.99)]
    return f"{len(seen):6}   median {middle * 1000:6.0f} ms   99% {high * 1000:6.0f} ms   most {taken[-1] * 1000:6.0f} ms   {statuses}"


def what_is_wrong(seen: Seen, times, slack: float) -> str | None:
    ended = seen.at + seen.seconds

    def during(names, after: float) -> bool:
        return any(name.startswith(names) and start <= ended and seen.at <= end + after for name, start, end in times)

    restarting = any(
        name.startswith("web process killed") and start - 0.5 <= ended and seen.at <= start + RESTART
        for name, start, end in times
    )
    away = during(AWAY, RECOVERY)
    limit = LIMITS.get(seen.kind, 20.0) * slack + (RESTART if restarting else 0)
    if seen.kind == "health":
        return "late" if seen.seconds > limit else "no answer" if seen.status != 200 and not restarting else None
    if seen.status == 0:
        return None if restarting else "no answer"
    if seen.status == 503:
        if not seen.retry_after:
            return "503 without Retry-After"
        return None if away and seen.seconds < BUSY_LIMIT * slack else "503 for no reason"
    if seen.status >= 500 or seen.status in (400, 401, 403, 404, 408, 413, 422):
        return "refused"
    return "late" if seen.seconds > (BUSY_LIMIT if away else limit) * (slack if away else 1) else None


def lost(load: Load) -> list[str]:
    """Each acknowledged value, tag and merge is there."""
    caller, faults = Caller(load.house.port), []
    headers = {"Authorization": f"Bearer {load.house.key}"}
    for user_id, known in load.acknowledged.items():
        status, answer, _ = caller.ask("GET", f"/api/v1/users/{quote(user_id)}", None, headers)
        if status != 200:
            faults.append(f"{user_id} was acknowledged and is lost (status {status})")
            continue
        found = json.loads(answer)
        value = next((item["value"] for item in found["attributes"] if item["key"] == "n"), -1)
        if value < known["n"]:
            faults.append(f"{user_id}: n is {value}, though {known['n']} was acknowledged")
        tags = {tag["name"] if isinstance(tag, dict) else tag for tag in found.get("tags", [])}
        if missing := known["tags"] - tags:
            faults.append(f"{user_id}: tags {sorted(missing)[:3]} were acknowledged and are lost")
    for jimer_id, user_id in load.merged.items():
        status, answer, _ = caller.ask("GET", f"/api/v1/users/{jimer_id}", None, headers)
        if status != 200 or json.loads(answer)["user_id"] != user_id:
            faults.append(f"{jimer_id} was merged into {user_id} and is not any more")
    return faults
