"""The database away, whichever way it is: 503 with Retry-After in words at every door, and nothing else."""

import os
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import psycopg
import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.test import Client

from tests.factories import AccountFactory, ProjectFactory, member, user
from tests.serving.conftest import wait_until
from users.accounts import keys
from users.database import availability, contention
from users.models import EndUser

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def of_sqlite(name):
    cause = sqlite3.OperationalError("told by SQLite")
    cause.sqlite_errorname = name
    return cause


CAUSES = {
    "stopped": psycopg.errors.AdminShutdown("terminating connection due to administrator command"),
    "starting": psycopg.errors.CannotConnectNow("the database system is starting up"),
    "refused": psycopg.OperationalError("connection refused"),
    "cut": psycopg.OperationalError("consuming input failed: server closed the connection unexpectedly"),
    "too many connections": psycopg.errors.TooManyConnections("sorry, too many clients already"),
    "disk full": psycopg.errors.DiskFull("could not extend file"),
    "a replica": psycopg.errors.ReadOnlySqlTransaction("cannot execute UPDATE in a read-only transaction"),
    "SQLite's disk full": of_sqlite("SQLITE_FULL"),
    "SQLite's disk broken": of_sqlite("SQLITE_IOERR_WRITE"),
    "SQLite's file gone": of_sqlite("SQLITE_CANTOPEN"),
    "SQLite read-only": of_sqlite("SQLITE_READONLY"),
}


@contextmanager
def away(cause):
    def refuse(execute, sql, params, many, context):
        raise (
            OperationalError if isinstance(cause, psycopg.OperationalError | sqlite3.Error) else DatabaseError
        )() from cause

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def house():
    """(requests by name, what each is)"""
    project = ProjectFactory()
    person = user(project, "u1", attributes={"plan": "Pro"})
    admin = member(project, "admin")
    _, secret = keys.create_key(project, "Test", list(keys.SCOPES), admin)
    headers = {"Authorization": f"Bearer {secret}"}
    signed_in, superuser, anybody = (Client(raise_request_exception=False) for _ in range(3))
    signed_in.force_login(admin)
    superuser.force_login(AccountFactory(is_superuser=True, is_staff=True))
    home, json = f"/p/{project.slug}", "application/json"
    public = {
        "project_id": str(project.public_id) if hasattr(project, "public_id") else str(project.pk),
        "user_id": "u1",
    }
    return {
        "call": lambda: anybody.post("/api/v1/identify", {"user_id": "u1"}, json, headers=headers),
        "public call": lambda: anybody.post("/api/v1/identify", public, json),
        "list": lambda: anybody.get("/api/v1/users", headers=headers),
        "export": lambda: anybody.get("/api/v1/segments/1/export", headers=headers),
        "page": lambda: signed_in.get(f"{home}/users/"),
        "profile": lambda: signed_in.get(f"{home}/users/{person.pk}/"),
        "form": lambda: signed_in.post(f"{home}/users/{person.pk}/tags/", {"add": "new"}),
        "fragment": lambda: signed_in.get(f"{home}/users/", HTTP_HX_REQUEST="true"),
        "sign-in": lambda: anybody.post("/sign-in/", {"email": admin.email, "password": "secret"}),
        "admin": lambda: superuser.get("/admin/users/account/"),
        "nothing there": lambda: signed_in.get(f"{home}/nothing/"),
    }


def said(door, answer):
    assert answer.status_code == 503, (door, answer.status_code, answer.content[-300:])
    assert int(answer["Retry-After"]) > 0
    if door in ("call", "public call", "list", "export"):
        error = answer.json()["error"]
        assert (error["code"], bool(error["message"])) == ("unavailable", True)
        assert answer["Access-Control-Allow-Origin"] == "*"
    elif door == "fragment":
        assert answer["Content-Type"].startswith("text/plain")
    else:
        assert b"<title>The database is away" in answer.content
        assert b"try again" in answer.content


@pytest.mark.parametrize("kind", CAUSES)
def test_every_door_says_that_the_database_is_away_and_opens_again(house, kind):
    keys._forget()
    for door, request in house.items():
        with away(CAUSES[kind]):
            said(door, request())
    assert house["call"]().status_code == house["page"]().status_code == 200


def test_a_closed_connection_is_the_database_away_too(house):
    def refuse(execute, sql, params, many, context):
        raise InterfaceError("connection already closed")

    with connection.execute_wrapper(refuse):
        said("page", house["page"]())


def test_a_wrong_statement_is_not_taken_for_it(house):
    with away(psycopg.errors.UndefinedTable("no such table")):
        assert house["page"]().status_code == 500


def test_while_it_is_known_to_be_away_nobody_asks_it(house, monkeypatch, django_assert_num_queries):
    class Known:
        failed = 1

    monkeypatch.setattr(availability, "_watch", Known())
    with django_assert_num_queries(0):
        for door, request in house.items():
            said(door, request())
        ready = Client().get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "database unreachable")
        assert Client().get("/healthz").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.django_db(transaction=True)
def test_while_it_is_known_to_be_away_nobody_connects_to_it_either(monkeypatch):
    """Who was let go of would wait for connect_timeout, at each thing that they do on their way out."""
    if connection.vendor != "postgresql":
        return  # a file does not hang

    class Known:
        failed = 1

    EndUser.objects.exists()
    connection.close()
    with monkeypatch.context() as patch:
        patch.setattr(availability, "_watch", Known())
        with pytest.raises(availability.Away):
            EndUser.objects.exists()
    assert not EndUser.objects.exists()


