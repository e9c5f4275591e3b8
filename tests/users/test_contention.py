"""Many writers at once: nobody is refused for being many, nothing is lost, and who cannot be served is told so."""

import json
from contextlib import contextmanager
from queue import Empty, Queue

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from tests.crowd import SHARED, Crowd, lost, value_key
from tests.factories import SERVER, AccountFactory, ProjectFactory, member, user, value_of, values_of
from tests.users.test_concurrency import together
from tests.users.test_pages import project_pages
from users.accounts import keys
from users.database import contention
from users.models import Attribute, AttributeChange, EndUser, Merge, Tag
from users.registry import attributes
from users.writing import store
from users.writing.calls import Answer, Call, NotServed, TagChange
from users.writing.erase import erase_user
from users.writing.identify import identify, identify_batch
from users.writing.merge import undo_merge
from users.writing.resolve import find_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
CONNECTIONS = 12


def crowded():
    """A project that takes as many attributes as come, and a secret key of it."""
    project = ProjectFactory()
    project.attribute_limit = project.public_attribute_limit = 5000
    project.save()
    return project, keys.create_key(project, "Crowd", list(keys.SCOPES), None)[1]


def send(calls, secret, at_once):
    """What was not answered with 2xx, of calls sent over so many connections."""
    waiting, bad = Queue(), []
    for call in calls:
        waiting.put(call)

    def work():
        client = Client(raise_request_exception=False)
        while True:
            try:
                method, path, body, with_key = waiting.get_nowait()
            except Empty:
                return
            headers = {"Authorization": f"Bearer {secret}"} if with_key else {}
            answer = client.generic(method, f"/api/v1/{path}", json.dumps(body), "application/json", headers=headers)
            inner = json.loads(answer.content).get("results", []) if path == "batch" else []
            if answer.status_code >= 300 or any(item["status"] >= 300 for item in inner):
                bad.append((answer.status_code, answer.content[:300]))

    together(*[work] * at_once)
    return bad


def test_a_crowd_of_all_kinds_of_calls_loses_nothing():
    project, secret = crowded()
    crowd = Crowd(str(project.public_id), 120)
    assert send(crowd.before(), secret, 1) == []
    assert send(crowd.calls(), secret, CONNECTIONS) == []
    assert lost(crowd, project) == []


def test_one_user_and_a_new_key_in_every_call_and_batches_of_them():
    project, secret = crowded()
    crowd = Crowd(str(project.public_id), 96)
    assert send(crowd.before(), secret, 1) == []
    calls = [(crowd.batch if number % 4 == 0 else crowd.to_the_shared_one)(number) for number in range(crowd.count)]
    assert send(calls, secret, CONNECTIONS) == []
    found = values_of(project, find_user(project, SHARED))
    assert found == {
        **{f"custom.{value_key(number)}": number for number in range(crowd.count)},
        "custom.calls": crowd.count,
    }


def test_what_others_define_is_no_reason_to_start_over(monkeypatch, project, now):
    """Another's new attribute comes between reading and locking, each time anew."""
    user(project, "u1", now=now, attributes={"plan": "Free"})
    locking, tried = store.lock_and_compare, []

    def meanwhile(*args):
        tried.append(len(tried))
        attributes.define(project, key=f"theirs {len(tried)}", type_name="string", now=now)
        return locking(*args)

    monkeypatch.setattr(store, "lock_and_compare", meanwhile)
    for number in range(3):
        identify(project, Call(user_id="u1", attributes={"plan": f"Pro {number}", "$add": {"n": 1}}), SERVER, now)
    assert len(tried) == 3
    person = EndUser.objects.get()
    assert values_of(project, person) == {"custom.plan": "Pro 2", "custom.n": 3}


def test_values_are_held_to_the_type_that_another_gave_meanwhile(monkeypatch, project, now):
    user(project, "u1", now=now, attributes={"plan": "1"})
    locking = store.lock_and_compare

    def meanwhile(*args):
        Attribute.objects.filter(key="plan").update(type="number")
        attributes.bump_version(project.pk)
        return locking(*args)

    monkeypatch.setattr(store, "lock_and_compare", meanwhile)
    answer = identify(project, Call(user_id="u1", attributes={"plan": "Pro", "size": 3}), SERVER, now)
    assert answer.attributes["plan"] == "rejected"
    assert answer.attributes["size"] == "accepted"


def refused_by_the_database(state):
    error = OperationalError()
    error.__cause__ = type("FromTheDriver", (Exception,), {"sqlstate": state})()
    return error


