"""One person, however their id is written: every door trims it, answers the trimmed form, and looks it up by that."""

import base64

import pytest

from users.models import EndUser, IngestEntry

AROUND = [" u1 ", "\nu1\r\n", "\u200bu1", "u1\ufeff", "\u3000u1\u00a0", "\x07u1\x85", "\u2060 \tu1\u00ad"]


def address(text):
    return "~" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.fixture
def known(api):
    api.post("identify", {"user_id": "u1", "jimer_id": "browser"})
    return EndUser.objects.get()


@pytest.mark.parametrize("text", AROUND)
def test_an_id_with_blanks_around_it_is_the_same_person_at_every_door(api, known, text):
    secret = api.post("identify", {"user_id": text, "attributes": {"plan": "Pro"}}).body
    public = api.public(user_id=text, jimer_id=text.replace("u1", "browser")).body
    batch = api.post("batch", {"batch": [{"type": "identify", "user_id": text}]}).body["results"][0]
    assert [answer["user_id"] for answer in (secret, public, batch)] == ["u1"] * 3
    assert public["jimer_id"] == "browser"
    assert api.get(f"users/{address(text)}").body["user_id"] == "u1"
    assert api.post(f"users/{address(text)}/tags", {"tags": ["vip"]}).status_code == 200
    assert api.get(f"users/{address(text)}/segments").status_code == 200
    assert api.call("PATCH", f"users/{address(text)}", {"attributes": {"plan": "Team"}}).status_code == 200
    assert EndUser.objects.get() == known


@pytest.mark.parametrize("text", AROUND)
def test_a_block_holds_for_every_way_to_write_the_id(api, known, text):
    api.call("DELETE", "users/u1?block=true")
    for body in ({"user_id": text}, {"jimer_id": text}, {"jimer_id": text.replace("u1", "browser")}):
        assert api.post("identify", body).body["error"]["code"] == "blocked"
    assert not EndUser.objects.exists()
    assert not IngestEntry.objects.exclude(sent_user_id="", sent_jimer_id="").exists()


def test_an_id_stored_before_ids_were_trimmed_is_still_found(api, known):
    from users.models import Identity

    Identity.objects.filter(kind="user").update(value=" old ")
    assert api.get(f"users/{address(' old ')}").body["jimer_id"] == known.jimer_id


@pytest.mark.parametrize("value", [False, True, 1.5, 1e300, [], {}, ["u1"]])
@pytest.mark.parametrize("path", ["user_id", "jimer_id"])
def test_an_id_is_a_text_or_a_whole_number(api, path, value):
    answer = api.post("identify", {path: value})
    assert (answer.status_code, answer.body["error"]["details"][0]["path"]) == (422, path)
    assert "whole number" in answer.body["error"]["message"]
    assert not EndUser.objects.exists()
    assert IngestEntry.objects.get().sent_user_id == ""


@pytest.mark.parametrize("value", [1042, 1042.0, 10**30])
def test_a_whole_number_reads_as_text(api, value):
    assert api.post("identify", {"user_id": value}).body["user_id"] == str(int(value))
