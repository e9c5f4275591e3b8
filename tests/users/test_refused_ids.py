"""Which ids nobody can have meant, and which somebody may."""

import pytest

from users.ground.text_forms import BLANK
from users.writing.calls import Refused
from users.writing.refused_ids import check_id

NOBODY = {
    "words for nothing": [
        "null", "NULL", "undefined", "None", "nil", "NaN", "nothing", "undef", "(not set)", "not_set", "N/A", "#N/A", "NA",
        "NaT", "\\N", "DBNull", "unknown", "<nil>", "(null)", "[undefined]", "{null}", "<no value>", "%!s(<nil>)", "{}",
        "[]", "()", "''", '""', "'null'", '"None"', "`nil`", "«null»", "「undefined」", "(((none)))", r'\"null\"',
    ],
    "in other writing": ["ｎｕｌｌ", "nu\u200bll", "NULL\ufeff", "\u00a0none\u3000", "&lt;null&gt;", "%28null%29", "ＮａＮ"],
    "zero": ["0", "00", "-0", "0.0", "0" * 32, "00000000-0000-0000-0000-000000000000",
             "{00000000-0000-0000-0000-000000000000}", "urn:uuid:00000000-0000-0000-0000-000000000000",
             "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"],
    "conditions and visitors": ["true", "False", "anonymous", "Guest", "(anonymous)"],
    "objects": ["[object Object]", "[object Undefined]", "[object HTMLElement]", "[Function: getId]", "Promise {<pending>}",
                "<User object at 0x7f3a2c>", "#<User:0x00007f>", "Optional(nil)", "function () { return id }"],
    "templates": ["{{id}}", "{{{ user.id }}}", "${user.id}", "user-${id}", "<%= user.id %>", "{% id %}", "#{id}", "%{id}",
                  "@{user.Id}", "[[id]]", "*|USER_ID|*", "{user_id}", "{0}", "%s", "%USER_ID%", "<user_id>", "$user_id",
                  "__USER_ID__", "YOUR_USER_ID", "your-id", ":user_id", "<?= $id ?>", "%7B%7Bid%7D%7D"],
}  # fmt: skip
SOMEBODY = [
    "u1", "@david", "nat", "na", "nobody", "nullius", "null-island", "none-such", "guest-123", "0001", "100", "0-1",
    "a{b", "maya@harborlabs.example", "<a@b.example>", "{3f2504e0-4f89-11d3-9a0c-0305e82c3301}", "auth0|5f7c8ec7c33c",
    "google-oauth2|1", "José", "用户", "10%", "50%off%", "1.5e3", "a b", "f" * 32, "__admin",
]  # fmt: skip


@pytest.mark.parametrize("path", ["user_id", "jimer_id"])
@pytest.mark.parametrize("kind", NOBODY)
def test_what_is_nobodys_id_is_refused_with_the_likely_bug(kind, path):
    for text in NOBODY[kind]:
        with pytest.raises(Refused) as caught:
            pytest.fail(f"{text!r} was taken as {check_id(text, path)!r}")
        assert caught.value.details[0]["path"] == path


@pytest.mark.parametrize("path", ["user_id", "jimer_id"])
def test_what_may_be_somebodys_id_is_taken_as_it_is(path):
    assert [check_id(text, path) for text in SOMEBODY] == SOMEBODY


def test_ids_are_trimmed_of_everything_that_nobody_sees():
    assert {check_id(f"{letter}u 1{letter * 2}", "user_id") for letter in BLANK} == {"u 1"}
