"""A client that speaks JSON, a project with a key."""

import json
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from django.test import Client

from tests.users.api.described import check_answer
from users.accounts.keys import SCOPES, create_key


class Api:
    """`api.post("identify", {...})`; `key=None` calls without one."""

    def __init__(self, project, secret):
        self.project, self.secret, self.client = project, secret, Client(raise_request_exception=False)

    def call(self, method, path, body=None, *, key=..., raw=None, **headers):
        secret = self.secret if key is ... else key
        if secret:
            headers["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
        data = raw if raw is not None else b"" if body is None else json.dumps(body)
        response = self.client.generic(method, f"/api/v1/{path}", data, content_type="application/json", **headers)
        response.body = json.loads(response.content) if response.content else None
        if response.status_code >= 400:
            assert set(response.body) == {"error"}, response.content
            assert set(response.body["error"]) == {"code", "message", "details"}
            assert response.status_code < 500, response.content
        assert response["Access-Control-Allow-Origin"] == "*"
        check_answer(method, unquote(f"/api/v1/{path}".partition("?")[0]), response)
        return response

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.call("POST", path, body, **options)

    def public(self, **body):
        return self.post("identify", {"project_id": str(self.project.public_id), **body}, key=None)


@pytest.fixture
def api(project):
    _, secret = create_key(project, "Billing", list(SCOPES), None)
    return Api(project, secret)


@pytest.fixture
def other(db):
    """A stranger's project with a key of its own."""
    from tests.factories import ProjectFactory

    project = ProjectFactory()
    _, secret = create_key(project, "Theirs", list(SCOPES), None)
    return SimpleNamespace(project=project, api=Api(project, secret), secret=secret)


@pytest.fixture
def key_with(project):
    def make(*scopes):
        return create_key(project, "Narrow", list(scopes), None)[1]

    return make
