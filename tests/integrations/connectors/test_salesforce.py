"""The Salesforce connector with simple-salesforce, against a server of ours that answers as Salesforce publishes."""

import base64
import csv
import io
import json
import re
import sqlite3
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from integrations.connectors import salesforce_reading
from integrations.connectors.base import Ask, BadRecord, Link
from integrations.connectors.failures import VendorAway, VendorBusy, VendorFailure, VendorRefused
from integrations.connectors.registry import connector
from tests.integrations.outside.servers import says, serving

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
KEY, SECRET = "3MVG9.key", "hush-secret"
OBJECTS = ["contacts", "leads", "accounts"]
NAMES = ["Email", "Title", "Level__c", "Amount__c", "Topics__c", "Vip__c", "Born", "account.Industry", "Status"]
ASK = Ask(OBJECTS, NAMES, now=NOW, match="Email")
FIELDS = {
    "Contact": {"Id": "id", "SystemModstamp": "datetime", "Email": "email", "Title": "string", "Level__c": "picklist",
                "Amount__c": "currency", "Topics__c": "multipicklist", "Vip__c": "boolean", "Born": "datetime",
                "MailingAddress": "address", "Age__c": "int", "Share__c": "percent"},
    "Lead": {"Id": "id", "Email": "email", "Title": "string", "Status": "picklist"},
    "Account": {"Id": "id", "Industry": "picklist", "Size__c": "int"},
}  # fmt: skip
BASE = "/services/data/v62.0"


def stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


