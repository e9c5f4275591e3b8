"""Files by URL: fetched from a real server, only when they changed, and read in pages that any process can go on with."""

import hashlib
import io
import json
import os
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from integrations.connectors import file_copies, files
from integrations.connectors.base import Ask, BadRecord, Link
from integrations.connectors.failures import VendorAway, VendorBusy, VendorRefused
from integrations.connectors.registry import connector
from tests.integrations.outside.servers import says, serving

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ASK = Ask(["rows"], ["id", "plan", "seats"], now=NOW, match="id")
CSV = b"id,plan,seats\nu1,Pro,3\nu2,Team,40\n"


@pytest.fixture(autouse=True)
def _on_this_machine(settings, tmp_path):
    settings.ALLOW_PRIVATE_CONNECTIONS = True
    settings.IMPORTS_DIR = str(tmp_path)
    yield
    files._open.clear()


class Shelf:
    """A server's answers to GET, as web servers give them to files: with validators, conditions and parts."""

    def __init__(self, content, etag=True, modified=True, ranges=True):
        self.content, self.etag, self.modified, self.ranges = content, etag, modified, ranges
        self.changed = datetime(2026, 5, 1, tzinfo=UTC)
        self.most = None  # bytes until the server hangs

    def put(self, content):
        self.content, self.changed = content, self.changed + timedelta(hours=1)

    def __call__(self, handler):
        etag = f'"{hashlib.sha256(self.content).hexdigest()[:12]}"'
        modified = format_datetime(self.changed, usegmt=True)
        headers = ({"ETag": etag} if self.etag else {}) | ({"Last-Modified": modified} if self.modified else {})
        asked = handler.headers
        if (self.etag and asked["If-None-Match"] == etag) or (
            self.modified and not asked["If-None-Match"] and asked["If-Modified-Since"] == modified
        ):
            handler.say(304, **headers)
            return
        begin = 0
        if asked["Range"] and self.ranges and asked["If-Range"] in (etag, modified):
            begin = int(asked["Range"].removeprefix("bytes=").rstrip("-"))
            headers["Content-Range"] = f"bytes {begin}-{len(self.content) - 1}/{len(self.content)}"
        handler.send_response(206 if begin else 200)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(self.content) - begin))
        handler.end_headers()
        handler.wfile.write(self.content[begin : begin + self.most if self.most else None])
        if self.most and begin + self.most < len(self.content):
            handler.wfile.flush()
            handler.endpoint.over.wait(20)


@pytest.fixture
def shelf():
    """A server with people.csv; shelf.answer is a Shelf, shelf.got what was asked."""
    with serving(Shelf(CSV)) as endpoint:
        yield endpoint


def link(endpoint, name="people.csv", **more):
    return Link({"url": f"http://127.0.0.1:{endpoint.port}/{name}", "id_column": "id", **more}, pk=7)


def read_all(found, since=None, position=None, ask=ASK, forget=True):
    """Every page, as other processes would ask for them."""
    records, pages, position = [], 0, position or {}
    while position is not None:
        if forget:
            files._open.clear()
        ask = Ask(ask.objects, ask.properties, since=since, now=ask.now, match="id")
        page = connector("files").page(found, ask, json.loads(json.dumps(position)))
        records += page.records
        position, pages = page.position, pages + 1
        assert pages < 30
    return records, json.loads(json.dumps(page.cursor)), page


def ids(records):
    return [one.id for one in records]


def copies(settings):
    folder = os.path.join(settings.IMPORTS_DIR, "fetched")
    return [name for name in os.listdir(folder) if name.endswith(".data")]


def csv_of(count):
    return b"id,plan,seats\n" + b"".join(b"u%05d,Pro,%d\n" % (n, n) for n in range(count))


def test_it_says_where_the_file_is_and_what_is_in_it(shelf):
    found = connector("files")
    state = found.check(link(shelf))
    assert state == {"account": "people.csv on 127.0.0.1", "identifies": "user_id"}
    assert found.matches(link(shelf), state) == ("id", "native.user_id")
    rows = found.properties(link(shelf), ["rows"])
    assert [(one.name, one.type, one.preselected, one.identifies) for one in rows] == [
        ("id", "string", False, "user_id"), ("plan", "string", True, ""), ("seats", "number", True, ""),
    ]  # fmt: skip


def test_an_id_column_of_emails_is_matched_by_them(shelf):
    shelf.answer.put(b"mail,plan\nann@x.example,Pro\n")
    found, asked = connector("files"), link(shelf, id_column="mail")
    assert found.matches(asked, found.check(asked)) == ("mail", "native.email")


