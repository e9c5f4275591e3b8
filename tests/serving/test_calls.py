"""Calls go past the framework's handler; what is answered is what it would have answered."""

import json
import re

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import RequestFactory

from jimo_site import calls
from tests.factories import user
from users.accounts.keys import create_key

pytestmark = pytest.mark.django_db


def asked(application, environ):
    """(status, headers, body) of a WSGI application's answer."""
    said = []
    body = application(environ, lambda status, headers: said.extend([status, headers]))
    content = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    return said[0], sorted(said[1]), content


@pytest.fixture
def kept_connection(monkeypatch):
    """The test's own connection is not to be looked after, as the framework's test client sees to as well."""
    monkeypatch.setattr(calls, "close_old_connections", lambda: None)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def without_tokens(answer):
    """The answer as text, but for what is drawn at random for each page with a form, and when that ends."""
    return re.sub(r"(csrftoken=|data-csrf=\\?[\"'])\w+|(?<=; expires=)[^;]+", r"\1", repr(answer))


@pytest.fixture
def both(project, kept_connection):
    """Asks both ways, and holds that neither says anything else."""
    user(project, "maya", attributes={"plan": "Pro"})
    _, secret = create_key(project, "Billing", ["ingest", "read"], None)

    def ask(method, path, body="", key=secret, **extra):
        found, pages = [], WSGIHandler()
        first = calls.CallsFirst(pages)
        for application in (pages, first):
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            request = RequestFactory(headers=headers).generic(method, path, body, "application/json", **extra)
            found.append(asked(application, request.environ))
        assert without_tokens(found[0]) == without_tokens(found[1])
        return found[1]

    return ask


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/v1/identify", json.dumps({"user_id": "maya", "attributes": {"plan": "Pro"}}), 200),
        ("POST", "/api/v1/identify", "{", 400),
        ("POST", "/api/v1/identify", json.dumps({"attributes": 7}), 422),
        ("GET", "/api/v1/identify", "", 405),
        ("OPTIONS", "/api/v1/identify", "", 204),
        ("GET", "/api/v1/users", "", 200),
        ("HEAD", "/api/v1/users", "", 405),
        ("GET", "/api/v1/nothing", "", 404),
        ("GET", "/api/", "", 404),
        ("GET", "/api", "", 404),
        ("GET", "/api/docs/", "", 200),
    ],
)
@pytest.mark.parametrize("secure", [False, True])
def test_a_call_is_answered_alike_both_ways(both, method, path, body, status, secure):
    assert both(method, path, body, secure=secure)[0].startswith(str(status))


@pytest.mark.parametrize("secure", [False, True])
def test_without_a_key_and_for_a_wrong_host_too(both, secure):
    assert both("GET", "/api/v1/users", key=None, secure=secure)[0].startswith("401")
    assert both("GET", "/api/v1/users", secure=secure, HTTP_HOST="evil.example")[0].startswith("400")


def test_where_all_is_to_be_https_calls_are_led_there(both, settings):
    settings.SECURE_SSL_REDIRECT = True
    status, headers, _ = both("GET", "/api/v1/users")
    assert status.startswith("301")
    assert ("Location", "https://testserver/api/v1/users") in headers