class Relay(threading.Thread):
    """Passes bytes on to the database, until it is told to hang: connections stay, and nothing comes."""

    def __init__(self, host, port):
        super().__init__(daemon=True)
        self.behind, self.hangs, self.lines = (host, port), False, {}
        self.over = False
        self.listener = socket.create_server(("127.0.0.1", 0))

    def run(self):
        while not self.over:
            for line in select.select([self.listener, *self.lines], [], [], 0.05)[0]:
                if self.hangs:
                    time.sleep(0.05)
                elif line is self.listener:
                    near, far = self.listener.accept()[0], self.call_database()
                    self.lines |= {near: far, far: near}
                elif line in self.lines:
                    self.pass_on(line)

    def pass_on(self, line):
        try:
            data = line.recv(65536)
            self.lines[line].sendall(data)
        except OSError:
            data = b""
        if not data:
            other = self.lines.pop(line)
            self.lines.pop(other)
            line.close()
            other.close()

    def call_database(self):
        host, port = self.behind
        if not host.startswith("/"):
            return socket.create_connection(self.behind)
        line = socket.socket(socket.AF_UNIX)
        line.connect(f"{host}/.s.PGSQL.{port}")
        return line

    def end(self):
        self.over = True
        self.join()
        for line in (self.listener, *self.lines):
            line.close()


class EndingWatch(availability.Watch):
    over = False

    async def look(self, number):
        if self.over:
            raise SystemExit
        await super().look(number)


def test_that_it_hangs_is_known_soon_and_that_it_is_back_too(monkeypatch):
    if connection.vendor != "postgresql":
        return  # a file does not hang
    mine = availability.connection_parameters()
    relay = Relay(mine["host"], int(mine.get("port") or 5432))
    relay.start()
    monkeypatch.setattr(availability, "DEADLINE", 0.3)
    monkeypatch.setattr(availability, "EVERY", 0.05)
    told = {**mine, "host": "127.0.0.1", "port": relay.listener.getsockname()[1]}
    monkeypatch.setattr(availability, "connection_parameters", lambda: told)
    cuts = []
    monkeypatch.setattr(availability, "cut_connections", lambda: cuts.append(time.monotonic()))
    watch = EndingWatch()
    watch.start()
    wait_until(lambda: watch.connection is not None)
    for _ in range(2):
        assert watch.failed == 0
        relay.hangs, began = True, time.monotonic()
        cuts.clear()
        wait_until(lambda: cuts)
        assert cuts[0] - began < 3
        assert watch.failed > 0
        relay.hangs = False
        wait_until(lambda: watch.failed == 0)
    watch.over = True
    watch.join()
    relay.end()


def test_a_full_disk_stores_nothing_and_is_over_when_there_is_room(project):
    if connection.vendor != "sqlite":  # PostgreSQL's own word for it is among the causes above
        return
    _, secret = keys.create_key(project, "Test", list(keys.SCOPES), None)
    caller = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count")
        most = cursor.fetchone()[0]
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
    try:
        bodies = [{"user_id": f"u{number}", "attributes": {"long": "x" * 700}} for number in range(600)]
        answers = [caller.post("/api/v1/identify", body, "application/json") for body in bodies]
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA max_page_count = {most}")
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 503}
    assert answers[-1].json()["error"]["message"] == availability.FULL
    assert EndUser.objects.filter(project=project).count() == statuses.count(200)
    assert caller.post("/api/v1/identify", bodies[-1], "application/json").status_code == 200


def prepare(url):
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "jimo_site.settings",
        "JIMO_TEST_SQLITE": "",
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "prepare_database"], env=environment, stderr=subprocess.PIPE, text=True
    )


def test_a_start_without_a_database_waits_and_says_so():
    waiting = prepare("postgres://nobody@127.0.0.1:1/nothing")
    assert select.select([waiting.stderr], [], [], 60)[0], "it says so while it waits"
    assert waiting.poll() is None
    waiting.send_signal(signal.SIGTERM)
    lines = waiting.communicate(timeout=10)[1].splitlines()
    assert lines
    assert all(line.startswith("The database cannot be reached: ") for line in lines)


def test_a_start_with_a_wrong_address_ends_at_once(tmp_path):
    done = prepare(f"sqlite:///{tmp_path}")  # a folder
    assert "Look at DATABASE_URL" in done.communicate(timeout=20)[1]
    assert done.returncode == 1


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_nobody_lets_go_holds_up_few_and_is_over_at_once(project, settings, monkeypatch):
    """Where somebody outside holds SQLite's one write lock, not every caller waits as long as the first."""
    if connection.vendor != "sqlite":
        return
    settings.LOCK_WAIT = 1.0
    monkeypatch.setattr(contention, "_through", 0.0)
    contention.set_wait(1.0)
    _, secret = keys.create_key(project, "Test", list(keys.SCOPES), None)
    caller = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})
    holder = connection.copy()
    try:
        with holder.cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            answers = [
                caller.post("/api/v1/identify", {"user_id": f"u{number}"}, "application/json") for number in range(8)
            ]
            assert time.monotonic() - began < 8
            assert {answer.status_code for answer in answers} == {503}
            assert {answer.json()["error"]["code"] for answer in answers} == {"busy"}
            cursor.execute("ROLLBACK")
    finally:
        holder.close()
        contention.set_wait(4)
    assert caller.post("/api/v1/identify", {"user_id": "u1"}, "application/json").status_code == 200
