"""The SQL connector against real databases: PostgreSQL, MariaDB and SQLite."""

import json
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from integrations.connectors import sql, sql_database
from integrations.connectors.base import Ask, BadRecord, Link
from integrations.connectors.failures import VendorAway, VendorRefused
from integrations.connectors.registry import connector
from integrations.models import Connection
from integrations.syncing import connecting
from tests.factories import member, user
from tests.integrations.connectors.databases import PASSWORD, SHOPS, Sqlite
from tests.integrations.syncing.conftest import ConnectionsApi
from users.accounts.keys import SCOPES, create_key

pytestmark = pytest.mark.slow
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
QUERY = "SELECT * FROM people"
ASK = Ask(objects=["rows"], properties=["id", "plan", "seats"], now=NOW)


@pytest.fixture(autouse=True)
def _private(settings):
    settings.ALLOW_PRIVATE_CONNECTIONS = True


@pytest.fixture(params=list(SHOPS))
def shop(request):
    made = SHOPS[request.param]()
    made.run(
        f"CREATE TABLE people (id varchar(60), plan varchar(60), seats integer, paying {made.truth}, "
        f"changed {made.instant}, number bigint)"
    )
    return made


def link(shop, query=QUERY, cursor="", id_column="id", **more):
    return Link({"url": shop.url, "query": query, "id_column": id_column, "cursor_column": cursor, **more})


def fill(shop, rows):
    for begin in range(0, len(rows), 1000):
        cells = ", ".join(
            f"('{name}', '{plan}', {at}, {'NULL' if changed is None else repr(changed)}, {number})"
            for at, (name, plan, changed, number) in enumerate(rows[begin : begin + 1000], begin)
        )
        shop.run(f"INSERT INTO people (id, plan, seats, changed, number) VALUES {cells}")


def read_all(found, since=None, ask=ASK):
    """All pages, each asked for as another process would: from JSON alone. Returns records, cursor and how many pages."""
    position, records, pages = {}, [], 0
    while position is not None:
        ask = Ask(ask.objects, ask.properties, since=since, now=ask.now)
        page = connector("sql").page(found, ask, json.loads(json.dumps(position)))
        records += page.records
        position, pages = page.position, pages + 1
        assert pages < 30
    return records, json.loads(json.dumps(page.cursor)), pages


def ids(records):
    return [record.id for record in records]


def test_it_says_what_it_reads_and_never_who_logs_in(shop):
    fill(shop, [("u1", "Pro", "2026-05-01 10:00:00", 1)])
    account = connector("sql").check(link(shop))["account"]
    assert PASSWORD not in account
    assert "reader" not in account
    assert account.endswith(("on localhost (PostgreSQL)", "on localhost (MySQL)", "shop.sqlite3 (SQLite)"))


def test_columns_become_properties_with_types(shop):
    fill(shop, [("u1", "Pro", "2026-05-01 10:00:00", 1)])
    shop.run(f"UPDATE people SET paying = {'1' if shop.truth == 'integer' else 'true'}")
    found = {one.name: one for one in connector("sql").properties(link(shop, cursor="changed"), ["rows"])}
    types = {name: one.type for name, one in found.items()}
    truth = "number" if isinstance(shop, Sqlite) else "boolean"
    assert types == {
        "id": "string", "plan": "string", "seats": "number", "paying": truth, "changed": "date", "number": "number",
    }  # fmt: skip
    assert found["id"].identifies == "user_id"
    assert [name for name, one in found.items() if one.preselected] == ["plan", "seats", "paying", "number"]


def test_types_of_an_empty_result_are_the_drivers(shop):
    found = {one.name: one.type for one in connector("sql").properties(link(shop), ["rows"])}
    assert found["seats"] == ("string" if isinstance(shop, Sqlite) else "number")


def test_an_id_column_of_emails_says_so(shop):
    fill(shop, [("ann@example.com", "Pro", None, 1)])
    assert connector("sql").properties(link(shop), ["rows"])[0].identifies == "email"
    assert connector("sql").matches(link(shop), connector("sql").check(link(shop))) == ("id", "native.email")


def test_values_are_read_as_attributes_take_them(shop):
    fill(shop, [("u1", "Pro: 100%", "2026-05-01 10:00:00.250", 7)])
    query = "SELECT id, plan, seats, paying, changed, number FROM people WHERE plan LIKE '%: 1%' -- the rich"
    ask = Ask(["rows"], ["id", "plan", "seats", "paying", "changed"], now=NOW)
    (record,), _, _ = read_all(link(shop, query, cursor="changed"), ask=ask)
    assert (record.id, record.label, record.at) == ("u1", "u1", datetime(2026, 5, 1, 10, 0, 0, 250_000, UTC))
    assert {**record.values, "changed": record.values["changed"][:19]} == {
        "id": "u1", "plan": "Pro: 100%", "seats": 0, "paying": None, "changed": "2026-05-01T10:00:00",
    }  # fmt: skip


