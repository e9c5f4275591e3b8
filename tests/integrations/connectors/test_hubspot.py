"""Reading HubSpot: what a connection gets, what later runs get, and what goes wrong on the way."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest

from integrations.connectors.base import Ask, BadRecord, Link
from integrations.connectors.failures import VendorAway, VendorBusy, VendorRefused
from integrations.connectors.hubspot import HubSpot
from integrations.demo.crm.answering import Answer, said
from tests.integrations.connectors.conftest import NOW, since


def test_log_in_tells_the_account_and_leads_to_its_records(vendor):
    state = vendor.connector.check(vendor.link)
    assert state == {"account": "Portal 4240042", "portal": 4240042, "ui": "app.hubspot.com"}
    there = Link({"token": "pat-x"}, state)
    url = "https://app.hubspot.com"
    assert vendor.connector.record_url(there, "contacts", "7") == f"{url}/contacts/4240042/record/0-1/7"
    assert vendor.connector.property_url(there, "company.industry").startswith(f"{url}/property-settings/4240042/")
    assert vendor.connector.record_url(Link({"token": "pat-x"}), "contacts", "7") == ""


def test_token_that_may_not_read_the_account_still_tells_which_one_it_is_for(vendor):
    vendor.says("/account-info", 403, "MISSING_SCOPES")
    assert vendor.connector.check(vendor.link)["portal"] == 4240042


def test_properties_have_types_options_and_guesses(vendor):
    found = {one.name: one for one in vendor.connector.properties(vendor.link, ["contacts", "companies"])}
    types = {name: found[name].type for name in
             ("plan", "products", "newsletter", "lead_score", "contract_start", "last_demo_at", "jobtitle")}  # fmt: skip
    assert types == {
        "plan": "string", "products": "list", "newsletter": "boolean", "lead_score": "number",
        "contract_start": "date", "last_demo_at": "date", "jobtitle": "string",
    }  # fmt: skip
    assert found["plan"].options["pro"] == "Pro"
    assert found["company.industry"].object == "companies"
    assert (found["email"].identifies, found["app_user_id"].identifies) == ("email", "user_id")
    assert "deal.amount" not in found


def test_values_come_in_their_types(vendor):
    vendor.contact(1, plan="pro", products="api;boards", newsletter="true", lead_score="7.5",
                   contract_start="2026-01-05", last_demo_at="1767607200000", jobtitle="", country="a\x00b")  # fmt: skip
    asked = ("plan", "products", "newsletter", "lead_score", "contract_start", "last_demo_at", "jobtitle", "country")
    (values,) = vendor.values(*asked).values()
    assert values == {
        "plan": "pro", "products": ["api", "boards"], "newsletter": True, "lead_score": 7.5,
        "contract_start": "2026-01-05", "last_demo_at": "2026-01-05T10:00:00Z", "jobtitle": None, "country": "ab",
    }  # fmt: skip


def test_first_run_reads_all_contacts_by_pages_and_says_how_many_are_left(vendor):
    for number in range(230):
        vendor.contact(number)
    pages = vendor.pages("email")
    assert len({one.id for page in pages for one in page.records}) == 230
    assert [page.left for page in pages] == [230, 130, 30, 0]


def test_many_properties_do_not_make_an_address_too_long(vendor):
    names = [f"custom_property_with_a_long_name_{number}" for number in range(300)]
    for name in names:
        vendor.crm.definitions["contacts"][name] = {**vendor.crm.definitions["contacts"]["jobtitle"], "name": name}
    one = vendor.contact(1, **{name: name for name in names})
    assert vendor.values(*names)[one.id] == {name: name for name in names}


def test_company_is_the_primary_one_and_deal_the_newest(vendor):
    one, two = vendor.contact(1), vendor.contact(2)
    old, new = (vendor.crm.add("companies", NOW, name=name, numberofemployees="9") for name in ("Old", "New"))
    vendor.crm.link(one, new)
    vendor.crm.link(one, old, primary=False)
    for days, amount in ((9, "10"), (2, "30"), (5, "20")):
        vendor.crm.link(one, vendor.crm.add("deals", NOW, NOW - timedelta(days=days), amount=amount))
    found = vendor.values("company.name", "company.numberofemployees", "deal.amount")
    assert found[one.id] == {"company.name": "New", "company.numberofemployees": 9, "deal.amount": 30}
    assert found[two.id] == {"company.name": None, "company.numberofemployees": None, "deal.amount": None}


def test_neighbours_are_asked_for_only_where_they_are_mapped(vendor):
    vendor.contact(1)
    vendor.read("email")
    assert not [path for path in vendor.paths() if "companies" in path or "deals" in path]


def test_further_emails_are_keys_where_emails_match(vendor):
    vendor.contact(1, hs_additional_emails="b@x.example;c@x.example")
    assert list(vendor.read("email")[0].keys) == ["b@x.example", "c@x.example"]
    assert list(vendor.read("email", "app_user_id", match="app_user_id")[0].keys) == []


def test_later_run_reads_what_changed_since(vendor):
    vendor.contact(1, NOW - timedelta(days=1))
    two = vendor.contact(2, NOW + timedelta(minutes=1))
    assert [one.id for one in vendor.read("email", since=since(NOW))] == [two.id]
    assert "/crm/v3/objects/contacts" not in vendor.paths()


def test_cursor_reaches_back_a_little_as_search_finds_changes_late(vendor):
    cursor = vendor.pages("email")[-1].cursor
    late = vendor.crm.now() - timedelta(seconds=90)
    one = vendor.contact(1, late)
    assert [found.id for found in vendor.read("email", since=cursor)] == [one.id]


def test_more_than_search_can_page_are_all_read_once(vendor, monkeypatch):
    monkeypatch.setattr("integrations.demo.crm.searching.MOST_RESULTS", 500)  # HubSpot's are 10,000
    for number in range(1_350):
        vendor.contact(number, NOW + timedelta(milliseconds=number // 3))
    found = [one.id for one in vendor.read("email", since=since(NOW))]
    assert len(found) == len(set(found)) == 1_350


def test_many_of_one_millisecond_are_all_read_once(vendor):
    moments = [0] * 40 + [1] * 350 + [2] * 60 + [3] * 100 + [4] * 3
    for number, ms in enumerate(moments):
        vendor.contact(number, NOW + timedelta(milliseconds=ms))
    found = [one.id for one in vendor.read("email", since=since(NOW))]
    assert len(found) == len(set(found)) == len(moments)


def test_what_changes_during_a_run_pushes_nothing_past_it(vendor):
    things = [vendor.contact(number, NOW + timedelta(milliseconds=number)) for number in range(250)]
    ask, position, seen = Ask(["contacts"], ["email"], since(NOW), NOW), {}, set()
    while True:
        page = vendor.connector.page(vendor.link, ask, position)
        seen |= {one.id for one in page.records}
        vendor.crm.change(things[len(seen) // 2], vendor.crm.now() + timedelta(hours=1))  # among those that were read
        if page.position is None:
            break
        position = page.position
    assert seen == {thing.id for thing in things}


def test_contact_is_read_when_its_company_or_deal_changed(vendor):
    one, two, three = (vendor.contact(number, NOW - timedelta(days=3)) for number in range(3))
    company = vendor.crm.add("companies", NOW - timedelta(days=3), name="A", industry="DESIGN")
    deal = vendor.crm.add("deals", NOW - timedelta(days=3), amount="5")
    for contact in (one, two):
        vendor.crm.link(contact, company)
    vendor.crm.link(three, deal)
    changed = NOW + timedelta(minutes=1)
    vendor.crm.change(company, changed, industry="MEDIA")
    vendor.crm.change(deal, changed, amount="6")
    found = vendor.read("company.industry", since=since(NOW))
    assert {(record.id, record.values["company.industry"]) for record in found} == {
        (one.id, "MEDIA"),
        (two.id, "MEDIA"),
    }
    assert {record.at for record in found} == {changed}
    assert vendor.values("deal.amount", since=since(NOW)) == {three.id: {"deal.amount": 6}}


def test_company_with_many_contacts_takes_several_pages(vendor):
    company = vendor.crm.add("companies", NOW + timedelta(minutes=1), name="Large")
    for number in range(620):
        vendor.crm.link(vendor.contact(number, NOW - timedelta(days=1)), company)
    pages = vendor.pages("company.name", since=since(NOW))
    found = [one.id for page in pages for one in page.records]
    assert len(found) == len(set(found)) == 620
    assert max(len(page.records) for page in pages) == 100


def test_archived_merged_and_deleted_contacts_are_gone(vendor):
    one, two, three, four = (vendor.contact(number) for number in range(4))
    vendor.crm.archive(one)
    vendor.crm.merge(three, two)
    vendor.crm.delete(four)
    found = vendor.read("email")
    assert {record.id for record in found if record.gone} == {one.id, two.id}
    assert {record.id for record in found if not record.gone} == {three.id}
    later = vendor.read("email", since=since(NOW))
    assert [(record.id, record.gone) for record in later] == [(two.id, True), (three.id, False)]
    ask = Ask(["contacts"], ["email"], now=NOW)
    again = vendor.connector.fetch(vendor.link, ask, [("contacts", thing.id) for thing in (one, two, three, four)])
    assert {record.id for record in again if record.gone} == {one.id, two.id, four.id}
    assert [record.id for record in again if not record.gone] == [three.id]


def test_what_cannot_be_read_now_is_not_gone(vendor):
    one = vendor.contact(1)
    error = {"status": "error", "category": "INTERNAL", "message": "no", "context": {"ids": [one.id]}}
    vendor.fail("/batch/read", said({"status": "COMPLETE", "results": [], "errors": [error], "numErrors": 1}, 207))
    (found,) = vendor.connector.fetch(vendor.link, Ask(["contacts"], ["email"], now=NOW), [("contacts", one.id)])
    assert isinstance(found, BadRecord)


def test_property_that_vanished_is_told_and_has_no_value(vendor):
    vendor.contact(1, plan="pro")
    vendor.crm.definitions["contacts"]["plan"]["archived"] = True
    (_, page) = vendor.pages("email", "plan")
    assert page.vanished == ["plan"]
    assert set(page.records[0].values) == {"email"}


def test_property_that_changed_its_type_gives_what_fits_the_new_one(vendor):
    vendor.contact(1, lead_score="about a dozen")
    assert [*vendor.values("lead_score").values()] == [{"lead_score": "about a dozen"}]
    vendor.crm.definitions["contacts"]["lead_score"]["type"] = "string"
    vendor.contact(2, lead_score="12")
    assert {"lead_score": "12"} in vendor.values("lead_score").values()


def test_record_that_cannot_be_read_costs_only_itself(vendor):
    one, two = vendor.contact(1), vendor.contact(2)
    rows = [one.answer(["email"]), {**two.answer(["email"]), "properties": {"email": {"deep": []}}}, {"id": "9"}, 4]
    vendor.fail("/crm/v3/objects/contacts", said({"results": []}))
    vendor.fail("/crm/v3/objects/contacts", said({"results": [], "total": 0}))
    vendor.fail("/crm/v3/objects/contacts", said({"results": rows}))
    records = vendor.pages("email")[-1].records
    assert [(one.id, type(one).__name__) for one in records] == [
        (one.id, "Record"), (two.id, "BadRecord"), ("9", "BadRecord"),
    ]  # fmt: skip


def raised(vendor, kind, **answer):
    with pytest.raises(kind) as caught:
        vendor.connector.check(vendor.link)
    assert "SECRET" not in caught.value.message
    assert "demo-token" not in caught.value.message
    return caught.value


def test_wrong_token_is_refused(vendor):
    vendor.crm.tokens.clear()
    assert raised(vendor, VendorRefused).path == "token"


def test_missing_scope_is_named(vendor):
    vendor.says("/crm/v3/properties/contacts", 403, "MISSING_SCOPES")
    assert "crm.objects.contacts.read" in raised(vendor, VendorRefused).message


@pytest.mark.parametrize(
    ("headers", "after"),
    [({"Retry_After": "7"}, 7), ({}, 10), ({"Retry_After": "soon"}, 10), ({"Retry_After": "99999999"}, 86_400),
     ({"Retry_After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 1)],
)  # fmt: skip
def test_too_many_requests_say_how_long_to_wait(vendor, headers, after):
    vendor.says("/account-info", 429, "RATE_LIMITS", **headers)
    assert raised(vendor, VendorBusy).after == after


@pytest.mark.parametrize(("limit", "after"), [("DAILY", 3600), ("SECONDLY", 2), ("TEN_SECONDLY_ROLLING", 10)])
def test_each_limit_has_its_wait(vendor, limit, after):
    vendor.fail("/account-info", said({"status": "error", "policyName": limit}, 429))
    assert raised(vendor, VendorBusy).after == after


@pytest.mark.parametrize("status", [500, 502, 503, 504, 521])
def test_trouble_at_the_vendor_is_tried_again(vendor, status):
    vendor.says("/account-info", status)
    assert str(status) in raised(vendor, VendorAway).message
    assert vendor.connector.check(vendor.link)["portal"]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b'{"portalId": 1}', {}, cut=4),
        Answer(200, b'{"portalId": '),
        Answer(200, b"\xff\xfe"),
        Answer(200, b"[]"),
        Answer(200, b'{"portalId": NaN}'),
        Answer(200, b'{"portalId": "x"}'),
        Answer(200, b'{"a":' * 40 + b"1" + b"}" * 40),
        Answer(200, b"[" * 200_000),
        Answer(302, b"", {"Location": "http://169.254.169.254/"}),
    ],
    ids=["truncated", "broken off", "no text", "a list", "NaN", "another type", "deep", "very deep", "redirect"],
)
def test_answers_that_are_no_answer(vendor, answer):
    vendor.fail("/account-info", answer, times=2)  # one that broke off is asked for once more
    raised(vendor, VendorAway)


def test_slow_and_large_answers_end(vendor, monkeypatch):
    monkeypatch.setattr("integrations.connectors.hubspot_client.SECONDS", 0.3)
    vendor.fail("/account-info", Answer(200, b"{}", delay=20))
    raised(vendor, VendorAway)
    monkeypatch.setattr("integrations.connectors.hubspot_client.SECONDS", 20)
    monkeypatch.setattr("integrations.connectors.hubspot_client.MOST_BYTES", 1000)
    vendor.fail("/account-info", Answer(200, json.dumps({"portalId": 1, "more": "x" * 2000}).encode()))
    assert "larger" in raised(vendor, VendorAway).message


def test_vendor_that_repeats_itself_does_not_hold_us(vendor):
    for number in range(101):
        vendor.contact(number)
    rows = [thing.answer([]) for thing in vendor.crm.living("contacts")[:100]]
    vendor.fail("/search", said({"total": 300, "results": rows}), times=50)
    with pytest.raises(VendorAway):
        vendor.pages("email", since=since(NOW))


def test_server_that_is_not_there(vendor):
    with pytest.raises(VendorAway):
        vendor.connector.check(Link({"token": "demo-token", "base_url": "http://127.0.0.1:9"}))


@pytest.mark.parametrize("token", ["", " ", "pat eu", "pät", "x" * 3000, "a\nb"])
def test_tokens_that_cannot_be_right_are_refused_at_once(token):
    with pytest.raises(VendorRefused) as caught:
        HubSpot().check_credentials({"token": token})
    assert caught.value.path == "token"


def test_sample_is_a_few_real_records(vendor):
    for number in range(5):
        vendor.contact(number)
    assert len(vendor.connector.sample(vendor.link, Ask(["contacts"], ["email"], now=NOW), 3)) == 3


def test_client_is_loaded_where_hubspot_is_asked_only():
    code = (
        "import sys, django; django.setup(); from integrations.connectors.registry import connectors;"
        "assert 'hubspot' in connectors(); sys.exit('hubspot' in sys.modules)"
    )
    env = {"DJANGO_SETTINGS_MODULE": "jimo_site.settings", "PATH": ""}
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
