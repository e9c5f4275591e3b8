"""Everybody else: callers who behave, each noting what it was answered, when, and what was acknowledged."""

import http.client
import itertools
import json
import re
import threading
import time
from dataclasses import dataclass, field

from tests.chaos.house import EMAIL, PASSWORD, House

PAUSE = 0.02  # seconds between two requests of one caller


@dataclass(frozen=True)
class Seen:
    kind: str  # health, identify, batch, tags, merge, page, export
    at: float  # seconds since the load began
    seconds: float
    status: int  # 0: no answer, the connection broke
    retry_after: str | None


@dataclass
class Load:
    house: House
    seen: list[Seen] = field(default_factory=list)
    acknowledged: dict[str, dict] = field(default_factory=dict)  # user id -> {"n": least value, "tags": set}
    merged: dict[str, str] = field(default_factory=dict)  # Jimer ID -> user id
    began: float = field(default_factory=time.monotonic)
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        jobs = [self.health, self.pages, self.pages, self.exports, self.batches, self.tags, self.merges]
        jobs += [lambda name=name: self.identifies(name) for name in ("a", "b", "c", "d")]
        self.threads = [threading.Thread(target=job, daemon=True) for job in jobs]
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join(40)
            assert not thread.is_alive(), "a caller waits for ever"

    def numbers(self):
        for number in itertools.count():
            if self.ended.wait(PAUSE):
                return
            yield number

    def ask(self, kind, caller, method, path, body=None, headers=None):
        """(status, JSON or bytes); notes what was seen."""
        began = time.monotonic()
        status, answer, retry_after = caller.ask(method, path, body, headers)
        self.seen.append(Seen(kind, began - self.began, time.monotonic() - began, status, retry_after))
        return status, answer

    def call(self, kind, caller, method, path, body):
        headers = {"Authorization": f"Bearer {self.house.key}", "Content-Type": "application/json"}
        status, answer = self.ask(kind, caller, method, f"/api/v1/{path}", json.dumps(body), headers)
        return status, json.loads(answer) if status else {}

    def acknowledge(self, user_id, number, tag=None):
        known = self.acknowledged.setdefault(user_id, {"n": -1, "tags": set()})
        known["n"] = max(known["n"], number)
        if tag:
            known["tags"].add(tag)

    # The callers.

    def health(self):
        for _ in self.numbers():
            self.ask("health", Caller(self.house.port), "GET", "/healthz")

    def identifies(self, name):
        """New users and known ones, changed each time, with an attribute that is new now and then."""
        caller = Caller(self.house.port)
        for number in self.numbers():
            user_id = f"{name}-new-{number}" if number % 3 == 0 else f"{name}-{number % 20}"
            attributes = {"n": number, "plan": "Pro", f"new {number // 50}": number}
            status, _ = self.call(
                "identify", caller, "POST", "identify", {"user_id": user_id, "attributes": attributes}
            )
            if status == 200:
                self.acknowledge(user_id, number)

    def batches(self):
        caller = Caller(self.house.port)
        for number in self.numbers():
            ids = [f"batch-{number}-{item}" for item in range(10)]
            items = [{"type": "identify", "user_id": user_id, "attributes": {"n": number}} for user_id in ids]
            status, answer = self.call("batch", caller, "POST", "batch", {"batch": items})
            if status == 200:
                for user_id, result in zip(ids, answer["results"], strict=True):
                    if result["status"] == 200:
                        self.acknowledge(user_id, number)
            self.ended.wait(0.2)

    def tags(self):
        caller = Caller(self.house.port)
        for number in self.numbers():
            user_id, tag = f"tagged-{number % 10}", f"tag {number // 10 % 40}"
            if number < 10:
                status, _ = self.call(
                    "identify", caller, "POST", "identify", {"user_id": user_id, "attributes": {"n": 0}}
                )
                if status == 200:
                    self.acknowledge(user_id, 0)
                continue
            status, _ = self.call("tags", caller, "POST", f"users/{user_id}/tags", {"tags": [tag]})
            if status == 200:
                self.acknowledge(user_id, -1, tag)

    def merges(self):
        caller = Caller(self.house.port)
        for number in self.numbers():
            jimer_id, user_id = f"browser-{number}", f"merged-{number % 10}"
            self.call("identify", caller, "POST", "identify", {"jimer_id": jimer_id, "attributes": {"seen": number}})
            body = {"jimer_id": jimer_id, "user_id": user_id, "attributes": {"n": number}}
            status, answer = self.call("merge", caller, "POST", "identify", body)
            if status == 200:
                self.acknowledge(user_id, number)
                if answer["jimer_id"] == jimer_id:
                    self.merged[jimer_id] = user_id
            self.ended.wait(0.1)

    def pages(self):
        """Every page that a member opens; whoever is sent to the sign-in signs in."""
        caller, home = Caller(self.house.port), None
        for number in self.numbers():
            if home is None:
                home = caller.sign_in()
                continue
            path = home + ("users/", "segments/", "data/attributes/", "users/?q=a-1", "data/ingest/")[number % 5]
            status, _ = self.ask("page", caller, "GET", path)
            if status == 302:
                home = None
            self.ended.wait(0.1)

    def exports(self):
        caller = Caller(self.house.port)
        headers = {"Authorization": f"Bearer {self.house.key}", "Content-Type": "application/json"}
        made = None
        for _ in self.numbers():
            if len(self.acknowledged) < 5:  # the attribute may not be there yet: not every call sends it
                continue
            if made is None:
                self.call(
                    "identify", caller, "POST", "identify", {"user_id": "has-plan", "attributes": {"plan": "Pro"}}
                )
                rule = {"combinator": "and", "rules": [{"field": "custom.plan", "operator": "is", "value": "Pro"}]}
                status, answer = self.call("segment", caller, "POST", "segments", {"name": "All", "rule": rule})
                made = answer["id"] if status in (200, 201) else None
            else:
                self.ask("export", caller, "GET", f"/api/v1/segments/{made}/export", None, headers)
            self.ended.wait(0.5)


class Caller:
    """One connection, kept while it can be, and cookies."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection: http.client.HTTPConnection | None = None
        self.cookies: dict[str, str] = {}

    def ask(self, method, path, body=None, headers=None):
        """(status, body, Retry-After). A kept connection that was closed meanwhile is made anew, as clients do."""
        kept = self.connection is not None
        try:
            return self.once(method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.connection = None
            if kept and isinstance(error, http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError):
                return self.again(method, path, body, headers)
            return 0, str(error).encode(), None

    def again(self, method, path, body, headers):
        try:
            return self.once(method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.connection = None
            return 0, str(error).encode(), None

    def once(self, method, path, body, headers):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = dict(headers or {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.location = answer.headers.get("Location")
        return answer.status, answer.read(), answer.headers.get("Retry-After")

    def sign_in(self) -> str | None:
        """The address of the project, once signed in."""
        status, page, _ = self.ask("GET", "/sign-in/")
        token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if status != 200 or token is None:
            return None
        form = f"csrfmiddlewaretoken={token[1].decode()}&email={EMAIL.replace('@', '%40')}&password={PASSWORD}"
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"http://127.0.0.1:{self.port}/"}
        self.ask("POST", "/sign-in/", form, kind)
        path = "/"
        for _ in range(3):
            status, _, _ = self.ask("GET", path)
            if status != 302:
                break
            path = self.location
        found = re.match(r"/p/[\w-]+/", path)
        return found[0] if status == 200 and found else None
