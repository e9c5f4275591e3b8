"""Whatever is sent to whatever address by whomever, the answer is never the server's mistake.

Every address of the urlconf, every parameter, field and file that a view was seen to read, every member of every call.
Here each is met once; FUZZ_ROUNDS=30 looks longer, FUZZ_SEED elsewhere.
"""

import os
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from integrations.connectors.failures import VendorRefused
from integrations.connectors.registry import connectors
from tests.fuzz.asking import Ask, Verdicts, ask, listening
from tests.fuzz.bodies import described, mutated, places, replaced, some_body, some_rule, written
from tests.fuzz.doors import Door, address, doors, look_ups
from tests.fuzz.harvest import pairs_of
from tests.fuzz.meanwhile import deleting, meanwhile
from tests.fuzz.nasty import ALL_TEXTS, JSON_VALUES, any_json, any_text, odd_headers
from tests.fuzz.watched import Reading, watching
from tests.fuzz.world import ROLES, make_world
from users.jobs.machinery import run_all_jobs
from users.models import Job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "0"))
SEED = os.environ.get("FUZZ_SEED", "0")
METHODS = ("GET", "POST")
FRESH = 120  # requests until the world, of which they delete a part, is made anew
BOUNDARY = "aBoundary"


class Fuzz:
    """Asks at doors with what they read; what pages offer to send is learned on the way."""

    def __init__(self, verdicts: Verdicts, reading: Reading, seed: str) -> None:
        self.verdicts, self.reading, self.random = verdicts, reading, Random(f"{SEED} {seed}")
        self.offered: dict[str, set[str]] = {}
        self.world, self.since = make_world(), 0

    def freshen(self) -> None:
        self.since += 1
        if self.since > FRESH:
            self.finish_jobs()
            self.world, self.since = make_world(), 0

    def finish_jobs(self) -> None:
        """What was begun ends, too."""
        Job.objects.filter(state__in=("queued", "running")).update(lease_until=None)
        run_all_jobs(10)
        for job in Job.objects.exclude(error=""):
            self.verdicts.broken.setdefault(f"job {job.kind} {job.error[:80]}", f"{job.params}\n{job.error}")
            job.delete()

    def ask(self, door: Door, what: Ask) -> Any:
        self.freshen()
        self.reading.view = door.name
        response = ask(self.world.clients[what.who], what, self.verdicts)
        self.reading.view = ""
        if response is not None and response.get("Content-Type", "").startswith("text/html"):
            for name, value in pairs_of(response.whole.decode("utf-8", "replace")):
                held = self.offered.setdefault(name, set())
                if len(held) < 60:
                    held.add(value)
        return response

    def value(self, name: str) -> str:
        """Something that was offered under this name, a rule, or nonsense."""
        offered = sorted(self.offered.get(name, ()))
        if offered and self.random.random() < 0.5:
            return self.random.choice(offered)
        if name in ("rule", "shown", "query") and self.random.random() < 0.6:
            return written(mutated(some_rule(self.random, self.world), self.random), self.random).decode(
                "utf-8", "replace"
            )
        if name in ("ids", "users", "text", "watch") and self.random.random() < 0.5:
            return ",".join(map(str, self.world.ids("users")[:3]))
        return any_text(self.random)

    def pairs(self, names: list[str]) -> list[tuple[str, str]]:
        chosen = [name for name in names if self.random.random() < 0.75]
        chosen += self.random.choices(names, k=1) if names and self.random.random() < 0.2 else []
        return [(name, self.value(name)) for name in chosen]

    def names_of(self, door: Door) -> list[str]:
        names = sorted(self.reading.names[door.name] - {"csrfmiddlewaretoken"})
        more = look_ups(door)
        return names + self.random.sample(more, min(3, len(more)))


def form(pairs: list[tuple[str, str]]) -> bytes:
    return "&".join(f"{code(name)}={code(value)}" for name, value in pairs).encode()