def failing(times, error=None):
    """store.lock_users, failing so often as a deadlock does."""
    real, left = store.lock_and_compare, [times]

    def lock(*args):
        if left[0]:
            left[0] -= 1
            raise error or refused_by_the_database("40P01")
        return real(*args)

    return lock


def test_after_two_tries_a_call_has_the_project_to_itself(monkeypatch, project, now):
    user(project, "u1")
    monkeypatch.setattr(store, "lock_and_compare", failing(50))
    answer = identify(project, Call(user_id="u1", attributes={"plan": "Pro"}), SERVER, now)
    assert answer.attributes == {"plan": "accepted"}
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # and gave it back
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
            assert cursor.fetchone() == (0,)
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("4s",)


def test_what_is_no_contention_is_not_tried_again(monkeypatch, project, now):
    user(project, "u1")
    monkeypatch.setattr(store, "lock_and_compare", failing(1, OperationalError("disk full")))
    with pytest.raises(OperationalError, match="disk full"):
        identify(project, Call(user_id="u1", attributes={"plan": "Pro"}), SERVER, now)


@pytest.mark.parametrize("table", ['users_attribute"', "users_callcount", "users_apikey", "users_ingestentry"])
def test_what_is_noted_beside_a_call_never_fails_it_nor_does_it_twice(project, client, table, now):
    """A call that is stored is answered, whatever becomes of "last received", "last used" and of counts."""
    _, secret = keys.create_key(project, "Test", list(keys.SCOPES), None)
    user(project, "u1", attributes={"n": 0})
    attributes._noted.clear()

    def broken(execute, sql, params, many, context):
        if table in sql and not sql.startswith("SELECT"):
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    from users.writing import call_counts

    call_counts._flushed = 0.0
    with connection.execute_wrapper(broken):
        for body in ({"user_id": "u1", "attributes": {"$add": {"n": 1}}}, {"user_id": "u1"}, {"user_id": "null"}):
            answer = client.post(
                "/api/v1/identify", body, "application/json", headers={"Authorization": f"Bearer {secret}"}
            )
            assert answer.status_code == (422 if body["user_id"] == "null" else 200)
    assert value_of(project, EndUser.objects.get(), "custom.n") == 1
    if table == "users_callcount":
        assert sum(call_counts._counts.values()) == 1


@contextmanager
def everything_held(settings, monkeypatch):
    """Somebody else has all that a write needs, for longer than anybody waits."""
    settings.LOCK_WAIT = 0.06
    monkeypatch.setattr(contention, "LONGEST", 0.15)
    contention.set_wait(settings.LOCK_WAIT)
    holder = connection.copy()
    with holder.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        else:
            cursor.execute("BEGIN")
            tables = [f'"{name}"' for name in connection.introspection.table_names() if name != "django_migrations"]
            cursor.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
            holder.close()
            contention.set_wait(4)


def rule():
    return {"combinator": "and", "rules": [{"field": "custom.plan", "operator": "is", "value": "Pro"}]}


@pytest.fixture
def house(project, now):
    """A project with something of everything that can be written to."""
    person = user(project, "u1", attributes={"plan": "Pro"})
    user(project, "u2", attributes={"plan": "Pro"})
    identify(project, Call(target=person.pk, tags=TagChange(add=["vip"])), SERVER, now)
    identify(project, Call(jimer_id="b1"), SERVER, now)
    identify(project, Call(jimer_id="b1", user_id="u2"), SERVER, now)
    admin = member(project, "admin")
    _, secret = keys.create_key(project, "Test", list(keys.SCOPES), admin)
    client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})
    client.force_login(admin)
    from segments.defining.edit import Author, create_segment

    segment = create_segment(project, {"name": "Pro"}, rule=rule(), static=False, by=Author(admin, "A"), now=now)
    keys.find_key(secret, now)
    return project, client, person, segment


CALLS = [
    ("POST", "identify", {"user_id": "u1", "attributes": {"plan": "Free"}}),
    ("POST", "identify", {"user_id": "u9", "attributes": {"never seen": "Free"}}),
    ("POST", "identify", {"jimer_id": "b2", "user_id": "u1"}),
    ("POST", "batch", {"batch": [{"user_id": f"new {number}"} for number in range(3)]}),
    ("PATCH", "users/u1", {"attributes": {"plan": "Free"}}),
    ("DELETE", "users/u1", None),
    ("PUT", "users/u1/tags", {"tags": ["new"]}),
    ("DELETE", "users/u1/tags", {"tags": ["vip"]}),
    ("POST", "attributes", {"source": "custom", "key": "new", "type": "string"}),
    ("PATCH", "attributes/custom.plan", {"name": "Plan"}),
    ("PATCH", "attributes/custom.plan", {"type": "list", "confirm": True}),
    ("POST", "segments", {"name": "New", "rule": rule()}),
    ("PATCH", "segments/SEGMENT", {"name": "Newer"}),
    ("DELETE", "segments/SEGMENT", None),
]


