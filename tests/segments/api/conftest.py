"""The API client of the users' tests."""

from tests.users.api.conftest import api, key_with, other  # noqa: F401