class Pretend:
    """An organization: rows in SQLite, as SOQL is SQL enough; queries, bulk queries, descriptions, log-ins."""

    def __init__(self):
        self.rows = sqlite3.connect(":memory:", check_same_thread=False)
        for table in ("Contact", "Lead"):
            columns = [*FIELDS[table], "SystemModstamp", "IsDeleted", "Name", "Account.SystemModstamp"]
            columns += ["Account.Industry"] if table == "Contact" else []
            self.rows.execute(f"CREATE TABLE {table} ({', '.join(dict.fromkeys(f'"{one}"' for one in columns))})")
        self.token, self.logins, self.asked, self.jobs = "token-1", [], [], {}
        self.usage, self.waits, self.faults, self.public_key = (18, 5000), 1, {}, None

    def put(self, number, at, table="Contact", **more):
        prefix = {"Contact": "003", "Lead": "00Q"}[table]
        row = {
            "Id": f"{prefix}{number:012}", "SystemModstamp": stamp(at), "IsDeleted": False,
            "Email": f"p{number}@x.example", "Name": "P", **more,
        }  # fmt: skip
        self.rows.execute(f'DELETE FROM {table} WHERE Id = "{row["Id"]}"')
        names = ", ".join(f'"{name}"' for name in row)
        self.rows.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))

    def select(self, soql, deleted):
        text = soql.replace("COUNT()", "COUNT(*)")
        text = re.sub(r"(?<![\"'])\bAccount\.(\w+)", r'"Account.\1"', text)
        text = re.sub(r"(?<!['\d])(\d{4}-\d\d-\d\dT[\d:.]+Z)", r"'\1'", text)
        if not deleted:
            table = re.search(r"FROM (\w+)", text)[1]
            text = text.replace(f"FROM {table}", f"FROM (SELECT * FROM {table} WHERE NOT IsDeleted)")
        found = self.rows.execute(text)
        names = [column[0].strip('"') for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found]

    def __call__(self, handler):
        asked = handler.endpoint.got[-1]
        path, query = urlsplit(asked.path).path, parse_qs(urlsplit(asked.path).query)
        self.asked.append(f"{asked.method} {path}")
        fault = next((answer for part, answer in self.faults.items() if part in path), None)
        if fault:
            fault(handler)
        elif path == "/services/oauth2/token":
            self.log_in(handler, asked)
        elif handler.headers["Authorization"] != f"Bearer {self.token}":
            self.say(handler, 401, [{"errorCode": "INVALID_SESSION_ID", "message": "hush"}])
        elif path.startswith(f"{BASE}/query"):
            self.query(handler, query["q"][0], "queryAll" in path)
        elif found := re.fullmatch(rf"{BASE}/sobjects/(\w+)/describe", path):
            self.describe(handler, found[1])
        elif path.startswith(f"{BASE}/jobs/query"):
            self.bulk(handler, asked, path.removeprefix(f"{BASE}/jobs/query").strip("/"), query)
        else:
            self.say(handler, 404, [{"errorCode": "NOT_FOUND"}])

    def log_in(self, handler, asked):
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        self.logins.append(form["grant_type"].rpartition(":")[2])
        if form["grant_type"] == "client_credentials":
            basic = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
            good = asked.headers["authorization"] == f"Basic {basic}"
        else:
            claims = jwt.decode(
                form["assertion"], self.public_key, ["RS256"], audience="https://login.salesforce.com",
                options={"verify_exp": False},
            )  # fmt: skip
            good = (claims["iss"], claims["sub"]) == (KEY, "sync@fernhill.example")
        if good:
            host = "https://fernhill.my.salesforce.com"
            self.say(handler, 200, {"access_token": self.token, "instance_url": host})
        else:
            self.say(handler, 400, {"error": "invalid_client", "error_description": "hush"})

    def query(self, handler, soql, deleted):
        if "FROM Organization" in soql:
            self.say(handler, 200, {"records": [{"Id": "00D1", "Name": "Fernhill"}], "done": True})
            return
        rows = self.select(soql, deleted)
        if "COUNT()" in soql:
            self.say(handler, 200, {"totalSize": rows[0]["COUNT(*)"], "done": True, "records": []})
            return
        nested = []
        for row in rows:
            row = {name: value for name, value in row.items() if value is not None}
            accounts = {name[8:]: row.pop(name) for name in list(row) if name.startswith("Account.")}
            row["SystemModstamp"] = row["SystemModstamp"].replace("Z", "+0000")
            if accounts:
                row["Account"] = {"attributes": {"type": "Account"}, **accounts}
            row |= {key: bool(row[key]) for key in ("IsDeleted", "Vip__c") if key in row}
            nested.append({"attributes": {"type": "Contact"}, **row})
        self.say(handler, 200, {"totalSize": len(nested), "done": True, "records": nested})

    def describe(self, handler, table):
        levels = [{"value": "g", "label": "Gold"}, {"value": "s", "label": "Silver"}]
        fields = [
            {"name": name, "label": name.replace("__c", ""), "type": kind, "custom": name.endswith("__c"),
             "picklistValues": levels if "picklist" in kind else []}
            for name, kind in FIELDS[table].items()
        ]  # fmt: skip
        self.say(handler, 200, {"name": table, "fields": fields})

    def bulk(self, handler, asked, rest, query):
        job, _, results = rest.partition("/")
        if not job:
            body = json.loads(asked.body)
            job = f"750{len(self.jobs)}"
            rows = self.select(body["query"], body["operation"] == "queryAll")
            self.jobs[job] = {"rows": rows, "waits": self.waits, "operation": body["operation"]}
            self.say(handler, 200, {"id": job, "state": "UploadComplete"})
        elif not results:
            self.jobs[job]["waits"] -= 1
            state = "JobComplete" if self.jobs[job]["waits"] < 0 else "InProgress"
            self.say(handler, 200, {"id": job, "state": state, "numberRecordsProcessed": len(self.jobs[job]["rows"])})
        else:
            begin, count = int(query.get("locator", ["0"])[0]), int(query["maxRecords"][0])
            rows = self.jobs[job]["rows"]
            made = io.StringIO()
            writer = csv.writer(made, lineterminator="\n")
            writer.writerow(list(rows[0]) if rows else ["Id"])
            for row in rows[begin : begin + count]:
                row |= {key: "true" if row[key] else "false" for key in ("IsDeleted", "Vip__c") if key in row}
                writer.writerow(["" if cell is None else cell for cell in row.values()])
            more = str(begin + count) if begin + count < len(rows) else "null"
            handler.say(200, made.getvalue().encode(), Sforce_Locator=more, Sforce_NumberOfRecords="1")

    def say(self, handler, status, content):
        used, total = self.usage
        limit = {"Sforce-Limit-Info": f"api-usage={used}/{total}", "Content-Type": "application/json"}
        handler.say(status, json.dumps(content).encode(), **limit)