def test_rows_become_records_and_the_copy_goes(shelf, settings):
    records, cursor, page = read_all(link(shelf))
    assert [(one.id, one.at, dict(one.values)) for one in records] == [
        ("u1", NOW, {"id": "u1", "plan": "Pro", "seats": "3"}), ("u2", NOW, {"id": "u2", "plan": "Team", "seats": "40"}),
    ]  # fmt: skip
    assert (page.whole, cursor["of"], copies(settings)) == (True, "id", [])


@pytest.mark.parametrize(("etag", "modified"), [(True, True), (True, False), (False, True), (False, False)])
def test_a_file_that_did_not_change_is_not_read(shelf, settings, etag, modified):
    shelf.answer = Shelf(CSV, etag, modified)
    _, cursor, _ = read_all(link(shelf))
    records, again, page = read_all(link(shelf), since=cursor)
    assert (records, again, page.whole, copies(settings)) == ([], cursor, False, [])
    asked = shelf.got[-1].headers
    assert ("if-none-match" in asked, "if-modified-since" in asked) == (etag, modified)


def test_a_file_that_changed_is_read_as_a_whole(shelf):
    _, cursor, _ = read_all(link(shelf))
    shelf.answer.put(b"id,plan,seats\nu2,Pro,1\n")
    records, cursor, page = read_all(link(shelf), since=cursor)
    assert ([one.values["plan"] for one in records], page.whole) == (["Pro"], True)
    assert read_all(link(shelf), since=cursor)[0] == []


def test_a_full_run_reads_what_did_not_change_too(shelf):
    read_all(link(shelf))
    assert ids(read_all(link(shelf))[0]) == ["u1", "u2"]


def test_another_id_column_reads_the_same_file_again(shelf):
    _, cursor, _ = read_all(link(shelf))
    assert ids(read_all(link(shelf, id_column="plan"), since=cursor)[0]) == ["Pro", "Team"]


@pytest.mark.parametrize("forget", [True, False])
def test_pages_go_on_in_another_process_and_fetch_once(shelf, forget):
    shelf.answer.put(csv_of(1700))
    records, _, _ = read_all(link(shelf), forget=forget)
    assert (ids(records), len(shelf.got)) == ([f"u{n:05}" for n in range(1700)], 1)


def test_a_lost_copy_is_fetched_again_and_read_on(shelf):
    shelf.answer.put(csv_of(700))
    first = connector("files").page(link(shelf), ASK, {})
    file_copies.Copy(link(shelf)).remove()
    records, _, _ = read_all(link(shelf), position=first.position)
    assert (len(first.records), ids(records)[0], len(records)) == (500, "u00500", 200)


def test_a_lost_copy_of_a_file_that_changed_since_begins_anew(shelf):
    shelf.answer.put(csv_of(700))
    first = connector("files").page(link(shelf), ASK, {})
    file_copies.Copy(link(shelf)).remove()
    shelf.answer.put(CSV)
    assert ids(read_all(link(shelf), position=first.position)[0]) == ["u1", "u2"]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_slow_download_goes_on_in_the_next_turn(shelf, monkeypatch, ranges):
    shelf.answer = Shelf(csv_of(60_000), ranges=ranges)
    shelf.answer.most = 600_000
    monkeypatch.setattr(file_copies, "TURN", 1.0)
    first = connector("files").page(link(shelf), ASK, {})
    assert (list(first.records), first.position["loading"] > 0) == ([], True)
    if not ranges:  # the server must send all at once, which is then waited for
        shelf.answer.most = None
    second = connector("files").page(link(shelf), ASK, first.position)
    assert ids(second.records)[:2] == ["u00000", "u00001"]
    assert ("range" in shelf.got[1].headers, second.position["version"]["sha"]) == (
        True, hashlib.sha256(shelf.answer.content).hexdigest(),
    )  # fmt: skip


def test_parquet_is_read_with_its_types(shelf):
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table({
        "id": ["u1", "u2"], "plan": ["Pro", None], "seats": [3, 40], "since": [datetime(2026, 1, 2, 3), None],
        "rooms": [["a", "b"], []],
    })  # fmt: skip
    made = io.BytesIO()
    parquet.write_table(table, made)
    shelf.answer.put(made.getvalue())
    found = link(shelf, "people.parquet")
    types = {one.name: one.type for one in connector("files").properties(found, ["rows"])}
    assert types == {"id": "string", "plan": "string", "seats": "number", "since": "date", "rooms": "list"}
    ask = Ask(["rows"], ["plan", "seats", "since", "rooms"], now=NOW)
    assert [dict(one.values) for one in read_all(found, ask=ask)[0]] == [
        {"plan": "Pro", "seats": 3, "since": "2026-01-02T03:00:00.000Z", "rooms": ["a", "b"]},
        {"plan": None, "seats": 40, "since": None, "rooms": []},
    ]


