"""identify and batch over HTTP."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import user, values_of
from users.accounts.keys import revoke_key
from users.models import ApiKey, Attribute, EndUser, IngestEntry
from users.writing.resolve import find_user

pytestmark = pytest.mark.django_db


def test_a_secret_call_gets_everything(api):
    answer = api.post("identify", {"user_id": "u1", "email": "m@x.io", "attributes": {"plan": "Pro", "n": {"a": 1}}})
    assert answer.status_code == 200
    body = answer.body
    assert body["user_id"] == "u1"
    assert (body["created"], body["merged"], body["segments"]) == (True, False, [])
    assert body["attributes"] == {"native.email": "accepted", "plan": "accepted", "n": "rejected"}
    assert body["rejected"][0]["attribute"] == "n"
    assert "n.a" in body["rejected"][0]["reason"]


class TestWhatAPublicCallLearns:
    def test_only_what_follows_from_the_call_and_the_registry(self, api):
        user(api.project, "u1", jimer_id="browser", attributes={"plan": "Pro", "old": 1})
        body = api.public(
            user_id="u1", attributes={"plan": "Pro", "gone": None, "n": "x"}, remove_unspecified=True
        ).body
        assert body == {
            "jimer_id": None, "user_id": "u1", "created": None, "merged": None, "rejected": [], "segments": [],
            "attributes": {"plan": "accepted", "gone": "accepted", "n": "accepted"},
        }  # fmt: skip

    def test_its_own_jimer_id_comes_back(self, api):
        assert api.public(jimer_id="mine").body["jimer_id"] == "mine"

    def test_a_shared_computer_gets_a_fresh_one(self, api):
        api.public(jimer_id="desk", user_id="first")
        fresh = api.public(jimer_id="desk", user_id="second").body["jimer_id"]
        assert fresh not in (None, "desk")
        assert find_user(api.project, fresh).user_id == "second"

    def test_another_browsers_id_is_never_given(self, api):
        user(api.project, "u1", jimer_id="secret-browser")
        assert "secret-browser" not in str(api.public(user_id="u1").body)

    def test_verdicts_are_the_same_whatever_the_user_has(self, api):
        user(api.project, "u1", attributes={"plan": "Pro", "seats": 4, "flag": True})
        call = {
            "attributes": {"plan": "Pro", "seats": "4", "flag": "x", "gone": None},
            "timestamp": "2020-01-01T00:00:00Z",
        }
        known, unknown = (api.public(user_id=name, **call).body for name in ("u1", "u2"))
        assert known["attributes"] == {"plan": "accepted", "seats": "converted", "flag": "rejected", "gone": "accepted"}
        assert known | {"user_id": "u2"} == unknown

    def test_a_message_id_gives_nobody_elses_answer(self, api):
        user(api.project, "first", jimer_id="desk")
        fresh = api.public(jimer_id="desk", user_id="second", message_id="m").body["jimer_id"]
        body = api.public(user_id="third", attributes={"plan": "Pro"}, message_id="m").body
        assert (body["jimer_id"], body["attributes"]) == (None, {"plan": "accepted"})
        assert values_of(api.project, find_user(api.project, "third")) == {"custom.plan": "Pro"}
        assert api.public(jimer_id="desk", user_id="second", message_id="m").body["jimer_id"] == fresh

    def test_a_number_comes_back_as_the_text_it_is_kept_as(self, api):
        assert api.public(user_id=777.0).body["user_id"] == "777" == EndUser.objects.get().user_id


def test_a_public_call_counts_as_activity(api):
    api.public(user_id="u1")
    api.post("identify", {"user_id": "u2"})
    assert [find_user(api.project, name).sessions for name in ("u1", "u2")] == [1, 0]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 400), (b"{", 400), (b"[]", 400), (b"null", 400), (b'"text"', 400), (b"12", 400), (b"\xff\xfe{}", 400),
        (b'{"user_id": NaN}', 400), (b'{"attributes": {"n": Infinity}}', 400), (b'{"attributes": {"n": 1e999}}', 400),
        (b'{"attributes": {"n": ' + b"9" * 5000 + b"}}", 400), (b"[" * 20000, 400), (b'{"a":' * 5000 + b"1" + b"}" * 5000, 400),
        (b'{"user_id": "' + b"x" * 40000 + b'"}', 413), (b"x" * 10_000_000, 413),
        (b'{"user_id": "u1", "attributes": []}', 422), (b'{"user_id": "u1", "attributes": "x"}', 422),
        (b'{"user_id": "u1", "strict": "yes"}', 422), (b'{"user_id": "u1", "remove_unspecified": 1}', 422),
        (b'{"user_id": "u1", "timestamp": "soon"}', 422), (b'{"user_id": "u1", "timestamp": 12}', 422),
        (b'{"user_id": "u1", "message_id": ""}', 422), (b'{"user_id": "u1", "message_id": 5}', 422),
        (b'{"user_id": "u1", "message_id": "a\\u0000"}', 422), (b'{"user_id": "u1", "message_id": "\\ud800"}', 422),
        (b'{"user_id": "u1", "atributes": {}}', 422), (b'{"user_id": {"a": 1}}', 422), (b'{"user_id": []}', 422),
        (b'{"user_id": "null"}', 422), (b"{}", 422), (b'{"user_id": "a\\u0000"}', 422), (b'{"user_id": "\\ud800"}', 422),
        (b'{"user_id": "u1", "\\ud800": 1}', 422), (b'{"jimer_id": true, "user_id": null, "x": 1}', 422),
        (b'{"user_id": "u1", "project_id": "nope"}', 422), (b'{"user_id": "u1", "project_id": 5}', 422),
    ],
)  # fmt: skip
def test_bad_input_is_refused_and_changes_nothing(api, raw, status):
    answer = api.post("identify", raw=raw)
    assert answer.status_code == status, answer.content
    assert answer.body["error"]["message"]
    assert not EndUser.objects.exists()
    assert not Attribute.objects.exclude(source="native").exists()


@pytest.mark.parametrize(
    "attributes", [{"a\x00b": 1}, {"\ud800": 1}, {"k": "\x00"}, {"k": "\ud800"}, {"k": 2**60}, {"k": ["\x00"]}, {"": 1}]
)
def test_values_no_database_takes_are_rejected_by_name(api, attributes):
    answer = api.post("identify", {"user_id": "u1", "message_id": "m", "attributes": {**attributes, "good": 1}})
    assert answer.status_code == 200
    assert sorted(answer.body["attributes"].values()) == ["accepted", "rejected"]
    assert api.post("identify", {"user_id": "u1", "message_id": "m"}).body == answer.body | {"created": True}


def chunked(body):
    """What a server hands on of a body without a length."""
    return {"CONTENT_LENGTH": "", "wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True}


def test_a_body_without_a_length_is_read_to_its_end(api):
    assert api.post("identify", **chunked(b'{"user_id": "u1"}')).body["user_id"] == "u1"
    assert api.post("identify", **chunked(b"x" * 40_000)).status_code == 413
    assert api.post("identify", **chunked(b"")).status_code == 400


def test_a_host_that_is_not_ours_is_refused_in_the_same_shape(api):
    assert api.post("identify", {"user_id": "u1"}, HTTP_HOST="evil.example").status_code == 400
    assert b"<h1>Bad Request" in api.client.get("/sign-in/", HTTP_HOST="evil.example").content


def test_a_misspelt_member_gets_a_hint(api):
    answer = api.post("identify", {"user_id": "u1", "atributes": {}})
    assert "Did you mean attributes?" in answer.body["error"]["message"]
    assert answer.body["error"]["details"][0]["path"] == "atributes"


class TestKeys:
    def test_no_project_and_no_key(self, api):
        assert api.post("identify", {"user_id": "u1"}, key=None).status_code == 422

    def test_a_wrong_key_is_never_taken_as_public(self, api):
        body = {"project_id": str(api.project.public_id), "user_id": "u1"}
        assert api.post("identify", body, key="jimo_sk_wrong").status_code == 401
        for header in ("Basic abc", "", "Bearer", "Bearer \xff", "Bearer jimo_sk_\u00e9"):
            assert api.post("identify", body, key=None, HTTP_AUTHORIZATION=header).status_code == 401, header
        assert not EndUser.objects.exists()

    def test_a_revoked_key_stops_at_once(self, api):
        assert api.post("identify", {"user_id": "u1"}).status_code == 200
        revoke_key(ApiKey.objects.get(), timezone.now())
        assert api.post("identify", {"user_id": "u2"}).status_code == 401

    def test_the_own_projects_id_is_taken_in_every_spelling(self, api):
        for spelling in (str(api.project.public_id), api.project.public_id.hex.upper()):
            assert api.post("identify", {"project_id": spelling, "user_id": "u1"}).status_code == 200

    def test_another_projects_id_is_refused(self, api, other):
        answer = api.post("identify", {"project_id": str(other.project.public_id), "user_id": "u1"})
        assert answer.status_code == 422
        assert answer.body["error"]["details"][0]["path"] == "project_id"

    @pytest.mark.parametrize(
        ("method", "path", "scope"),
        [("POST", "identify", "ingest"), ("POST", "batch", "ingest"), ("GET", "users", "read"), ("GET", "users/u1", "read"),
         ("PATCH", "users/u1", "write"), ("DELETE", "users/u1", "erase"), ("GET", "users/u1/tags", "tags"),
         ("PUT", "users/u1/tags", "tags"), ("GET", "attributes", "registry"), ("PATCH", "attributes/custom.plan", "registry")],
    )  # fmt: skip
    def test_a_missing_scope_is_named(self, api, key_with, method, path, scope):
        from users.accounts.keys import SCOPES

        answer = api.call(method, path, {}, key=key_with(*(set(SCOPES) - {scope})))
        assert answer.status_code == 403
        assert scope in answer.body["error"]["message"]

    def test_rotation_keeps_the_former_secret_for_a_day(self, api):
        from users.accounts.keys import rotate_key

        fresh = rotate_key(ApiKey.objects.get(), timezone.now())
        assert api.post("identify", {"user_id": "u1"}).status_code == 200
        assert api.post("identify", {"user_id": "u1"}, key=fresh).status_code == 200


def test_origins_can_be_restricted(api):
    api.project.allowed_origins = ["https://app.example.com"]
    api.project.save()
    body = {"project_id": str(api.project.public_id), "user_id": "u1"}
    assert api.post("identify", body, key=None, HTTP_ORIGIN="https://evil.example").status_code == 403
    assert api.post("identify", body, key=None, HTTP_ORIGIN="https://app.example.com").status_code == 200


def test_preflight(api):
    response = api.client.options("/api/v1/identify", HTTP_ORIGIN="https://x.example")
    assert response.status_code == 204
    assert "POST" in response["Access-Control-Allow-Methods"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "identify", 405), ("PUT", "batch", 405), ("GET", "nothing", 404), ("POST", "users/u1", 405)],
)
def test_wrong_methods_and_addresses(api, method, path, status):
    assert api.call(method, path).status_code == status


class TestBatch:
    def test_one_bad_item_never_fails_the_others(self, api):
        items = [
            {"type": "identify", "user_id": "u1", "attributes": {"plan": "Pro"}}, {"type": "identify", "user_id": "null"},
            {"type": "nope"}, "text", {"type": "identify", "user_id": "u2", "atributes": {}},
            {"type": "identify", "user_id": "u1", "attributes": {"$add": {"n": 1}}},
        ]  # fmt: skip
        results = api.post("batch", {"batch": items}).body["results"]
        assert [result["status"] for result in results] == [200, 422, 422, 422, 422, 200]
        paths = [detail["path"] for result in results if "error" in result for detail in result["error"]["details"]]
        assert paths == ["batch[1].user_id", "batch[2].type", "batch[3]", "batch[4].atributes"]
        assert values_of(api.project, find_user(api.project, "u1")) == {"custom.plan": "Pro", "custom.n": 1}

    @pytest.mark.parametrize("body", [{}, {"batch": {}}, {"batch": None}, {"items": []}, {"batch": [{}] * 2501}])
    def test_bad_batches(self, api, body):
        assert api.post("batch", body).status_code == 422

    def test_without_a_key(self, api):
        assert api.post("batch", {"batch": []}, key=None).status_code == 401

    def test_half_a_megabyte_is_the_most(self, api):
        assert api.post("batch", raw=b"x" * (501 * 1024)).status_code == 413


class TestTheIngestLog:
    @pytest.mark.parametrize(
        ("body", "sent", "path"),
        [
            ({"user_id": "undefined"}, "undefined", "user_id"),
            ({"user_id": 777.0, "plan": "Pro"}, "777", "plan"),
            ({"user_id": "u1", "attributes": ["plan"]}, "u1", "attributes"),
            ({"user_id": {"secret": "value"}, "strict": "yes"}, "", "strict"),
            ({"user_id": "u1", "project_id": "nope"}, "u1", "project_id"),
        ],
    )
    def test_refused_calls_are_in_it(self, api, body, sent, path):
        assert api.post("identify", body).status_code == 422
        entry = IngestEntry.objects.get()
        assert (entry.outcome, entry.sent_user_id, entry.origin_label) == ("refused", sent, "Billing")
        assert entry.verdicts[0]["attribute"] == path
        assert "value" not in str(entry.verdicts)

    def test_refused_public_calls_are_in_it(self, api):
        api.public(user_id="u1", strict=True)
        assert (IngestEntry.objects.get().sent_user_id, IngestEntry.objects.get().origin_label) == ("u1", "Snippet")

    def test_a_call_that_is_too_large_is_in_it_if_it_has_a_key(self, api):
        assert api.post("identify", raw=b"x" * 40_000).status_code == 413
        entry = IngestEntry.objects.get()
        assert (entry.call, entry.outcome, entry.origin_label) == ("identify", "refused", "Billing")
        assert api.post("identify", raw=b"x" * 40_000, key=None).status_code == 413
        assert IngestEntry.objects.count() == 1

    def test_bad_items_and_bad_batches_are_in_it(self, api):
        api.post("batch", {"batch": [{"user_id": "u1", "plan": 1}, {"user_id": "u2", "name": "x" * 40_000}, "text"]})
        assert list(IngestEntry.objects.order_by("pk").values_list("call", "sent_user_id", "verdicts__0__attribute")) == [
            ("batch", "u1", "batch[0].plan"), ("batch", "u2", "batch[1]"), ("batch", "", "batch[2]"),
        ]  # fmt: skip
        api.post("batch", {"batch": [], "extra": 1})
        assert IngestEntry.objects.latest("pk").call == "whole_batch"

    def test_a_batch_of_refusals_costs_no_statement_an_item(self, api, django_assert_max_num_queries):
        with django_assert_max_num_queries(12):
            api.post("batch", {"batch": [{"user_id": "null"}, {"user_id": "u1", "plan": 1}] * 40})
        assert IngestEntry.objects.count() == 80

    def test_ids_of_erased_people_are_not_in_it(self, api):
        user(api.project, "u1")
        api.call("DELETE", "users/u1?block=true")
        for wrong in ({"timestamp": "soon"}, {"plan": 1}, {}):
            assert api.post("identify", {"user_id": "u1", **wrong}).status_code == 422
        assert set(IngestEntry.objects.values_list("sent_user_id", flat=True)) == {""}

    def test_refused_changes_of_a_user_are_theirs(self, api):
        person = user(api.project, "u1")
        api.call("PATCH", "users/u1", {"atributes": {}})
        api.call("PATCH", "users/u1", {"timestamp": "soon"})
        api.post("users/u1/tags", {"tags": "vip"})
        api.post("users/u1/tags", {"tags": [""]})
        assert list(IngestEntry.objects.values_list("user", "outcome")) == [(person.pk, "refused")] * 4
        api.call("DELETE", "users/u1")
        assert not IngestEntry.objects.exists()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.dictionaries(st.sampled_from(["user_id", "jimer_id", "name", "email", "attributes", "timestamp", "strict", "message_id"]), JSON, max_size=5),
       attributes=st.dictionaries(st.text(max_size=20) | st.sampled_from(["$add", "$unset", "plan"]), JSON, max_size=4))  # fmt: skip
def test_nothing_makes_it_fail(api, body, attributes):
    """The client asserts that no answer is a 5xx and that every error has the one shape."""
    api.post("identify", {"user_id": "u1", **body})
    api.post("identify", {"user_id": "u1", "attributes": attributes})
    api.public(jimer_id="j", attributes=attributes)


class TestAge:
    """A clock that is wrong by days makes no value late: the age that it shows counts."""

    def send(self, api, value, days, seconds):
        clock = timezone.now() + timedelta(days=days)
        body = {"user_id": "u1", "attributes": {"plan": value}, "sent_at": clock.isoformat(),
                "timestamp": (clock - timedelta(seconds=seconds)).isoformat()}  # fmt: skip
        return api.post("identify", body).body["attributes"]["plan"]

    @pytest.mark.parametrize("days", [-400, -3, 3, 400])
    def test_the_age_counts_and_not_the_clock(self, api, days):
        api.post("identify", {"user_id": "u1", "attributes": {"plan": "Free"}})
        assert self.send(api, "Old", days, 60) == "stale"
        assert self.send(api, "Pro", days, 0) == "accepted"

    def test_what_is_sent_before_it_was_written_is_as_new_as_it_arrives(self, api):
        api.post("identify", {"user_id": "u1", "attributes": {"plan": "Free"}})
        assert self.send(api, "Pro", 0, -500) == "accepted"

    @pytest.mark.parametrize("bad", ["yesterday", 7, [], "2024-13-01"])
    def test_a_bad_sent_at_refuses_the_call(self, api, bad):
        answer = api.post("identify", {"user_id": "u1", "timestamp": "2024-01-01", "sent_at": bad})
        assert (answer.status_code, answer.body["error"]["details"][0]["path"]) == (422, "sent_at")