def code(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def multipart(pairs: list[tuple[str, str]], random: Random) -> bytes:
    """Fields as they come, some of them as files."""
    parts = []
    for name, value in pairs:
        file = (
            f'; filename="{random.choice(("a.csv", "", "é.csv", "../x", "a" * 300))}"' if random.random() < 0.4 else ""
        )
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name[:40]}"{file}\r\n\r\n'
        parts.append(head.encode("utf-8", "surrogatepass") + value.encode("utf-8", "surrogatepass") + b"\r\n")
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def nobody_gets_in(*given: Any) -> None:
    raise VendorRefused("These credentials are not taken.")


@pytest.fixture
def fuzz(request: Any, monkeypatch: Any) -> Any:
    for found in connectors().values():  # no test asks a vendor
        monkeypatch.setattr(type(found), "check", nobody_gets_in)
    with listening() as verdicts, watching() as reading:
        yield Fuzz(verdicts, reading, request.node.name)
        print(verdicts.asked, "requests:", dict(sorted(verdicts.statuses.items())))
        print("The slowest took", *verdicts.slowest)
        print(*verdicts.broken.items(), sep="\n")


def page_ask(fuzz: Fuzz, door: Door, who: str, method: str, sane: float = 0.9) -> Ask:
    random = fuzz.random
    path, names = address(door, fuzz.world, random, sane), fuzz.names_of(door)
    headers = odd_headers(random)
    if random.random() < 0.4:
        headers = {"HTTP_HX_REQUEST": "true", **headers}
    query = form(fuzz.pairs(names)).decode()
    if method == "GET":
        return Ask(who, method, f"{path}?{query}", headers=headers)
    pairs = fuzz.pairs(names)
    if random.random() < 0.3:
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return Ask(who, method, path, multipart(pairs, random), kind, headers)
    return Ask(who, method, f"{path}?{query}" if random.random() < 0.3 else path, form(pairs), headers=headers)


def alone(fuzz: Fuzz, door: Door, who: str) -> None:
    """Each parameter and field by itself, where nothing else keeps the view from coming to it."""
    for name in fuzz.names_of(door):
        for method in ("GET", "POST"):
            for value in fuzz.random.sample(ALL_TEXTS, min(len(ALL_TEXTS), ROUNDS)):
                path, sent = address(door, fuzz.world, fuzz.random, 1), form([(name, value)])
                fuzz.ask(
                    door,
                    Ask(
                        who,
                        method,
                        f"{path}?{sent.decode()}" if method == "GET" else path,
                        b"" if method == "GET" else sent,
                    ),
                )


def walk(fuzz: Fuzz, rooms: list[Door], roles: tuple[str, ...]) -> None:
    for door in rooms:  # what it reads when it is asked plainly
        for method in METHODS if ROUNDS else METHODS[:1]:
            fuzz.ask(door, Ask(roles[-1], method, address(door, fuzz.world, fuzz.random, 1)))
    for door in rooms if ROUNDS else ():
        alone(fuzz, door, roles[-1])
    for _ in range(ROUNDS or 1):
        fuzz.random.shuffle(rooms)
        for door in rooms:
            everybody = [(who, method) for who in roles for method in METHODS]
            for who, method in everybody if ROUNDS else [fuzz.random.choice(everybody)]:
                fuzz.ask(door, page_ask(fuzz, door, who, method))
    fuzz.finish_jobs()
    fuzz.verdicts.fail_if_broken()


def test_pages(fuzz):
    walk(fuzz, [door for door in doors() if not door.is_api and not door.is_admin], ROLES)


def test_the_django_admin(fuzz):
    walk(fuzz, [door for door in doors() if door.is_admin], ("superuser",))


def secrets_of(fuzz: Fuzz) -> dict[str, str]:
    """A header, or none: mostly of a key that may do all."""
    names = ["all"] * 40 + [*fuzz.world.keys, *["public"] * 5, "junk"]
    name = fuzz.random.choice(names)
    if name == "public":
        return {}
    return {"HTTP_AUTHORIZATION": f"Bearer {fuzz.world.keys.get(name, 'jimo_sk_unknown')}"}