def test_every_call_that_cannot_be_served_is_503_and_busy(house, settings, monkeypatch):
    _project, client, _, segment = house
    before = AttributeChange.objects.count()
    with everything_held(settings, monkeypatch):
        for method, path, body in CALLS:
            path = path.replace("SEGMENT", str(segment.pk))
            answer = client.generic(method, f"/api/v1/{path}", json.dumps(body) if body else "", "application/json")
            assert answer.status_code == 503, (method, path, answer.content)
            assert answer.json()["error"]["code"] == "busy"
            assert int(answer["Retry-After"]) > 0
    assert AttributeChange.objects.count() == before
    again = client.post("/api/v1/identify", CALLS[0][2], "application/json")
    assert again.status_code == 200


FORMS = [
    ("user_tags", {"add": "new"}),
    ("value_edit", {"value": "Free", "expected": '"Pro"'}),
    ("value_remove", {"expected": '"Pro"'}),
    ("value_new", {"key": "new", "type": "string", "value": "x"}),
    ("user_erase", {"number": "1"}),
    ("merge_undo", {}),
    ("bulk_tag", {"ids": "PERSON", "add": '["new"]'}),
    ("users_columns", {"columns": "native.email"}),
    ("attribute_new", {"key": "new", "type": "string", "name": ""}),
    ("attribute_type", {"to": "list", "go": "1", "confirm": "on"}),
    ("tag_edit", {"name": "newer", "color": "COLOR"}),
    ("tag_delete", {}),
    ("keys", {"name": "Other", "scopes": "read"}),
    ("key_revoke", {}),
    ("member_invite", {"email": "new@example.com", "role": "viewer"}),
    ("segment_new", {"name": "New", "rule": json.dumps(rule())}),
    ("segment_duplicate", {}),
    ("segment_delete", {}),
    ("project_settings", {"name": "Other", "time_zone": "UTC", "anonymous_days": "", "allowed_origins": ""}),
    ("dismiss", {"name": "hello"}),
    ("attribute_type", {"to": "nothing"}),  # writes a message alone, when the page is done
]


def test_every_form_that_cannot_be_served_is_503_and_every_page_still_reads(house, settings, monkeypatch):
    project, client, person, segment = house
    of = {
        "slug": project.slug, "user": person.pk, "ref": Attribute.objects.get(project=project, key="plan").ref,
        "merge_pk": Merge.objects.get().pk, "number": 1, "vendor": "hubspot",
    }  # fmt: skip
    pks = {
        "user": person.pk, "value": person.pk, "merge": find_user(project, "u2").pk, "segment": segment.pk,
        "attribute": Attribute.objects.get(project=project, key="plan").pk, "tag": Tag.objects.get().pk,
        "key": project.keys.get().pk if hasattr(project, "keys") else keys.ApiKey.objects.get().pk,
    }  # fmt: skip
    routes = {item.name: route for route, item in project_pages()}

    def address(name):
        wanted = {key: value for key, value in of.items() if f":{key}>" in routes[name]}
        if "<row:pk>" in routes[name]:
            wanted["pk"] = pks.get(name.split("_")[0])
        return None if wanted.get("pk", 0) is None else reverse(name, kwargs=wanted)

    with everything_held(settings, monkeypatch):
        for name, form in FORMS:
            filled = {key: value.replace("PERSON", str(person.pk)).replace("COLOR", Tag.objects.get().color)
                      for key, value in form.items()}  # fmt: skip
            answer = client.post(address(name), filled)
            assert answer.status_code == 503, (name, answer.status_code, answer.content[-500:])
            assert int(answer["Retry-After"]) > 0
            fragment = client.post(address(name), filled, HTTP_HX_REQUEST="true")
            assert fragment.status_code == 503, name
            assert b"<html" not in fragment.content, name
        for name in routes.keys() - {"hubspot_authorize"}:  # it writes down whom it sends away
            if url := address(name):
                url += "?to=string" if name == "attribute_type" else ""
                assert client.get(url).status_code in (200, 204, 302, 400, 404, 405, 422), url