def test_without_a_cursor_all_are_read_in_pages_each_time(shop):
    fill(shop, [(f"u{n:04}", "Pro", None, n) for n in range(1203)])
    records, cursor, pages = read_all(link(shop))
    assert ids(records) == [f"u{n:04}" for n in range(1203)]
    assert (cursor, pages, records[0].at) == (None, 3, NOW)


def test_whole_numbers_are_ids_and_cursors_too(shop):
    fill(shop, [(f"u{n}", "Pro", None, n) for n in range(700)])
    found = link(shop, cursor="number", id_column="seats")
    records, cursor, _ = read_all(found)
    assert ids(records) == [str(n) for n in range(700)]
    fill(shop, [("new", "Pro", None, 701)])
    records, _, _ = read_all(found, since=cursor)
    assert [record.values["id"] for record in records] == ["new"]


def test_a_cursor_reads_what_changed_and_nothing_twice(shop):
    fill(shop, [(f"u{n:04}", "Pro", f"2026-05-01 10:{n % 60:02}:00", n) for n in range(900)])
    found = link(shop, cursor="changed")
    records, cursor, _ = read_all(found)
    assert sorted(ids(records)) == [f"u{n:04}" for n in range(900)]
    assert read_all(found, since=cursor)[0] == []
    shop.run("UPDATE people SET plan = 'Team', changed = '2026-05-02 10:00:00' WHERE id = 'u0007'")
    records, cursor, _ = read_all(found, since=cursor)
    assert [(one.id, one.values["plan"]) for one in records] == [("u0007", "Team")]
    assert read_all(found, since=cursor)[0] == []


def test_a_query_that_was_changed_is_read_from_its_beginning(shop):
    fill(shop, [("u1", "Pro", "2026-05-01 10:00:00", 1)])
    _, cursor, _ = read_all(link(shop, cursor="changed"))
    assert ids(read_all(link(shop, cursor="number"), since=cursor)[0]) == ["u1"]


def test_many_rows_at_one_time_are_neither_lost_nor_read_for_ever(shop):
    fill(shop, [(f"u{n:04}", "Pro", "2026-05-01 10:00:00", n) for n in range(1300)])
    found = link(shop, cursor="changed")
    records, cursor, pages = read_all(found)
    assert (len(set(ids(records))), len(records), pages) == (1300, 1300, 4)  # the last is of those without a time
    assert read_all(found, since=cursor)[0] == []
    fill(shop, [("late", "Pro", "2026-05-01 10:00:00", 1)])  # committed after, with the same time
    records, cursor, _ = read_all(found, since=cursor)
    assert "late" in ids(records)
    assert read_all(found, since=cursor)[0] == []


def test_a_row_that_came_late_or_changed_within_the_same_tick_is_read(shop):
    fill(shop, [("m", "Pro", "2026-05-01 10:00:00", 1), ("n", "Pro", "2026-05-01 10:00:00", 1)])
    found = link(shop, cursor="changed")
    _, cursor, _ = read_all(found)
    fill(shop, [("a", "Pro", "2026-05-01 10:00:00", 1)])
    shop.run("UPDATE people SET plan = 'Team' WHERE id = 'n'")
    records, cursor, _ = read_all(found, since=cursor)
    assert [(one.id, one.values["plan"]) for one in records] == [("a", "Pro"), ("n", "Team")]
    assert read_all(found, since=cursor)[0] == []


def test_ids_that_a_database_takes_for_equal_are_all_read(shop):
    fill(shop, [(f"{'U' if n % 2 else 'u'}{n // 2:04}", "Pro", None, n) for n in range(1004)])
    assert len(set(ids(read_all(link(shop))[0]))) == 1004


def test_rows_without_a_time_come_with_a_full_read_alone(shop):
    fill(shop, [("u1", "Pro", "2026-05-01 10:00:00", 1), ("u2", "Pro", None, 1)])
    found = link(shop, cursor="changed")
    records, cursor, _ = read_all(found)
    assert [(one.id, one.at == NOW) for one in records] == [("u1", False), ("u2", True)]
    assert read_all(found, since=cursor)[0] == []


