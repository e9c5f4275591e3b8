"""Addresses under /api/ that lead nowhere, and methods that an address does not have."""

import json

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
NOWHERE = [
    "/api", "/api/", "/api/nothing", "/api/nothing.json", "/api/v2/identify", "/api/v1", "/api/v1/", "/api/v1/nothing",
    "/api/v1/identify/", "/api/v1/identify.php", "/api/.env", "/api/docs", "/api/schema", "/api/docs/x", "/api//v1/identify",
]  # fmt: skip


@pytest.mark.parametrize("path", NOWHERE)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_an_unknown_address_is_404_in_the_envelope_without_a_key_too(path, method):
    answer = Client(enforce_csrf_checks=True).generic(method, path, b"{}", content_type="application/json")
    assert answer.status_code == 404
    assert json.loads(answer.content)["error"]["code"] == "not_found"
    assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("GET", "identify", "POST, OPTIONS"), ("DELETE", "users", "GET, OPTIONS"), ("POST", "users/u1", "GET, PATCH, DELETE, OPTIONS"),
     ("PUT", "segments", "GET, POST, OPTIONS"), ("POST", "attributes/custom.plan", "PATCH, OPTIONS")],
)  # fmt: skip
def test_405_says_which_methods_there_are(api, method, path, allow):
    answer = api.call(method, path, {})
    assert (answer.status_code, answer["Allow"]) == (405, allow)
