"""The check that every answer in these tests goes through notices what the description does not say."""

import json

import pytest
from django.http import HttpResponse

from tests.users.api.described import check_answer


def answer(body, status=200):
    return JsonAnswer(json.dumps(body), status=status, content_type="application/json")


class JsonAnswer(HttpResponse):
    def json(self):
        return json.loads(self.content)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/v1/users/u1/tags", {"tags": "vip"}, 200), ("GET", "/api/v1/users/u1/tags", {}, 200), ("GET", "/api/v1/users/u1/tags", {"tags": []}, 201),
        ("POST", "/api/v1/identify", {"jimer_id": 1}, 200), ("GET", "/api/v1/users/a/b", {"error": {}}, 404), ("GET", "/api/v1/nothing", {}, 200),
    ],
)  # fmt: skip
def test_what_is_not_described_is_noticed(method, path, body, status):
    with pytest.raises(AssertionError):
        check_answer(method, path, answer(body, status))


def test_what_is_described_passes():
    check_answer("GET", "/api/v1/users/u1/tags", answer({"tags": ["vip"]}))