@pytest.fixture
def org(settings):
    settings.ALLOW_PRIVATE_CONNECTIONS = True
    with serving(Pretend()) as endpoint:
        made = endpoint.answer
        made.endpoint = endpoint
        made.link = Link({
            "domain": "fernhill.my.salesforce.com", "client_id": KEY, "client_secret": SECRET,
            "base_url": f"http://127.0.0.1:{endpoint.port}",
        })  # fmt: skip
        yield made


def read(org, since=None, now=NOW, names=NAMES, objects=OBJECTS):
    """Each page as another process asks for it. Returns records, cursor and the seconds that were waited."""
    records, pauses, position = [], [], {}
    while position is not None:
        ask = Ask(objects, names, since, now, match="Email")
        page = connector("salesforce").page(org.link, ask, json.loads(json.dumps(position)))
        records, position = records + list(page.records), page.position
        pauses.append(page.pause)
        assert len(pauses) < 40
    return records, json.loads(json.dumps(page.cursor)), pauses


def ids(records):
    return [one.id for one in records]


def test_it_says_which_organization_it_is_and_how_much_is_used(org):
    state = connector("salesforce").check(org.link)
    assert state == {
        "account": "Fernhill (18 of 5,000 API calls used in 24 hours)",
        "instance": "https://fernhill.my.salesforce.com",
    }
    link = Link(org.link.credentials, state)
    assert connector("salesforce").record_url(link, "contacts", "003000000000001") == (
        "https://fernhill.my.salesforce.com/003000000000001"
    )
    assert SECRET not in json.dumps(state)


def test_fields_become_properties_with_types(org):
    found = {one.name: one for one in connector("salesforce").properties(org.link, OBJECTS)}
    assert {name: one.type for name, one in found.items()} == {
        "Email": "string", "Title": "string", "Level__c": "string", "Amount__c": "number", "Topics__c": "list",
        "Vip__c": "boolean", "Born": "date", "Age__c": "number", "Share__c": "number", "Status": "string",
        "account.Industry": "string", "account.Size__c": "number",
    }  # fmt: skip
    assert found["Level__c"].options == {"g": "Gold", "s": "Silver"}
    assert (found["Email"].identifies, found["Status"].object, found["account.Size__c"].object) == (
        "email", "leads", "accounts",
    )  # fmt: skip


VALUES = {
    "Title": "CTO", "Level__c": "g", "Amount__c": 1200.5, "Topics__c": "a;b", "Vip__c": True,
    "Born": "2026-01-02T03:04:05.000Z", "Account.Industry": "Toys",
}  # fmt: skip
READ = {
    "Email": "p1@x.example", "Title": "CTO", "Level__c": "g", "Amount__c": 1200.5, "Topics__c": ["a", "b"],
    "Vip__c": True, "Born": "2026-01-02T03:04:05.000Z", "account.Industry": "Toys",
}  # fmt: skip


def test_values_are_the_same_in_bulk_and_by_query(org):
    org.put(1, NOW - timedelta(days=1), **{**VALUES, "Account.SystemModstamp": stamp(NOW - timedelta(hours=2))})
    (bulk,), cursor, _ = read(org)
    org.put(1, NOW - timedelta(minutes=1), **VALUES)
    (queried,), _, _ = read(org, {**cursor, "contacts": stamp(NOW - timedelta(hours=1))})
    assert (bulk.values, queried.values) == (READ, READ)
    assert (bulk.at, queried.at) == (NOW - timedelta(hours=2), NOW - timedelta(minutes=1))
    assert (bulk.object, bulk.label) == ("contacts", "p1@x.example")


def test_the_first_run_is_in_bulk_and_waits_without_holding_a_worker(org):
    org.waits = 3
    for number in range(1100):
        org.put(number, NOW - timedelta(days=2))
    for number in range(20):
        org.put(number, NOW - timedelta(days=2), "Lead", Status="Open")
    records, cursor, pauses = read(org)
    assert (len(set(ids(records))), len(records)) == (1120, 1120)
    assert pauses[:4] == [2.0, 2.0, 4.0, 8.0]
    assert {job["operation"] for job in org.jobs.values()} == {"query"}
    assert [one.values["Status"] for one in records if one.object == "leads"] == ["Open"] * 20
    assert cursor["contacts"] == stamp(NOW - timedelta(days=2))
    assert read(org, cursor)[0] == []


