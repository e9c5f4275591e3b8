"""No lock of this process is held while the database is asked: who waits for the database waits alone."""

import sys
from contextlib import contextmanager

import pytest
from django.db import connection
from django.utils import timezone

from tests.factories import PASSWORD, SERVER, SNIPPET, AccountFactory, ProjectFactory
from users.accounts import keys
from users.api import rate_limit
from users.writing import call_counts
from users.writing.calls import Call
from users.writing.identify import identify, identify_batch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
HOUSE = ("users", "segments", "integrations", "jimo_site")


def locks():
    """Every lock that a module or a class of the house keeps, by name. What lets several in is not one."""
    found = {}
    for module in [module for name, module in sys.modules.items() if name.split(".")[0] in HOUSE]:
        for name, value in list(vars(module).items()):
            members = list(vars(value).items()) if isinstance(value, type) else []
            for inner, kept in [("", value), *members]:
                if not isinstance(kept, type) and hasattr(kept, "acquire") and hasattr(kept, "locked"):
                    found[f"{module.__name__}.{name}.{inner}".rstrip(".")] = kept
    return found


@contextmanager
def no_lock_held():
    """Fails a statement that is run while a lock is held; yields the statements seen."""
    kept, seen = locks(), []

    def look(execute, sql, params, many, context):
        held = [name for name, lock in kept.items() if lock.locked()]
        assert not held, f"{held} held during {sql[:200]}"
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield seen


def test_the_locks_are_found():
    assert {
        "users.api.rate_limit._lock",
        "users.accounts.keys._lock",
        "users.writing.call_counts._lock",
    } <= locks().keys()


def test_calls_by_every_door(client, settings):
    settings.PUBLIC_RATE_LIMIT, settings.SECRET_RATE_LIMIT = "40/m", "40/m"
    rate_limit._allowances.clear()
    project = ProjectFactory()
    _, secret = keys.create_key(project, "Test", list(keys.SCOPES), None)
    headers = {"Authorization": f"Bearer {secret}"}
    call_counts._flushed = 0.0
    with no_lock_held() as seen:
        for body in (
            {"user_id": "u1", "attributes": {"plan": "Pro"}},
            {"user_id": "u1", "attributes": {"plan": "Pro"}},
        ):
            assert client.post("/api/v1/identify", body, "application/json", headers=headers).status_code == 200
        public = {"project_id": str(project.public_id), "jimer_id": "j1", "user_id": "u1"}
        for _ in range(5):
            assert client.post("/api/v1/identify", public, "application/json").status_code == 200
        batch = {"batch": [{"user_id": f"u{number}"} for number in range(3)]}
        assert client.post("/api/v1/batch", batch, "application/json", headers=headers).status_code == 200
        assert client.get("/api/v1/users", headers=headers).status_code == 200
        tags = client.post("/api/v1/users/u1/tags", {"tags": ["vip"]}, "application/json", headers=headers)
        assert tags.status_code == 200
    assert any("users_ratelease" in sql for sql in seen)
    assert any("last_received" in sql for sql in seen)
    assert any("users_callcount" in sql for sql in seen)


def test_signing_in_and_keys(client):
    project = ProjectFactory()
    AccountFactory(email="sam@example.com")
    with no_lock_held() as seen:
        client.post("/sign-in/", {"email": "sam@example.com", "password": PASSWORD})
        key, secret = keys.create_key(project, "Test", ["read"], None)
        assert keys.find_key(secret, timezone.now())
        keys.rotate_key(key, timezone.now())
        keys.revoke_key(key, timezone.now())
    assert seen


def test_segments_are_compiled_without_a_lock(now):
    from segments.engines.compiled import compiled_now

    project = ProjectFactory()
    with no_lock_held():
        identify(project, Call(user_id="u1", attributes={"plan": "Pro"}), SERVER, now)
        identify_batch(project, [Call(jimer_id="j1"), Call(jimer_id="j1", user_id="u1")], SNIPPET, now)
        compiled_now(project)
