"""The pages of segments: what they show, what they refuse, and how much they ask of the database."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlparse

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from segments.membership.sizes import sizes_of
from segments.models import Membership, Segment
from segments.sheets.export import columns_of, download
from segments.sheets.people import Layout, members_of
from tests.factories import member, user
from tests.reading import html_of
from tests.segments.test_membership import is_, rule, segment
from users.jobs.machinery import run_all_jobs
from users.models import Account, Attribute, Job, WorkerBeat
from users.registry.attributes import bump_version

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def sign_in(project):
    def enter(role="editor"):
        client = Client()
        client.force_login(member(project, role))
        return client

    return enter


@pytest.fixture
def crowd(project):
    for number in range(12):
        user(project, f"u{number}", name=f"Person {number}", email=f"p{number}@acme.test",
             attributes={"plan": "Pro" if number % 3 else "Free", "seats": number})  # fmt: skip
    return project


def at(project, path=""):
    return f"/p/{project.slug}/segments/{path}"


class TestOneSegment:
    def test_its_rule_is_chips_with_marks_and_it_says_where_it_is(self, crowd, sign_in):
        made = segment(
            crowd, "Pro or big", is_("custom.plan", "Pro"), {"combinator": "or", "not": True, "rules": [
                is_("native.name", "Person 1"), {"field": "custom.seats", "operator": "gt", "value": 3}]},
        )  # fmt: skip
        html = html_of(sign_in().get(at(crowd, f"{made.pk}/")))
        words = re.sub("<[^>]+>", " ", html.split('aria-label="Who belongs to it"')[1].split("</div>")[0])
        assert " ".join(words.replace(">", " ", 1).split()) == (
            "Custom plan is Pro and not ( Name is Person 1 or Custom seats is more than 3 )"
        )
        assert html.count('class="rule-chip"') == 3
        plan = Attribute.objects.get(project=crowd, key="plan")
        assert f'<a class="rule-chip" href="/p/{crowd.slug}/data/attributes/{plan.pk}/">' in html
        above = segment(crowd, "Above", {"field": "segment", "operator": "is_in", "value": made.pk})
        versions = html_of(sign_in().get(at(crowd, f"{above.pk}/?tab=versions")))
        assert versions.count(f'<a class="rule-chip" href="{at(crowd, f"{made.pk}/")}">') == 2, "its head and version 1"
        assert f'<a class="muted" href="{at(crowd)}">Segments</a>' in html
        assert "page-tabs" not in html

    def test_a_list_has_no_versions(self, crowd, sign_in):
        made, client = segment(crowd, "Council", static=True), sign_in()
        assert "tab=versions" not in client.get(at(crowd, f"{made.pk}/")).content.decode()
        assert client.get(at(crowd, f"{made.pk}/?tab=versions")).status_code == 404


class TestMaking:
    def test_an_empty_list_offers_starters_that_work(self, crowd, sign_in):
        client = sign_in()
        html = client.get(at(crowd)).content.decode()
        assert "Gone quiet for 30 days" in html
        address = html.split('class="card starter" href="')[1].split('"')[0].replace("&amp;", "&")
        form = client.get(address)
        given = form.context["given"]
        assert given["name"] == "New this week"
        made = client.post(at(crowd, "new/"), given | {"icon": given["icon"]})
        assert made.status_code == 302
        run_all_jobs()
        assert sizes_of([Segment.objects.get().pk]) == {Segment.objects.get().pk: 0}

    def test_a_version_that_never_was_is_not_found(self, project, sign_in):
        made = segment(project, "Named", {"field": "native.name", "operator": "is_set"})
        assert sign_in().post(at(project, f"{made.pk}/restore/9/")).status_code == 404

    def test_nothing_typed_is_lost_when_it_is_refused(self, crowd, sign_in):
        response = sign_in().post(
            at(crowd, "new/"),
            {
                "name": "Mine",
                "description": "for <b>us</b>",
                "rule": '{"combinator": "and", "rules": []}',
                "icon": "star",
            },
        )
        assert response.status_code == 422
        html = response.content.decode()
        assert "Say who is in it: add at least one condition." in html
        assert 'value="Mine"' in html
        assert "for &lt;b&gt;us&lt;/b&gt;" in html
        assert not Segment.objects.exists()

    def test_saving_an_edit_first_shows_what_it_does(self, crowd, sign_in):
        made = segment(crowd, "Pro", is_("custom.plan", "Pro"))
        client = sign_in()
        text = json.dumps(rule(is_("custom.seats", 6, "gte")))
        shown = client.post(at(crowd, f"{made.pk}/rule/"), {"rule": text, "version": 1})
        assert (shown.context["change"].enter, shown.context["change"].leave) == (2, 4)
        assert "2 enter, 4 leave" in shown.content.decode()
        assert Segment.objects.get().version == 1
        seen = {"rule": text, "version": 1, "confirm": 1, "shown": shown.context["shown"]}
        assert client.post(at(crowd, f"{made.pk}/rule/"), seen).status_code == 302
        run_all_jobs()
        assert sizes_of([made.pk]) == {made.pk: 6}
        late = client.post(at(crowd, f"{made.pk}/rule/"), seen)
        assert late.status_code == 409
        assert "was changed meanwhile" in late.content.decode()

    def test_a_rule_whose_effect_was_not_shown_is_shown_and_not_saved(self, crowd, sign_in):
        made = segment(crowd, "Pro", is_("custom.plan", "Pro"))
        client, address = sign_in(), at(crowd, f"{made.pk}/rule/")
        shown = client.post(address, {"rule": json.dumps(rule(is_("custom.seats", 6, "gte"))), "version": 1})
        other = {"rule": json.dumps(rule(is_("custom.seats", 1))), "version": 1, "confirm": 1}
        again = client.post(address, {**other, "shown": shown.context["shown"]})
        assert again.status_code == 200
        assert "so it was not saved" in again.content.decode()
        assert (again.context["change"].enter, again.context["change"].leave) == (0, 7)
        assert Segment.objects.get().version == 1

    def test_restoring_first_shows_what_it_does(self, crowd, sign_in):
        made = segment(crowd, "Pro", is_("custom.plan", "Pro"))
        client, address = sign_in(), at(crowd, f"{made.pk}/rule/")
        first, second = made.rule, rule(is_("custom.seats", 6, "gte"))
        seen = client.post(address, {"rule": json.dumps(second), "version": 1}).context["shown"]
        client.post(address, {"rule": seen, "shown": seen, "version": 1, "confirm": 1})
        run_all_jobs()
        back = {"rule": json.dumps(first), "version": 2, "restore": 1}
        page = client.post(address, back)
        assert (page.context["change"].enter, page.context["change"].leave) == (4, 2)
        assert Segment.objects.get().version == 2
        saved = client.post(address, {**back, "confirm": 1, "shown": page.context["shown"]})
        assert saved.status_code == 302
        assert made.versions.get(number=3).note == "Restored version 1"

    def test_a_script_is_told_where_to_go_and_the_toast_waits_there(self, crowd, sign_in):
        client = sign_in()
        given = {"name": "Pro", "rule": json.dumps(rule(is_("custom.plan", "Pro"))), "icon": "star"}
        answer = client.post(at(crowd, "new/"), given, headers={"X-Requested-With": "fetch"})
        assert (answer.status_code, answer["Location"]) == (204, at(crowd, f"{Segment.objects.get().pk}/"))
        assert "Pro was created." in client.get(answer["Location"]).content.decode()

    def test_a_name_is_another_segments_only_once(self, crowd, sign_in):
        made = segment(crowd, "Straße", is_("custom.plan", "Pro"))
        other = segment(crowd, "Other", is_("custom.plan", "Pro"))
        client = sign_in()
        again = {"name": "STRASSE", "rule": json.dumps(made.rule), "icon": "star"}
        refused = client.post(at(crowd, "new/"), again)
        assert refused.status_code == 422
        assert "There is a segment called Straße already" in refused.content.decode()
        assert client.post(at(crowd, f"{other.pk}/settings/"), {"name": "strasse", "icon": "star"}).status_code == 422
        assert client.post(at(crowd, f"{made.pk}/settings/"), {"name": "STRASSE", "icon": "star"}).status_code == 302
        for _ in range(2):
            client.post(at(crowd, f"{made.pk}/duplicate/"))
        assert Segment.objects.filter(name__in=["STRASSE (copy)", "STRASSE (copy 2)"]).count() == 2

    def test_an_edit_in_which_it_contains_itself_is_refused_before_anything_is_shown(self, crowd, sign_in):
        made = segment(crowd, "Pro", is_("custom.plan", "Pro"))
        text = json.dumps(rule(is_("segment", made.pk, "is_in")))
        answer = sign_in().post(at(crowd, f"{made.pk}/rule/"), {"rule": text, "version": 1})
        assert answer.status_code == 422
        assert "would contain itself" in answer.content.decode()

    def test_the_owner_can_be_another_member(self, crowd, sign_in):
        made = segment(crowd, "Pro", is_("custom.plan", "Pro"))
        colleague, stranger = member(crowd, "viewer"), Account.objects.create(email="else@where.test")
        address, client = at(crowd, f"{made.pk}/settings/"), sign_in()
        client.post(address, {"name": "Pro", "icon": "star", "owner": colleague.pk})
        assert Segment.objects.get().owner == colleague
        client.post(address, {"name": "Pro", "icon": "star", "owner": stranger.pk})
        assert Segment.objects.get().owner is None

    def test_what_others_are_built_on_is_not_deleted(self, crowd, sign_in):
        inner = segment(crowd, "Pro", is_("custom.plan", "Pro"))
        segment(crowd, "Not pro", is_("segment", inner.pk, "is_not_in"))
        client = sign_in()
        html = client.post(at(crowd, f"{inner.pk}/delete/"), follow=True).content.decode()
        assert "is part of Not pro" in html
        assert Segment.objects.count() == 2
        assert "Not pro" in client.get(at(crowd, f"{inner.pk}/?tab=uses")).content.decode()

    def test_duplicate_and_archive(self, crowd, sign_in):
        listed = segment(crowd, "By hand", static=True)
        client = sign_in()
        client.post(at(crowd, f"{listed.pk}/add/"), {"text": "u1\nP2@acme.test\n\nghost", "do": "add"})
        assert sizes_of([listed.pk]) == {listed.pk: 2}
        client.post(at(crowd, f"{listed.pk}/duplicate/"))
        copy = Segment.objects.get(name="By hand (copy)")
        assert sizes_of([copy.pk]) == {copy.pk: 2}
        client.post(at(crowd, f"{copy.pk}/archive/"))
        client.get(at(crowd))  # shows the toasts, which name it
        assert "By hand (copy)" not in client.get(at(crowd)).content.decode()
        assert "By hand (copy)" in client.get(at(crowd, "?archived=1")).content.decode()
        client.post(at(crowd, f"{listed.pk}/archive/"))
        assert 'href="?archived=1"' in client.get(at(crowd)).content.decode()  # though nothing else is left

    def test_every_line_that_led_to_nobody_has_its_reason(self, crowd, sign_in):
        listed = segment(crowd, "By hand", static=True)
        user(crowd, "twin", email="p1@acme.test")
        upload = io.BytesIO("\ufeffu1,ignored\np1@acme.test\n=evil()\n".encode())
        upload.name = "list.csv"
        html = sign_in().post(at(crowd, f"{listed.pk}/add/"), {"file": upload, "do": "add"}).content.decode()
        assert "1 user added" in html
        assert "2 users have this email" in html
        assert "=evil()" in html

    def test_a_file_and_what_is_pasted_count_both_and_a_bad_file_loses_nothing(self, crowd, sign_in):
        listed, client = segment(crowd, "By hand", static=True), sign_in()
        bad = client.post(
            at(crowd, f"{listed.pk}/add/"), {"text": "u1", "file": ContentFile(b"u2\xe9", "list.csv"), "do": "add"}
        )
        assert bad.status_code == 422
        assert ">u1</textarea>" in bad.content.decode()
        client.post(
            at(crowd, f"{listed.pk}/add/"), {"text": "u1", "file": ContentFile(b"u2\n", "list.csv"), "do": "add"}
        )
        assert sizes_of([listed.pk]) == {listed.pk: 2}


class TestLooking:
    def test_until_it_is_computed_there_is_no_number(self, crowd, sign_in):
        client = sign_in()
        given = {"name": "Pro", "rule": json.dumps(rule(is_("custom.plan", "Pro"))), "icon": "star"}
        page = client.post(at(crowd, "new/"), given, follow=True).content.decode()
        assert "data-computing" in page
        assert '<strong class="figure">—</strong>' in page
        run_all_jobs()
        page = client.get(at(crowd, f"{Segment.objects.get().pk}/")).content.decode()
        assert "data-computing" not in page
        assert '<strong class="figure">8</strong>' in page

    def test_the_members_page_asks_little(self, crowd, sign_in, django_assert_max_num_queries):
        made = segment(crowd, "Pro", is_("custom.plan", "Pro"))
        client = sign_in()
        client.get(at(crowd, f"{made.pk}/"))
        with django_assert_max_num_queries(22):
            html = client.get(at(crowd, f"{made.pk}/")).content.decode()
        assert html.count("data-row=") == 8
        for tab in ("growth", "difference", "versions", "uses"):
            assert client.get(at(crowd, f"{made.pk}/?tab={tab}")).status_code == 200

    def test_the_list_asks_the_same_for_many(self, crowd, sign_in, django_assert_max_num_queries):
        client = sign_in()
        for number in range(12):
            segment(crowd, f"Segment {number}", is_("custom.seats", number))
        client.get(at(crowd))
        with django_assert_max_num_queries(16):
            client.get(at(crowd))

    def test_the_members_can_be_sorted(self, crowd, sign_in):
        made = segment(crowd, "Pro", is_("custom.plan", "Pro"))
        rows = sign_in().get(at(crowd, f"{made.pk}/?sort=-name")).context["page"].rows
        assert [row.name for row in rows][:2] == ["Person 8", "Person 7"]

    def test_stale_numbers_say_so_and_are_computed_again(self, crowd, sign_in):
        made = segment(crowd, "New", is_("native.first_seen", {"n": 7, "unit": "day"}, "not_in_last"))
        Segment.objects.filter(pk=made.pk).update(refreshed_at=timezone.now() - timedelta(hours=1))
        assert "waits for the worker" in sign_in().get(at(crowd, f"{made.pk}/")).content.decode()
        WorkerBeat.objects.create(worker="w", at=timezone.now())
        assert "refreshing" in sign_in().get(at(crowd, f"{made.pk}/")).content.decode()
        assert Job.objects.filter(kind="compute_segments", params__cause="clock", state="queued").count() == 1

    def test_why_and_why_not(self, crowd, sign_in):
        made = segment(crowd, "Pro with seats", is_("custom.plan", "Pro"), is_("custom.seats", 5, "gte"))
        outside = Membership.objects.filter(segment=made).count()
        assert outside == 5
        person = user(crowd, "u1")
        client = sign_in("viewer")
        profile = f"/p/{crowd.slug}/users/{person.pk}/"
        assert f'href="{profile}?tab=segments"' in client.get(profile).content.decode()
        tab = client.get(f"{profile}?tab=segments").content.decode()
        assert "Why not in Pro with seats" in tab
        why = client.get(at(crowd, f"{made.pk}/why/{person.pk}/")).content.decode()
        assert "seats is at least 5" in why
        assert why.count("verdict__yes") == 1
        assert why.count("verdict__no") == 2

    def test_the_export_has_the_chosen_columns(self, crowd, sign_in):
        made = segment(crowd, "Pro", is_("custom.plan", "Pro"))
        response = sign_in().get(at(crowd, f"{made.pk}/export/"))
        rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))
        assert rows[0][:4] == ["native.user_id", "native.jimer_id", "native.name", "native.email"]
        assert len(rows) == 9

    def test_the_export_is_chosen_in_a_dialog_and_named_after_segment_and_day(self, crowd, sign_in):
        crowd.time_zone = "Pacific/Auckland"
        crowd.save(update_fields=["time_zone"])
        made = segment(crowd, "Pro: kunden_1", is_("custom.plan", "Pro"))
        client = sign_in()
        page = client.get(at(crowd, f"{made.pk}/")).content.decode()
        assert 'data-open-dialog="export-segment"' in page
        assert 'id="export-segment"' not in sign_in("viewer").get(at(crowd, f"{made.pk}/")).content.decode()
        response = client.get(at(crowd, f"{made.pk}/export/?format=csv&mark=1&readable=1"))
        text = b"".join(response.streaming_content)
        assert text.startswith(b"\xef\xbb\xbfUser ID,Jimer ID,Name,")
        night = datetime(2026, 3, 4, 23, tzinfo=UTC)  # the next day in Auckland
        named = download(members_of(made), "csv", columns_of(made.project, []), Layout(), night)["Content-Disposition"]
        assert named == 'attachment; filename="pro-kunden_1-2026-03-05.csv"'


class TestTheBuildersQuestions:
    def test_a_segment_is_not_offered_to_itself_nor_what_is_built_on_it(self, crowd, sign_in):
        base = segment(crowd, "Base", is_("custom.plan", "Pro"))
        middle = segment(crowd, "Middle", is_("segment", base.pk, "is_in"))
        segment(crowd, "Top", is_("segment", middle.pk, "is_in"))
        segment(crowd, "Other", is_("custom.plan", "Free"))
        client, rule_page = sign_in(), at(crowd, f"{middle.pk}/rule/")
        asked = client.get(rule_page).content.decode().split('data-fields-url="')[1].split('"')[0].replace("&amp;", "&")
        assert [item["name"] for item in client.get(asked).json()["segments"]] == ["Base", "Other"]
        assert len(client.get(at(crowd, "fields/")).json()["segments"]) == 4

    def test_the_fields_come_from_the_registry_and_the_operators_from_the_table(self, crowd, sign_in):
        body = sign_in().get(at(crowd, "fields/")).json()
        names = [item["field"] for item in body["fields"]]
        assert names[:2] == ["native.jimer_id", "native.user_id"]
        assert "custom.plan" in names
        assert [item["name"] for item in body["types"]["boolean"]["operators"]] == [
            "is_true",
            "is_false",
            "is_set",
            "is_not_set",
        ]
        heads = [item["heading"] for item in body["types"]["date"]["operators"]]
        assert list(dict.fromkeys(heads)) == ["Fixed", "Range", "Relative", "Any"]
        assert [item["tail"] for item in body["types"]["date"]["operators"] if item["tail"]] == ["ago"]

    def test_items_of_a_list_come_with_their_types(self, crowd, sign_in):
        client = sign_in()

        def asked(key, text="", role=client):
            return role.get(at(crowd, f"values/?field=custom.{key}&q={text}")).json()

        def told(key, text=""):
            body = asked(key, text)
            return [(item["value"], item["count"]) for item in body["values"]], body["types"]

        for number in range(30):
            user(crowd, f"mixed-{number}", attributes={"mixed": [1, "1", True, f"1 of {number}"], "rooms": [number]})
        user(crowd, "u1", attributes={"mixed": [1, "text", 2.5]})
        values, types = told("mixed", "1")
        assert values[:2] == [(1, 31), ("1", 30)]
        assert types == ["string", "number", "boolean"]
        assert told("mixed", "2.50")[0] == [(2.5, 1)]
        assert told("mixed", "TRUE")[0] == [(True, 30)]
        assert told("rooms")[1] == ["number"]
        assert "types" not in asked("plan")
        assert client.get(at(crowd, "values/?field=native.tags")).json()["types"] == ["string"]
        Attribute.objects.filter(key="rooms").update(sensitive=True)
        bump_version(crowd.pk)
        assert told("rooms", "1") == ([], ["number"])
        assert "types" not in asked("rooms", role=sign_in("viewer"))

    def test_the_sentence_tells_a_text_from_a_number(self, crowd, sign_in):
        user(crowd, "u1", attributes={"rooms": [1, "1", True]})
        given = rule(is_("custom.rooms", [1, "1", "true", True, "a or b"], "includes_all"))
        answer = sign_in().post(at(crowd, "preview/"), {"rule": json.dumps(given)}).json()
        assert answer["sentence"] == 'rooms includes all of 1, "1", "true", true and 1 more'

    def test_values_that_users_have_commonest_first(self, crowd, sign_in):
        client = sign_in()
        body = client.get(at(crowd, "values/?field=custom.plan")).json()
        assert [(item["value"], item["count"]) for item in body["values"]] == [("Pro", 8), ("Free", 4)]
        assert [item["value"] for item in client.get(at(crowd, "values/?field=custom.plan&q=fR")).json()["values"]] == [
            "Free"
        ]
        assert client.get(at(crowd, "values/?field=native.name&q=person+1")).json()["values"][0]["value"] == "Person 1"

    def test_effects(self, crowd, sign_in):
        client = sign_in()
        raw = {"combinator": "and", "rules": [
            is_("custom.plan", "Pro"),
            {"combinator": "or", "rules": [is_("custom.seats", 4, "lt"), is_("custom.seats", 8, "lt")]},
            {"combinator": "and", "not": True, "rules": [is_("custom.seats", 1)]},
            is_("custom.seats", 100),
        ]}  # fmt: skip
        body = client.post(at(crowd, "preview/"), {"rule": json.dumps(raw)}).json()
        said = {tuple(item["path"]): item["text"] for item in body["effects"]}
        assert said == {
            (0,): "8 left", (1,): "5 left", (1, 0): "+2", (1, 1): "+3", (2,): "removes 1", (2, 0): "1 left",
            (3,): "Nobody is left after this one",
        }  # fmt: skip
        assert body["count"] == 0
        assert [item["path"] for item in body["effects"] if item["nobody"]] == [[3]]
        assert client.post(at(crowd, "preview/"), {"rule": "{"}).status_code == 422

    def test_nobody_is_left_after_the_one_that_did_it(self, crowd, sign_in):
        client = sign_in()

        def blamed(**raw):
            body = client.post(at(crowd, "preview/"), {"rule": json.dumps({"combinator": "and", **raw})}).json()
            return [item["path"] for item in body["effects"] if item["nobody"]]

        pro, free, many = is_("custom.plan", "Pro"), is_("custom.plan", "Free"), is_("custom.seats", 99, "gt")
        assert blamed(rules=[pro, {"combinator": "and", "rules": [is_("custom.seats", 5, "gt"), free]}]) == [[1, 1]]
        assert blamed(rules=[pro, {"combinator": "or", "rules": [free, many]}]) == [[1]]
        assert blamed(rules=[pro, {"combinator": "and", "not": True, "rules": [pro]}, many]) == [[1]]
        assert blamed(rules=[pro, {"combinator": "and", "not": True, "rules": [free, many]}]) == []
        assert blamed(rules=[pro, many], **{"not": True}) == []

    def test_of_many_conditions_the_first_say_what_they_do(self, crowd, sign_in):
        raw = {"combinator": "or", "rules": [is_("custom.seats", number) for number in range(20)]}
        effects = sign_in().post(at(crowd, "preview/"), {"rule": json.dumps(raw)}).json()["effects"]
        assert [item["text"] for item in effects[:2]] == ["+1", "+1"]
        assert (effects[-1]["path"], effects[-1]["text"]) == ([16], "Too many conditions to say what each does")

    def test_the_sentence_says_of_whom_no_value_is_meant(self, crowd, sign_in):
        client = sign_in()

        def said(*conditions):
            return client.post(at(crowd, "preview/"), {"rule": json.dumps(rule(*conditions))}).json()["sentence"]

        not_pro, seats = is_("custom.plan", "Pro", "is_not"), is_("custom.seats", 5)
        assert said(not_pro) == "plan is not Pro, or has no value"
        assert said(not_pro, seats) == "(plan is not Pro, or has no value) and seats is 5"
        assert (
            said(is_("native.tags", "internal", "not_includes"), seats)
            == "Tags does not include internal and seats is 5"
        )
        quiet = is_("native.last_activity", {"n": 30, "unit": "day"}, "more_than_ago")
        assert said(quiet) == "Last activity is more than 30 days ago"

    def test_sensitive_values_are_not_found_out(self, crowd, sign_in):
        Attribute.objects.filter(project=crowd, key="plan").update(sensitive=True)
        bump_version(crowd.pk)
        text = json.dumps(rule(is_("custom.plan", "Pro")))
        viewer = sign_in("viewer")
        assert viewer.post(at(crowd, "preview/"), {"rule": text}).status_code == 422
        assert "custom.plan" not in [item["field"] for item in viewer.get(at(crowd, "fields/")).json()["fields"]]
        assert viewer.get(at(crowd, "values/?field=custom.plan")).json() == {"values": [], "at": None, "hidden": True}
        page = sign_in("admin").get(f"/p/{crowd.slug}/users/?rule={quote(text)}")
        assert page.context["count"].number == 0
        assert "are not searched" in page.content.decode()
        made = segment(crowd, "Pro", is_("custom.plan", "Pro"))
        why = viewer.get(at(crowd, f"{made.pk}/why/{user(crowd, 'u1').pk}/")).content.decode()
        assert "has</span> ••••" in why


class TestTheUsersPage:
    def test_the_rule_narrows_counts_and_selects(self, crowd, sign_in):
        text = quote(json.dumps(rule(is_("custom.seats", 9, "gte"))))
        client = sign_in()
        page = client.get(f"/p/{crowd.slug}/users/?rule={text}")
        assert page.context["count"].number == 3
        client.post(
            f"/p/{crowd.slug}/users/tag/", {"all": "1", "query": f"rule={text}", "add": '["vip"]', "remove": "[]"}
        )
        run_all_jobs()
        tagged = client.get(f"/p/{crowd.slug}/users/?tag=vip", follow=True)
        assert tagged.context["count"].number == 3

    def test_old_addresses_lead_to_the_one_parameter(self, crowd, sign_in):
        response = sign_in().get(f"/p/{crowd.slug}/users/?who=identified&active=7&has=custom.plan&value=Pro&q=per")
        query = parse_qs(urlparse(response["Location"]).query)
        assert query["q"] == ["per"]
        assert [condition["operator"] for condition in json.loads(query["rule"][0])["rules"]] == [
            "is_set",
            "in_last",
            "is",
        ]

    def test_the_members_open_as_a_rule_that_the_builder_knows(self, crowd, sign_in):
        made = segment(crowd, "Pro", is_("custom.plan", "Pro"))
        client = sign_in("viewer")
        page = client.get(client.get(at(crowd, f"{made.pk}/")).context["filter_url"])
        assert page.context["count"].number == 8
        assert json.loads(page.context["rule"]) == rule({"field": "segment", "operator": "is_in", "value": made.pk})
        old = client.get(f"/p/{crowd.slug}/users/?segment={made.pk}&q=per", follow=True)
        assert json.loads(old.context["rule"]) == json.loads(page.context["rule"])
        assert (
            "There is no segment 99999"
            in client.get(f"/p/{crowd.slug}/users/?segment=99999", follow=True).content.decode()
        )

    def test_a_wrong_rule_is_explained_and_shows_nobody(self, crowd, sign_in):
        for text in ("{", "[]", json.dumps(rule(is_("custom.nope", 1)))):
            page = sign_in().get(f"/p/{crowd.slug}/users/?rule={quote(text)}")
            assert page.status_code == 200
            assert page.context["page"].rows == []
            assert page.context["problem"] is not None

    def test_used_by(self, crowd, sign_in):
        segment(crowd, "Pro and vip", is_("custom.plan", "Pro"), is_("native.tags", "vip", "includes"))
        client = sign_in()
        client.post(f"/p/{crowd.slug}/users/{user(crowd, 'u1').pk}/tags/", {"add": "vip"})
        assert "Pro and vip" in client.get(f"/p/{crowd.slug}/data/attributes/").content.decode()
        assert "Pro and vip" in client.get(f"/p/{crowd.slug}/data/tags/").content.decode()
        ref = Attribute.objects.get(project=crowd, key="plan").ref
        assert (
            "Pro and vip"
            in client.get(f"/p/{crowd.slug}/users/{user(crowd, 'u1').pk}/values/{ref}/?menu=1").content.decode()
        )