def test_changes_are_read_by_query_with_ties_and_without_repeats(org):
    _, cursor, _ = read(org)
    org.jobs.clear()
    for number in range(1300):
        org.put(number, NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    records, cursor, _ = read(org, cursor, later)
    assert (len(set(ids(records))), len(records), org.jobs) == (1300, 1300, {})
    assert read(org, cursor, later + timedelta(hours=1))[0] == []


def test_a_run_of_many_changes_is_in_bulk_with_the_deleted_ones(org, monkeypatch):
    monkeypatch.setattr(salesforce_reading, "MANY", 10)
    _, cursor, _ = read(org)
    org.jobs.clear()
    for number in range(20):
        org.put(number, NOW + timedelta(hours=1), IsDeleted=number == 7)
    records, _, _ = read(org, cursor, NOW + timedelta(hours=2))
    assert ([one.id[-1] for one in records if one.gone], len(records)) == (["7"], 20)
    assert [job["operation"] for job in org.jobs.values()] == ["queryAll"]


def test_deleted_and_merged_ones_are_gone(org):
    org.put(1, NOW - timedelta(days=1))
    _, cursor, _ = read(org)
    org.put(1, NOW + timedelta(hours=1), IsDeleted=True)
    records, _, _ = read(org, cursor, NOW + timedelta(hours=2))
    assert [(one.id, one.gone) for one in records] == [("003000000000001", True)]


def test_what_is_committed_late_is_read(org):
    org.put(1, NOW - timedelta(minutes=1))
    _, cursor, _ = read(org)
    org.put(2, NOW - timedelta(minutes=2))  # began earlier, committed after the run
    assert "003000000000002" in ids(read(org, cursor, NOW + timedelta(minutes=15))[0])


def test_a_contact_is_read_again_when_its_account_changes(org):
    org.put(1, NOW - timedelta(days=9), **{"Account.Industry": "Toys", "Account.SystemModstamp": stamp(NOW)})
    _, cursor, _ = read(org)
    changed = stamp(NOW + timedelta(hours=1))
    org.put(1, NOW - timedelta(days=9), **{"Account.Industry": "Food", "Account.SystemModstamp": changed})
    records, cursor, _ = read(org, cursor, NOW + timedelta(hours=2))
    assert [(one.values["account.Industry"], one.at) for one in records] == [("Food", NOW + timedelta(hours=1))]
    assert read(org, cursor, NOW + timedelta(hours=2))[0] == []


def test_single_records_are_read_again_or_said_to_be_gone(org):
    org.put(1, NOW, Title="CTO")
    org.put(2, NOW, "Lead", Status="Open")
    wanted = [("contacts", "003000000000001"), ("leads", "00Q000000000002"), ("contacts", "003000000000009"),
              ("contacts", "' OR Id != '")]  # fmt: skip
    found = connector("salesforce").fetch(org.link, ASK, wanted)
    assert [(one.id, one.gone) for one in found] == [(name, at > 1) for at, (_, name) in enumerate(wanted)]
    assert found[1].values["Status"] == "Open"


def test_the_preview_is_of_real_records(org):
    for number in range(9):
        org.put(number, NOW, Title="CTO")
    assert [one.values["Title"] for one in connector("salesforce").sample(org.link, ASK, 3)] == ["CTO"] * 3


def test_names_that_are_no_fields_never_reach_a_query(org):
    org.put(1, NOW)
    records, _, _ = read(org, names=["Email", "Id FROM User WHERE x", "account.Industry, Secret__c", "Nowhere__c"])
    assert [dict(one.values) for one in records] == [{"Email": "p1@x.example"}]


def test_it_logs_in_once_and_again_when_the_session_is_over(org):
    org.put(1, NOW)
    read(org)
    read(org)
    assert org.logins == ["client_credentials"]
    org.token = "token-2"
    assert len(read(org)[0]) == 1
    assert (org.logins, org.link.credentials["access_token"]) == (["client_credentials"] * 2, "token-2")


def test_a_session_that_is_never_taken_is_refused_and_not_asked_for_ever(org):
    org.faults["/query"] = says(401, b'[{"errorCode": "INVALID_SESSION_ID"}]')
    with pytest.raises(VendorRefused, match="does not let us in"):
        connector("salesforce").check(org.link)
    assert len(org.logins) == 2


def test_it_logs_in_by_jwt(org):
    private = rsa.generate_private_key(65537, 2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    org.public_key = private.public_key()
    credentials = {**org.link.credentials, "username": "sync@fernhill.example", "private_key": pem}
    del credentials["client_secret"]
    connector("salesforce").check_credentials(credentials)
    assert connector("salesforce").check(Link(credentials))["account"].startswith("Fernhill")
    assert org.logins == ["jwt-bearer"]


def test_it_stops_at_the_admins_share_of_the_daily_calls(org):
    org.put(1, NOW)
    org.usage = (3000, 5000)
    org.link.credentials["share"] = "60"
    with pytest.raises(VendorBusy, match=r"3,000 of your Salesforce's 5,000 API calls .* We stop at 60%") as busy:
        read(org)
    assert busy.value.after == 3600
    connector("salesforce").check(org.link)  # a person who looks is answered
    org.usage = (2999, 5000)
    assert len(read(org)[0]) == 1


@pytest.mark.parametrize(
    ("path", "answer", "kind"),
    [
        ("/query", says(403, b'[{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "hush"}]'), VendorBusy),
        ("/query", says(403, b'[{"errorCode": "API_DISABLED_FOR_ORG", "message": "hush"}]'), VendorRefused),
        ("/describe", says(400, b'[{"errorCode": "INVALID_TYPE", "message": "hush"}]'), VendorRefused),
        ("/describe", says(400, b'[{"errorCode": "MALFORMED_QUERY", "message": "hush"}]'), VendorFailure),
        ("/describe", says(404, b"hush"), VendorFailure),
        ("/describe", says(503, b"hush"), VendorAway),
        ("/describe", says(200, b"<html>hush"), VendorAway),
        ("/describe", says(200, b"[1]"), VendorAway),
        ("/describe", lambda handler: handler.connection.shutdown(2), VendorAway),
        ("/token", says(400, b'{"error": "invalid_client", "error_description": "hush"}'), VendorRefused),
        ("/token", says(400, b'{"error": "invalid_grant", "error_description": "hush"}'), VendorRefused),
        ("/token", says(200, b"{}"), VendorAway),
        ("/token", says(200, b"hush"), VendorAway),
        ("/token", says(500, b"hush"), VendorAway),
    ],
)
def test_each_failure_is_of_its_kind_and_tells_no_secret(org, path, answer, kind):
    org.faults[path] = answer
    with pytest.raises(kind) as raised:
        connector("salesforce").check(org.link)
    assert type(raised.value) is kind
    assert "hush" not in raised.value.message


def test_a_bulk_query_that_fails_ends_the_run(org):
    first = connector("salesforce").page(org.link, ASK, {})
    org.faults["/jobs/query/"] = says(200, b'{"state": "Failed", "errorMessage": "hush"}')
    with pytest.raises(VendorFailure, match="gave up its bulk query"):
        connector("salesforce").page(org.link, ASK, first.position)


def test_a_record_that_is_not_as_published_is_told_and_stops_nothing(org):
    org.put(1, NOW, SystemModstamp="someday")
    org.put(2, NOW)
    assert [type(one) is BadRecord for one in read(org)[0]] == [True, False]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"domain": "evil.example"}, "domain"),
        ({"domain": "login.salesforce.com"}, "domain"),
        ({"domain": "evil.example/x.salesforce.com"}, "domain"),
        ({"client_secret": ""}, "client_secret"),
        ({"private_key": "-----BEGIN PRIVATE KEY-----"}, "username"),
        ({"private_key": "hush", "username": "a@b.c"}, "private_key"),
        ({"share": "0"}, "share"),
        ({"share": "much"}, "share"),
        ({"password": "x"}, "password"),
    ],
)
def test_credentials_that_cannot_be_right_are_refused_before_anything_is_asked(changes, path):
    good = {"domain": "https://fernhill.my.salesforce.com/", "client_id": KEY, "client_secret": SECRET}
    connector("salesforce").check_credentials(good)
    with pytest.raises(VendorRefused) as refused:
        connector("salesforce").check_credentials({**good, **changes})
    assert refused.value.path == path
