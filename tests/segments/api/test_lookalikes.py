"""Rules see tags that look alike as one, and emails trimmed: in the database and in memory."""

import pytest

from tests.factories import user

SPELLINGS = ["Crème VIP", "Cre\u0300me vip", "Crème  ＶＩＰ", "\u200bCrè\u00adme VIP\ufeff"]
EMAILS = ["maya@example.com", " MAYA@example.com", "maya@example.com\u200b", "\u00a0maya@example.com\n"]


def verdicts(api, field, operator, value, native):
    """How many stored users match, and whether this one, given in the call, does."""
    rule = {"combinator": "and", "rules": [{"field": field, "operator": operator, "value": value}]}
    counted = api.post("segments/preview", {"rule": rule}).body["count"]
    return counted, api.post("evaluate", {"rule": rule, "user": {"native": native}}).body["match"]


@pytest.mark.parametrize("stored", SPELLINGS)
@pytest.mark.parametrize("sought", SPELLINGS)
def test_a_tag_is_found_by_any_spelling(api, project, stored, sought):
    user(project, "u1")
    api.post("users/u1/tags", {"tags": [stored]})
    assert verdicts(api, "native.tags", "includes", sought, {"tags": [stored]}) == (1, True)
    assert verdicts(api, "native.tags", "includes_none", [sought], {"tags": [stored]}) == (0, False)


@pytest.mark.parametrize("stored", EMAILS)
@pytest.mark.parametrize("sought", EMAILS)
def test_an_email_is_compared_trimmed(api, project, stored, sought):
    user(project, "u1", email=stored)
    assert verdicts(api, "native.email", "is", sought, {"email": stored}) == (1, True)
    assert verdicts(api, "native.email", "is_none_of", [sought], {"email": stored}) == (0, False)
    assert verdicts(api, "native.email", "ends_with", "@example.com", {"email": stored}) == (1, True)
