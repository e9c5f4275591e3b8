"""What breaks, one after the other, with a calm time between."""

import json
import signal
import threading
import time
from contextlib import ExitStack, closing, contextmanager, suppress

from tests.chaos.house import House
from tests.chaos.load import Caller

NASTY = {"field": "custom.plan", "operator": "matches", "value": "(.{1,10}){9}c|(a|b|ab){20}$"}


@contextmanager
def slow_callers(house: House):
    """Heads, bodies and readers that never come to an end, more than the server has threads."""
    server = house.server
    sends = [b"", b"POST /api/v1/identify HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{",
             b"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 90000\r\n\r\na",
             b"POST /api/v1/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"]  # fmt: skip
    read = (
        f"GET /api/v1/users?limit=100 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {house.key}\r\n\r\n".encode()
    )
    ended = threading.Event()

    def trickle():
        while not ended.is_set():
            with ExitStack() as stack, suppress(OSError):
                held = [stack.enter_context(closing(server.raw(sent))) for sent in sends for _ in range(40)]
                held += [stack.enter_context(closing(server.raw(read * 50, 4096))) for _ in range(20)]
                for _ in range(12):
                    if ended.wait(1):
                        return
                    for one in held:
                        with suppress(OSError):
                            one.send(b"a")

    thread = threading.Thread(target=trickle, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(20)


@contextmanager
def dear_rules(house: House):
    """Questions that cost as much as they may, many at once."""
    ended = threading.Event()
    group = {"combinator": "or", "rules": [{**NASTY, "value": f"{NASTY['value']}{number}"} for number in range(20)]}
    rule = {"combinator": "and", "rules": [group] * 3}
    headers = {"Authorization": f"Bearer {house.key}", "Content-Type": "application/json"}

    def ask(path, body):
        caller = Caller(house.port)
        while not ended.is_set():
            caller.ask("POST", path, json.dumps(body), headers)
            ended.wait(0.05)

    kinds = [("/api/v1/evaluate", {"rule": rule, "user": {"custom": {"plan": "ab" * 300}}}),
             ("/api/v1/segments/preview", {"rule": rule})]  # fmt: skip
    threads = [threading.Thread(target=ask, args=kind, daemon=True) for kind in kinds for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join(40)


def kill(house: House, words: str) -> None:
    for process in house.processes(words)[:1]:
        process.send_signal(signal.SIGKILL)


@contextmanager
def killed_web(house: House):
    kill(house, "granian")
    yield


@contextmanager
def killed_worker(house: House):
    kill(house, "worker")
    yield


def plan(house: House, short: bool):
    """(name, trouble or None, seconds)."""

    def lasts(quick: float, long: float) -> float:
        return quick if short else long

    recovering = ("recovering", None, lasts(2, 12))
    away = (
        [("locked", House.locked, lasts(5, 30)), recovering]
        if house.kind == "sqlite"
        else [
            ("stopped", House.stopped, lasts(2, 15)),
            recovering,
            ("hanging", House.hanging, lasts(6, 30)),
            recovering,
        ]
    )
    return [
        ("calm", None, lasts(1, 15)),
        ("slow callers", slow_callers, lasts(4, 40)),
        ("dear rules", dear_rules, lasts(2, 25)),
        *away,
        ("web process killed", killed_web, lasts(3, 12)),
        ("worker killed", killed_worker, lasts(1, 10)),
        *([] if short else [("web process killed again", killed_web, 12)]),
    ]


def happen(house: House, began: float, seconds: float) -> list[tuple[str, float, float]]:
    """Let it all happen. [(name, from, to)] in seconds since `began`."""
    times = []
    for name, trouble, lasts in plan(house, seconds < 120):
        start = time.monotonic() - began
        if trouble is None:
            time.sleep(lasts)
        else:
            with trouble(house):
                time.sleep(lasts)
        times.append((name, start, time.monotonic() - began))
    rest = seconds - (time.monotonic() - began)
    start = time.monotonic() - began
    time.sleep(max(rest, 3))
    times.append(("calm again", start, time.monotonic() - began))
    return times