def test_rows_that_name_nobody_are_told_and_stop_nothing(shop):
    fill(shop, [("u1", "Pro", None, 1), ("", "Pro", None, 1)])
    shop.run("INSERT INTO people (plan) VALUES ('Pro')")
    records, _, _ = read_all(link(shop))
    assert [one.reason for one in records if isinstance(one, BadRecord)] == [
        "The id is empty.", "Rows without a value in id are left out: they name nobody.",
    ]  # fmt: skip
    assert [one.id for one in records if not isinstance(one, BadRecord)] == ["u1"]


def test_single_rows_are_read_again_or_said_to_be_gone(shop):
    fill(shop, [("u1", "Pro", None, 1)])
    found = connector("sql").fetch(link(shop), ASK, [("rows", "u1"), ("rows", "u9")])
    if isinstance(shop, Sqlite):
        assert found is None
    else:
        assert [(one.id, one.gone) for one in found] == [("u1", False), ("u9", True)]


def test_a_column_that_the_query_has_no_more_is_said_to_be_gone(shop):
    fill(shop, [("u1", "Pro", None, 1)])
    page = connector("sql").page(link(shop, "SELECT id, plan FROM people"), ASK, {})
    assert (page.vanished, page.records[0].values) == (["seats"], {"id": "u1", "plan": "Pro"})


def test_the_preview_reads_few(shop):
    fill(shop, [(f"u{n:04}", "Pro", None, n) for n in range(20)])
    assert ids(connector("sql").sample(link(shop), ASK, 3)) == ["u0000", "u0001", "u0002"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT 1; DROP TABLE people", "There are 2 in the query"),
        ("DELETE FROM people", "DELETE is refused"),
        ("WITH gone AS (SELECT 1) DELETE FROM people", "DELETE is refused"),
        ("UPDATE people SET plan = 'x'", "UPDATE is refused"),
        ("SET transaction_read_only = off", "SET is refused"),
        ("COPY people TO PROGRAM 'sh'", "COPY is refused"),
        ("/* only a comment */ ;", "The query is empty"),
        ("SELECT 1" + " " * 20_000, "longer than 20,000"),
    ],
)
def test_what_is_no_single_query_is_refused_before_it_is_sent(query, said):
    with pytest.raises(VendorRefused, match=said) as refused:
        connector("sql").check_credentials({"url": "mysql://a:b@c/d", "query": query, "id_column": "id"})
    assert refused.value.path == "query"


@pytest.mark.parametrize("end", [";", " ; -- why", "\n-- why", ";\n/* why */\n"])
def test_an_end_or_a_comment_does_no_harm(shop, end):
    fill(shop, [("u1", "Pro", None, 1)])
    assert ids(read_all(link(shop, QUERY + end))[0]) == ["u1"]


def test_the_transaction_only_reads_whatever_the_query_says(shop, monkeypatch):
    """As if the check had let it through."""
    fill(shop, [("u1", "Pro", None, 1)])
    with pytest.raises(VendorRefused, match="writes"), sql_database.opened(shop.url) as connection:
        connection.exec_driver_sql("DELETE FROM people")
    assert ids(read_all(link(shop))[0]) == ["u1"]


def test_a_function_that_writes_is_stopped_by_postgresql():
    shop = SHOPS["postgresql"]()
    shop.run(
        "CREATE TABLE people (id text)", "INSERT INTO people VALUES ('u1')",
        "CREATE FUNCTION wipe() RETURNS text LANGUAGE sql AS $$ DELETE FROM people RETURNING id $$",
    )  # fmt: skip
    for trick in ("SELECT wipe() AS id", "WITH x AS (DELETE FROM people RETURNING id) SELECT id FROM x"):
        with pytest.raises(VendorRefused):
            read_all(link(shop, trick))
    with pytest.raises(VendorRefused):
        read_all(link(shop, "SELECT set_config('transaction_read_only', 'off', false) || wipe() AS id"))
    assert ids(read_all(link(shop, "SELECT id FROM people"))[0]) == ["u1"]