def test_the_django_admin_says_so_too(house, settings, monkeypatch):
    _, client, _, _ = house
    client.force_login(AccountFactory(is_superuser=True, is_staff=True))
    account = AccountFactory()
    form = {"email": account.email, "name": "Other", "is_active": "on", "theme": "system", "single_key_shortcuts": "on"}
    with everything_held(settings, monkeypatch):
        answer = client.post(f"/admin/users/account/{account.pk}/change/", form)
    assert answer.status_code == 503, answer.content[-800:]


def test_of_a_large_batch_what_was_stored_is_told_from_what_was_not(monkeypatch, project, now):
    left = []
    calls = [Call(user_id=f"u{number}") for number in range(250)]

    def second_slice(*args):
        left.append(1)
        if len(left) >= 2:
            raise refused_by_the_database("55P03")
        return locking(*args)

    locking = store.lock_and_compare
    monkeypatch.setattr(contention, "LONGEST", 0.01)
    monkeypatch.setattr(store, "lock_and_compare", second_slice)
    results = identify_batch(project, calls, SERVER, now)
    assert [type(item) for item in results] == [Answer] * 100 + [NotServed] * 150
    assert EndUser.objects.count() == 100
    assert {item.status for item in results[100:]} == {503}


def test_erasing_beside_a_merge_leaves_nobody(project, now):
    for number in range(4):
        known, browser = f"u{number}", f"b{number}"
        person = user(project, known)
        identify(project, Call(jimer_id=browser, attributes={"x": 1}), SERVER, now)
        together(
            lambda person=person: erase_user(project, person.pk),
            lambda browser=browser, known=known: identify(project, Call(jimer_id=browser, user_id=known), SERVER, now),
            lambda known=known: identify(project, Call(user_id=known, attributes={f"k {known}": 1}), SERVER, now),
        )
        assert not EndUser.objects.filter(pk=person.pk).exists()
        assert find_user(project, browser) is not None or not EndUser.objects.filter(jimer_id=browser).exists()


def test_one_merge_undone_by_many_beside_calls_is_undone_once(project, now):
    from users.writing.calls import Refused

    user(project, "u1")
    identify(project, Call(jimer_id="b1", attributes={"x": 1}), SERVER, now)
    identify(project, Call(jimer_id="b1", user_id="u1"), SERVER, now)
    merge, refused = Merge.objects.get(), []

    def undo():
        try:
            undo_merge(project, merge, SERVER, now)
        except Refused as error:
            refused.append(error.code)

    together(
        *[undo] * 3,
        *(lambda name=name: identify(project, Call(user_id="u1", attributes={name: 1}), SERVER, now) for name in "abc"),
    )
    assert refused == ["undone"] * 2
    assert values_of(project, find_user(project, "u1")) == {"custom.a": 1, "custom.b": 1, "custom.c": 1}


def test_registry_segments_tags_and_calls_beside_each_other(house, now):
    """Every kind of writer at once, each a few times: nobody is refused for the others."""
    project, client, person, segment = house
    bad = []

    def several(method, path, make):
        mine = Client(raise_request_exception=False)
        mine.defaults |= client.defaults
        for number in range(6):
            body = make(number)
            answer = mine.generic(method, f"/api/v1/{path}", json.dumps(body), "application/json")
            if answer.status_code >= 300:
                bad.append((path, answer.status_code, answer.content[:200]))

    together(
        lambda: several("POST", "attributes", lambda n: {"source": "custom", "key": f"mine {n}", "type": "string"}),
        lambda: several("PATCH", "attributes/custom.plan", lambda n: {"name": f"Plan {n}"}),
        lambda: several("POST", "segments", lambda n: {"name": f"Segment {n}", "rule": rule()}),
        lambda: several("PATCH", f"segments/{segment.pk}", lambda n: {"description": f"{n}"}),
        lambda: several("PUT", "users/u1/tags", lambda n: {"tags": [f"tag {n}"]}),
        lambda: several("POST", "users/u2/tags", lambda n: {"tags": [f"tag {n}"]}),
        lambda: several("PATCH", "users/u1", lambda n: {"attributes": {f"patched {n}": n}}),
        lambda: several("POST", "identify", lambda n: {"user_id": "u1", "attributes": {f"sent {n}": n}}),
    )
    assert bad == []
    assert Attribute.objects.filter(project=project, key__startswith="mine").count() == 6
    assert len(values_of(project, person)) == 13