def calls() -> list[tuple[Door, str, dict[str, Any]]]:
    """Each door of the API with each method that it takes, and what its description says of it."""
    known, found = described(), []
    nothing: dict[str, Any] = {"examples": [], "members": [], "parameters": []}
    for door in doors():
        if not door.is_api:
            continue
        view = getattr(door.view, "view_class", None)
        methods = [name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)] or [
            "GET",
            "POST",
        ]
        for method in methods:
            path = "/" + "/".join(
                part if "<" not in part else "{" + part[1:-1].split(":")[-1] + "}" for part in door.route.split("/")
            )
            found.append((door, method, known.get((method, path), nothing)))
    return found


def call_ask(fuzz: Fuzz, door: Door, method: str, about: dict[str, Any], body: Any) -> Ask:
    random = fuzz.random
    names = sorted({*about["parameters"], *fuzz.reading.names[door.name]} - set(about["members"]))
    chosen = [name for name in names if random.random() < 0.5] if method == "GET" or random.random() < 0.1 else []
    query = form([(name, fuzz.value(name)) for name in chosen]).decode()
    raw = written(body, random) if method != "GET" or random.random() < 0.05 else b""
    path = f"{address(door, fuzz.world, random, 0.9)}?{query}"
    return Ask("anonymous", method, path, raw, "application/json", {**secrets_of(fuzz), **odd_headers(random, 0.15)})


def test_calls(fuzz):
    for _ in range(ROUNDS * 12 or 4):
        for door, method, about in calls():
            body = mutated(some_body(about, fuzz.random, fuzz.world), fuzz.random)
            fuzz.ask(door, call_ask(fuzz, door, method, about, body))
    fuzz.finish_jobs()
    fuzz.verdicts.fail_if_broken()


def test_each_member_of_each_call(fuzz):
    """Every member that a call is shown with or described to have, with every kind of value once the rounds allow."""
    for door, method, about in calls():
        if method == "GET":
            continue
        shown = some_body(about, fuzz.random, fuzz.world)
        paths = [*places(shown), *((name,) for name in about["members"] if name not in shown)]
        for path in paths:
            for value in [*fuzz.random.sample(JSON_VALUES, min(len(JSON_VALUES), 2 * ROUNDS)), any_json(fuzz.random)]:
                fuzz.ask(door, call_ask(fuzz, door, method, about, replaced(shown, path, value)))
    fuzz.finish_jobs()
    fuzz.verdicts.fail_if_broken()


def test_what_is_deleted_meanwhile(fuzz):
    """What the address names goes before the first statement, the second, and so on. Sooner it is 404, later it worked."""
    for door in doors():  # what pages offer to send
        if not door.is_api and not door.is_admin:
            fuzz.ask(door, Ask("admin", "GET", address(door, fuzz.world, fuzz.random, 1)))
    for door, method, about in [
        *((door, method, None) for door in doors() if not door.is_api for method in METHODS),
        *calls(),
    ]:
        if not is_about_a_row(door):
            continue
        for at in range(2, 30) if ROUNDS else fuzz.random.sample(range(4, 16), 2):
            if about is None:
                what = page_ask(fuzz, door, "admin", method, sane=1)
            else:
                what = call_ask(fuzz, door, method, about, some_body(about, fuzz.random, fuzz.world))
            act = deleting(fuzz.world, door, what.path)
            if act is None:
                continue
            with meanwhile(at, act) as happening:
                fuzz.ask(door, what)
            fuzz.since += FRESH // 20 if happening.done else 0
            if not happening.done:
                break
    fuzz.finish_jobs()
    fuzz.verdicts.fail_if_broken()


def is_about_a_row(door: Door) -> bool:
    return not door.is_admin and any(f"{name}>" in door.route for name in ("pk", "user", "ident", "field"))