def test_kinds_of_their_own_are_read_from_postgresql():
    shop = SHOPS["postgresql"]()
    shop.run(
        "CREATE TABLE people (id uuid, tags text[], about jsonb, paid numeric, day date, at timestamp)",
        "INSERT INTO people SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, '{a,b}', "
        "'{\"a\": [1]}', n + 0.5, '2026-05-01', '2026-05-01 10:00:00' FROM generate_series(1, 600) n",
    )
    query = "SELECT id, tags, about, paid, day, at FROM people WHERE id::text <> ':x'"
    ask = Ask(["rows"], ["id", "tags", "about", "paid", "day", "at"], now=NOW)
    records, _, _ = read_all(link(shop, query, cursor="paid"), ask=ask)
    assert len(set(ids(records))) == 600
    assert records[0].values == {
        "id": "00000000-0000-0000-0000-000000000001", "tags": ["a", "b"], "about": '{"a":[1]}', "paid": 1.5,
        "day": "2026-05-01", "at": "2026-05-01T10:00:00.000Z",
    }  # fmt: skip
    assert len(read_all(link(shop, query), ask=ask)[0]) == 600
    types = [one.type for one in connector("sql").properties(link(shop, query), ["rows"])]
    assert types == ["string", "list", "string", "number", "date", "date"]
    again = connector("sql").fetch(link(shop, query), ask, [("rows", records[0].id)])
    assert again[0].values["paid"] == 1.5


def slow_query(shop):
    return {
        "postgresql": "SELECT '1' AS id FROM (SELECT pg_sleep(20)) s",
        "mysql": "SELECT '1' AS id FROM (SELECT SLEEP(20) AS s) q WHERE s >= 0",
        "sqlite": "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT max(id) AS id FROM n",
    }[shop.url.partition(":")[0]]


def test_a_query_that_takes_too_long_is_ended(shop, monkeypatch):
    monkeypatch.setattr(sql_database, "STATEMENT_SECONDS", 0.5)
    with pytest.raises(VendorAway, match=r"longer than 0\.5 seconds"):
        read_all(link(shop, slow_query(shop)))


@pytest.mark.parametrize(
    ("query", "path", "said"),
    [
        ("SELECT id FROM nowhere", "query", "does not understand the query: .*nowhere"),
        ("SELECT id, FROM people", "query", "does not understand the query"),
        ("SELECT plan FROM people", "id_column", "no column 'id'. It has plan"),
        ("SELECT id, plan, plan FROM people", "query", "plan|Two columns"),
    ],
)
def test_a_mistake_in_the_query_is_said(shop, query, path, said):
    fill(shop, [("u1", "Pro", None, 1)])
    if isinstance(shop, Sqlite) and "plan, plan" in query:
        return  # SQLite names the second one anew by itself
    with pytest.raises(VendorRefused, match=said) as refused:
        connector("sql").check(link(shop, query))
    assert refused.value.path == path


def test_wrong_passwords_are_refused_and_never_repeated(shop):
    if isinstance(shop, Sqlite):
        with pytest.raises(VendorRefused, match="no such file"):
            connector("sql").check(Link({**link(shop).credentials, "url": f"{shop.url}.no"}))
        return
    for wrong in (shop.url.replace("reader:a-pass", "reader:another"), shop.url.replace("/shop", "/none")):
        if wrong == shop.url or shop.url.startswith("postgresql"):
            continue  # the wheel's PostgreSQL lets everybody in from this machine
        with pytest.raises(VendorRefused, match="does not let this user in") as refused:
            connector("sql").check(Link({**link(shop).credentials, "url": wrong}))
        assert (refused.value.path, "another" in refused.value.message) == ("url", False)


def test_an_unknown_user_of_postgresql_is_refused():
    shop = SHOPS["postgresql"]()
    for wrong in (shop.url.replace("reader", "nobody"), shop.url.replace("/postgres", "/none")):
        with pytest.raises(VendorRefused, match="localhost does not let this user in"):
            connector("sql").check(link(shop, url=wrong))


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_database_that_is_away_is_tried_again(kind):
    with pytest.raises(VendorAway, match="localhost") as away:
        connector("sql").check(Link({"url": f"{kind}://u:secret@localhost:1/x", "query": QUERY, "id_column": "id"}))
    assert "secret" not in str(away.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:secret@127.0.0.1/x", "private address"),
        ("mysql://u:secret@localhost/x", "localhost leads to .* private address"),
        ("mysql://u:secret@169.254.169.254/x", "network link"),
        ("postgresql://u:secret@example.com/x?host=127.0.0.1", "Leave 'host' out"),
        ("postgresql://u:secret@example.com/x?hostaddr=127.0.0.1", "Leave 'hostaddr' out"),
        ("postgresql://u:secret@example.com/x?service=x", "Leave 'service' out"),
        ("mysql://u:secret@example.com/x?read_default_file=/etc/passwd", "Leave 'read_default_file' out"),
        ("mysql://u:secret@example.com/x?unix_socket=/run/x", "Leave 'unix_socket' out"),
        ("postgresql:///x", "names no host"),
        ("sqlite:////etc/passwd", "ALLOW_PRIVATE_CONNECTIONS"),
        ("mssql+pyodbc://u:secret@example.com/x", "ALLOW_PRIVATE_CONNECTIONS"),
        ("postgresql+psycopg2://u:secret@example.com/x", "ALLOW_PRIVATE_CONNECTIONS"),
        ("secret", "no database URL"),
        ("mysql://u:secret@example.com:port/x", "no database URL"),
    ],
)
def test_addresses_that_are_not_everybodys_are_refused(settings, url, said):
    settings.ALLOW_PRIVATE_CONNECTIONS = False
    credentials = {"url": url, "query": QUERY, "id_column": "id"}

    def enter():
        connector("sql").check_credentials(credentials)
        connector("sql").check(Link(credentials))

    with pytest.raises(VendorRefused, match=said) as refused:
        enter()
    assert (refused.value.path, "secret" in refused.value.message) == ("url", False)