def test_parquet_says_what_to_install_where_it_cannot_be_read(shelf, monkeypatch):
    from integrations.imports import typed_records

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(typed_records, "import_module", missing)
    shelf.answer.put(b"PAR1 and more")
    with pytest.raises(VendorRefused, match="pyarrow"):
        connector("files").check(link(shelf))


def test_lists_are_json_arrays_and_guarded_formulas_are_texts(shelf):
    shelf.answer.put(b'id,plan,seats\nu1,\'=Pro,"[""a"", ""b""]"\nu2,[draft],\n')
    records, _, _ = read_all(link(shelf))
    assert [dict(one.values) for one in records] == [
        {"id": "u1", "plan": "=Pro", "seats": ["a", "b"]}, {"id": "u2", "plan": "[draft]", "seats": None},
    ]  # fmt: skip


def test_lines_that_cannot_be_read_are_told_and_stop_nothing(shelf):
    shelf.answer.put(b"id,plan,seats\n,Pro,1\nu1,Pro,1,more\nu2,Pro,2\n")
    records, _, _ = read_all(link(shelf))
    assert [(one.id, isinstance(one, BadRecord)) for one in records] == [
        ("line 2", True), ("line 3", True), ("u2", False),
    ]  # fmt: skip


def test_the_preview_does_not_fetch_a_large_file(shelf):
    shelf.answer.put(csv_of(60_000))
    assert ids(connector("files").sample(link(shelf), ASK, 2)) == ["u00000", "u00001"]
    assert not os.path.exists(file_copies.Copy(link(shelf)).path)


def test_the_header_is_sent_and_never_told(shelf):
    read_all(link(shelf, header="Bearer hush"))
    assert shelf.got[0].headers["authorization"] == "Bearer hush"
    shelf.answer = says(403, b"hush is wrong")
    with pytest.raises(VendorRefused, match="does not let us in") as refused:
        read_all(link(shelf, header="Bearer hush"))
    assert (refused.value.path, "hush" in str(refused.value)) == ("header", False)


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (says(401), VendorRefused, "does not let us in"),
        (says(404), VendorRefused, "answers 404"),
        (says(429, Retry_After="7"), VendorBusy, "asks us to wait"),
        (says(503), VendorAway, "answers 503"),
        (says(200, b""), VendorRefused, "The file is empty"),
        (says(200, b"PK\x03\x04 broken"), VendorRefused, "not an Excel file"),
        (says(200, b"name\nAnn\n"), VendorRefused, "no column 'id'. It has name"),
        (lambda handler: handler.connection.shutdown(2), VendorAway, "broke"),
    ],
)
def test_each_failure_is_of_its_kind(shelf, answer, kind, said):
    shelf.answer = answer
    for act in (lambda: connector("files").check(link(shelf)), lambda: read_all(link(shelf))):
        with pytest.raises(kind, match=said) as raised:
            act()
    assert getattr(raised.value, "after", 7) == 7


def test_a_file_that_is_too_large_is_refused_and_not_kept(shelf, monkeypatch, settings):
    monkeypatch.setattr(file_copies, "LARGEST", 20)
    with pytest.raises(VendorRefused, match="larger than"):
        read_all(link(shelf))
    assert copies(settings) == []


def test_a_copy_that_nobody_reads_on_goes(shelf, settings, now):
    shelf.answer.put(csv_of(700))
    connector("files").page(link(shelf), ASK, {})
    file_copies.forget_old(now)
    assert len(copies(settings)) == 1
    for path in file_copies.Copy(link(shelf)).folder.iterdir():
        os.utime(path, (1, 1))
    file_copies.forget_old(now)
    assert os.listdir(file_copies.Copy(link(shelf)).folder) == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.com/people.csv", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("https://127.0.0.1/people.csv", "private address"),
        ("https://me:secret@example.com/people.csv", "Leave name and password out"),
    ],
)
def test_only_addresses_on_the_internet_are_fetched(settings, url, said):
    settings.ALLOW_PRIVATE_CONNECTIONS = False
    with pytest.raises(VendorRefused, match=said):
        connector("files").check_credentials({"url": url, "id_column": "id"})


def test_a_name_that_leads_to_this_machine_is_not_fetched(settings):
    settings.ALLOW_PRIVATE_CONNECTIONS = False
    with pytest.raises(VendorRefused, match="private address"):
        connector("files").check(Link({"url": "https://localhost/people.csv", "id_column": "id"}))