def test_the_products_own_database_is_no_source(settings, tmp_path, monkeypatch):
    own = tmp_path / "own.sqlite3"
    own.touch()
    monkeypatch.setattr(sql_database, "own_files", lambda: [str(own)])
    (tmp_path / "link").symlink_to(own)
    with pytest.raises(VendorRefused, match="own database"):
        sql_database.parsed(f"sqlite:///{tmp_path}/link")


def test_what_is_missing_on_the_server_is_named():
    with pytest.raises(VendorRefused, match=r"Python package is missing .*nowhere.* Install it"):
        connector("sql").check(Link({"url": "nowhere://u:p@h/x", "query": QUERY, "id_column": "id"}))


def test_a_column_that_has_no_order_here_is_refused():
    with pytest.raises(VendorRefused, match="'shape' cannot be read in order"):
        sql.stored(object(), "shape")


@pytest.fixture
def api(project):
    _, secret = create_key(project, "Warehouse", list(SCOPES), None)
    return ConnectionsApi(project, secret)


@pytest.mark.django_db
def test_rows_arrive_at_their_users_and_go_with_them(api, project):
    """Through the run engine, as it is: matched by the id column, changed, and gone once the query has them no more."""
    shop = Sqlite()
    shop.run("CREATE TABLE people (mail text, plan text)", "INSERT INTO people VALUES ('sam@x.example', 'Pro')")
    user(project, user_id="u1", email="Sam@x.example")
    credentials = {"url": shop.url, "query": "SELECT * FROM people", "id_column": "mail"}
    pk = api.connect(connector="sql", credentials=credentials, properties=[{"property": "plan"}])
    assert api.get(f"connections/{pk}").body["match"] == {"property": "mail", "on": "native.email"}
    assert api.counts(pk) == {"read": 1, "matched": 1, "changed": 1}
    shop.run("UPDATE people SET plan = 'Team'")
    assert api.counts(pk) == {"read": 1, "matched": 1, "changed": 1}
    shop.run("DELETE FROM people", "INSERT INTO people VALUES ('new@x.example', 'Pro')")
    assert api.counts(pk) == {"read": 1, "unmatched": 1, "removed": 1}
    assert [one for one in api.get("users/u1").body["attributes"] if one["source"] == "sql"] == []


@pytest.mark.django_db
def test_another_id_column_is_what_users_are_matched_by_then(api, project):
    shop = Sqlite()
    shop.run("CREATE TABLE people (mail text, key text)", "INSERT INTO people VALUES ('sam@x.example', 'u1')")
    credentials = {"url": shop.url, "query": "SELECT * FROM people", "id_column": "mail"}
    pk = api.connect(connector="sql", credentials=credentials, properties=[{"property": "mail"}])
    connecting.reconnect(Connection.objects.get(pk=pk), {**credentials, "id_column": "key"}, NOW)
    assert api.get(f"connections/{pk}").body["match"] == {"property": "key", "on": "native.user_id"}


@pytest.mark.django_db
def test_a_new_password_needs_no_query_typed_in_again(api, project):
    shop = Sqlite()
    shop.run("CREATE TABLE people (mail text)", "INSERT INTO people VALUES ('sam@x.example')")
    credentials = {"url": shop.url, "query": "SELECT mail FROM people", "id_column": "mail"}
    pk = api.connect(connector="sql", credentials=credentials, properties=[{"property": "mail"}])
    client = Client()
    client.force_login(member(project, "admin"))
    page = client.get(reverse("connection_credentials", args=[project.slug, pk])).content.decode()
    assert "SELECT mail FROM people" in page
    assert shop.url not in page
    assert "base_url" not in page
