"""Data Management: the registry, tags and the ingest log, as each role sees and changes them."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import SERVER, SNIPPET, ProjectFactory, member, user
from tests.reading import html_of
from users.finding.figures import refresh_coverage_of, refresh_tag_counts
from users.jobs.machinery import run_all_jobs
from users.models import Attribute, CallCount, EndUser, IngestEntry, Job, Tag, WorkerBeat
from users.registry.attributes import bump_version
from users.writing.calls import Call, Refused, TagChange
from users.writing.identify import identify, identify_batch
from users.writing.tagging import tag_user

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def admin(project):
    return signed_in(project, "admin")


def signed_in(project, role):
    client = Client()
    client.force_login(member(project, role))
    return client


def page(client, name, project, /, *args, **query):
    response = client.get(reverse(name, args=[project.slug, *args]), query)
    assert response.status_code == 200
    return html_of(response)


def post(client, name, project, /, *args, **data):
    response = client.post(reverse(name, args=[project.slug, *args]), data, follow=True)
    return html_of(response)


class TestAnAttributesPage:
    def test_it_says_who_has_it_what_was_refused_and_how_it_is_sent(self, project, admin):
        user(project, "u1", name="Maya", attributes={"seats": 3})
        user(project, "u2", name="Zoltan", attributes={"seats": "many"})
        seats = Attribute.objects.get(key="seats")
        refresh_coverage_of(project, timezone.now())
        html = page(admin, "attribute_edit", project, seats.pk)
        assert re.search(r'users/\d+/\?tab=data"\s*>\s*Maya', html)
        assert "Zoltan" not in html.split("Newest refusals")[0]
        assert "many" in html.split("Newest refusals")[1]
        assert "window.jimo.push([&quot;set&quot;, &quot;user:attributes&quot;, [{&quot;seats&quot;: 42}]]);" in html
        links = [unescape(link) for link in re.findall(r'href="([^"]*rule=[^"]*)"', html)]
        assert len(links) == 2  # the count leads to the list that it counts, and so does its head
        for link in links:
            listed = html_of(admin.get(link))
            assert "Maya" in listed
            assert "Zoltan" not in listed

    @pytest.mark.parametrize(("key", "shown", "line"), [
        ("name", "Maya", "user:name"), ("email", "maya@acme.test", "user:email"), ("user_id", "u1", "identify"),
        ("tags", "vip", ""), ("sessions", "0", ""), ("created", "", ""),
    ])  # fmt: skip
    def test_so_does_that_of_a_native_one(self, project, admin, now, key, shown, line):
        person = user(project, "u1", name="Maya", email="maya@acme.test")
        tag_user(project, person.pk, TagChange(add=["vip"]), SERVER, now)
        html = page(admin, "attribute_edit", project, Attribute.objects.get(source="native", key=key).pk)
        held = html.split("Who has it")[1].split("</table>")[0]
        assert shown in held
        assert ("window.jimo.push" in html) == bool(line)
        assert line in html

    def test_a_sensitive_value_is_dots_and_nobody_is_said(self, project, admin):
        user(project, "u1", attributes={"salary": 123456, "plan": None})
        salary = Attribute.objects.get(key="salary")
        Attribute.objects.filter(pk=salary.pk).update(sensitive=True)
        bump_version(project.pk)
        assert "123456" not in page(admin, "attribute_edit", project, salary.pk)
        assert "123,456" not in page(admin, "attribute_edit", project, salary.pk)
        user(project, "u2", attributes={"plan": "Pro"})
        EndUser.objects.filter(user_id="u2").update(attributes={})
        assert "Nobody has a value yet." in page(admin, "attribute_edit", project, Attribute.objects.get(key="plan").pk)

    def test_it_asks_as_much_whoever_has_it(self, project, admin, django_assert_max_num_queries):
        for number in range(9):
            user(project, f"u{number}", attributes={"plan": "Pro", "seats": f"no number {number}" if number else 3})
        for key in ("plan", "seats"):
            with django_assert_max_num_queries(26):
                page(admin, "attribute_edit", project, Attribute.objects.get(key=key).pk)


class TestRegistry:
    def test_many_attributes_are_paged(self, project, admin, django_assert_max_num_queries):
        user(project, "u1", attributes={f"key_{number:03}": 1 for number in range(95)})
        with django_assert_max_num_queries(15):
            first = page(admin, "registry", project)
        assert "<strong>105</strong>" in first
        assert "1 to 50 of 105" in first
        assert "key_039" in first
        assert "key_040" not in first
        last = page(admin, "registry", project, page=3)
        assert "101 to 105 of 105" in last
        assert "key_094" in last
        assert "page=2" in last
        for odd in ("0", "-1", "x", "99", "²"):
            page(admin, "registry", project, page=odd)
        found = page(admin, "registry", project, q="key_09")
        assert "<strong>5</strong>" in found
        assert "Pages" not in found

    def test_it_says_what_an_attribute_is_and_how_it_is_set(self, project, admin):
        user(project, "u1", name="Maya", attributes={"plan": "Pro", "seats": 3})
        refresh_coverage_of(project, timezone.now())
        html = page(admin, "registry", project)
        for words in ("Jimer ID", "Automatic", "user:email", "user:attributes", "True or false", "1<span", "100%"):
            assert words in html, words
        assert "Users with a value were counted" in html

    def test_before_the_first_count_it_says_that_the_worker_is_missing(self, project, admin):
        assert "Nothing is counted yet: the worker is not running" in page(admin, "registry", project)

    def test_with_figures_too_it_says_since_when_counts_wait(self, project, admin, now):
        user(project, "u1")
        refresh_coverage_of(project, now)
        WorkerBeat.objects.create(worker="w", at=now - timedelta(hours=2))
        for name in ("registry", "users_list"):
            html = page(admin, name, project)
            assert "the worker is not running, it was last seen" in html
            assert "2 h ago" in html

    def test_the_recommended_ones_that_are_there(self, project, admin):
        user(project, "u1", email="maya@example.com", attributes={"plan": "Pro"})
        refresh_coverage_of(project, timezone.now())
        html = page(admin, "registry", project)
        assert "Recommended: 3 of 9 received" in html
        assert "feature_usage: [" in html

    @pytest.mark.parametrize(
        ("query", "there", "absent"),
        [
            ({"q": "PLA"}, ">plan<", ">seats<"),
            ({"q": "subscription tier"}, ">plan<", ">seats<"),
            ({"type": "number"}, ">seats<", ">plan<"),
            ({"source": "native"}, "Jimer ID", ">plan<"),
            ({"state": "archived"}, ">old<", ">plan<"),
            ({"state": "sensitive"}, ">secret<", ">plan<"),
        ],
    )
    def test_filters(self, project, admin, query, there, absent):
        user(project, "u1", attributes={"plan": "Pro", "seats": 3, "old": 1, "secret": "s"})
        Attribute.objects.filter(key="old").update(archived=True)
        Attribute.objects.filter(key="secret").update(sensitive=True)
        Attribute.objects.filter(key="plan").update(description="The subscription tier.")
        html = page(admin, "registry", project, **query)
        table = html[html.index('aria-label="All attributes"') :]
        assert there in table
        assert absent not in table

    def test_keys_that_differ_only_in_case_are_pointed_out(self, project, admin):
        user(project, "u1", attributes={"Plan": "Pro", "plan": "Pro"})
        assert "Plan and plan differ only in case" in page(admin, "registry", project)

    def test_as_many_queries_for_many_as_for_few(self, project, admin, django_assert_num_queries):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        user(project, "u1", attributes={"a": 1})
        page(admin, "registry", project)
        with CaptureQueriesContext(
            connection,
        ) as few:
            page(admin, "registry", project)
        count = len(few)
        user(project, "u1", attributes={f"k{n}": n for n in range(60)})
        page(admin, "registry", project)
        with django_assert_num_queries(count):
            page(admin, "registry", project)

    def test_only_admins_change_it(self, project):
        user(project, "u1", attributes={"plan": "Pro"})
        plan = Attribute.objects.get(key="plan")
        editor = signed_in(project, "editor")
        assert '<form method="post" class="form card"' not in page(editor, "attribute_edit", project, plan.pk)
        for name, args in (("attribute_edit", [plan.pk]), ("attribute_new", []), ("attribute_delete", [plan.pk]),
                           ("attribute_type", [plan.pk])):  # fmt: skip
            assert editor.post(reverse(name, args=[project.slug, *args]), {"name": "x"}).status_code == 403

    def test_what_an_admin_changes_is_known_to_the_next_call(self, project, admin):
        user(project, "u1", attributes={"plan": "Pro"})
        plan, before = Attribute.objects.get(key="plan"), project.version
        post(admin, "attribute_edit", project, plan.pk, name="Plan", description="Tier", sensitive="on")
        plan.refresh_from_db()
        project.refresh_from_db()
        assert (plan.name, plan.sensitive) == ("Plan", True)
        assert project.version > before

    def test_a_new_one_and_a_second_of_its_key(self, project, admin):
        post(admin, "attribute_new", project, key="team_size", type="number")
        assert Attribute.objects.get(key="team_size").type == "number"
        assert "custom.team_size is defined already" in post(
            admin, "attribute_new", project, key="team_size", type="string"
        )

    def test_it_is_deleted_only_when_no_user_has_a_value(self, project, admin):
        person = user(project, "u1", attributes={"plan": "Pro"})
        plan = Attribute.objects.get(key="plan")
        assert "users have values of it" in post(admin, "attribute_delete", project, plan.pk)
        identify(project, Call(target=person.pk, attributes={"plan": None}), SERVER, timezone.now())
        EndUser.objects.update(set_aside={plan.ref: {"value": 1}})
        assert "users have values of it" in post(admin, "attribute_delete", project, plan.pk)
        EndUser.objects.update(set_aside={})
        post(admin, "attribute_delete", project, plan.pk)
        assert not Attribute.objects.filter(key="plan").exists()

    def test_a_type_change_shows_what_would_be_lost_and_asks(self, project, admin):
        for number, value in enumerate(["12", "many"]):
            user(project, f"u{number}", attributes={"size": value})
        size = Attribute.objects.get(key="size")
        html = post(admin, "attribute_type", project, size.pk, to="number")
        assert "<strong>1</strong> stored value would convert" in html
        assert "many" in html
        again = admin.get(reverse("attribute_type", args=[project.slug, size.pk]), {"to": "number"})
        assert "<strong>1</strong> stored value would convert" in again.content.decode(), "reload and Back"
        assert "Nothing was changed" in post(admin, "attribute_type", project, size.pk, to="number", go="1")
        assert not Job.objects.filter(kind="retype").exists()
        html = post(admin, "attribute_type", project, size.pk, to="number", go="1", confirm="on")
        assert "The worker is not running" in html
        run_all_jobs()
        job = Job.objects.get(kind="retype")
        assert "Converting values: done. 1 changed, 1 set aside." in page(admin, "job_progress", project, job.pk)

    def test_the_types_of_native_ones_are_fixed(self, project, admin):
        for attribute in Attribute.objects.filter(project=project):
            address = reverse("attribute_type", args=[project.slug, attribute.pk])
            for response in (
                admin.get(address, {"to": "list"}),
                admin.post(address, {"to": "list", "go": "1", "confirm": "on"}),
            ):
                assert response["Location"] == reverse("attribute_edit", args=[project.slug, attribute.pk])
        assert "The types of native attributes are fixed." in page(admin, "registry", project)

    def test_in_a_large_project_the_worker_makes_the_preview(self, project, admin, monkeypatch):
        monkeypatch.setattr("users.writing.retype.AT_ONCE", 2)
        monkeypatch.setattr("users.writing.retype.READ", 2)
        for number, value in enumerate(["12", "many", "3", "4"]):
            user(project, f"u{number}", attributes={"size": value})
        size = Attribute.objects.get(key="size")
        admin.get(reverse("attribute_type", args=[project.slug, size.pk]), {"to": "number"})
        assert not Job.objects.exists(), "looking starts nothing"
        for _ in range(2):
            html = post(admin, "attribute_type", project, size.pk, to="number", go="1", confirm="on")
            assert "The worker is not running" in html
        job = Job.objects.get()
        run_all_jobs()
        assert "Trying the values: done." in page(admin, "job_progress", project, job.pk)
        html = post(admin, "attribute_type", project, size.pk, to="number")
        assert "<strong>3</strong> stored values would convert. <strong>1</strong> would not" in html
        post(admin, "attribute_type", project, size.pk, to="number", go="1", confirm="on")
        run_all_jobs()
        size.refresh_from_db()
        assert (size.type, size.converting) == ("number", None)
        assert Job.objects.count() == 2

    def test_samples_of_a_sensitive_one_are_dots(self, project, admin):
        user(project, "u1", attributes={"size": "many-secret"})
        Attribute.objects.filter(key="size").update(sensitive=True)
        html = post(admin, "attribute_type", project, Attribute.objects.get(key="size").pk, to="number")
        assert "many-secret" not in html


class TestTags:
    @pytest.fixture
    def vip(self, project, now):
        for number in range(3):
            tag_user(project, user(project, f"u{number}").pk, TagChange(add=["vip"]), SERVER, now)
        refresh_tag_counts(now)
        return Tag.objects.get(name="vip")

    def test_number_of_users_with_its_time(self, project, admin, vip):
        html = page(admin, "tags", project)
        assert re.search(r'\?rule=[^"]*vip[^"]*">3</a>', html)
        assert "<time" in html

    def test_search_looks_inside_names_whatever_their_case(self, project, admin, vip):
        Tag.objects.create(project=project, name="Beta EU", folded="beta eu")
        found = page(admin, "tags", project, q="ETA")
        assert (">Beta EU<" in found, ">vip<" in found) == (True, False)
        assert "No tag has zzz in its name" in page(admin, "tags", project, q="zzz")

    def test_a_new_tag(self, project, admin, vip):
        assert "was made" in post(admin, "tag_new", project, name=" design  partner ", color="pink")
        made = Tag.objects.get(name="design partner")
        assert (made.folded, made.color, made.user_count) == ("design partner", "pink", None)
        for name, color, why in (
            ("VIP", "red", "There is a tag vip already"), ("", "red", "A tag"), ("fine", "mauve", "eight colours"),
        ):  # fmt: skip
            html = post(admin, "tag_new", project, name=name, color=color)
            assert why in html
            assert 'id="new-tag" hidden' not in html
        assert Tag.objects.count() == 2
        viewer = signed_in(project, "viewer")
        assert viewer.post(reverse("tag_new", args=[project.slug]), {"name": "x", "color": "red"}).status_code == 403

    def test_rename_and_colour(self, project, admin, vip):
        post(admin, "tag_edit", project, vip.pk, name="  Very   important ", color="teal")
        vip.refresh_from_db()
        assert (vip.name, vip.folded, vip.color) == ("Very important", "very important", "teal")

    def test_a_name_that_another_has_is_refused(self, project, admin, vip):
        Tag.objects.create(project=project, name="Beta EU", folded="beta eu")
        Tag.objects.create(project=ProjectFactory(), name="mine", folded="mine")
        html = post(admin, "tag_edit", project, vip.pk, name="beta eu", color="red")
        assert "vip was not renamed: there is a tag Beta EU already" in html
        assert 'value="beta eu"' in html, "what was typed stays"
        assert "was saved" in post(admin, "tag_edit", project, vip.pk, name="mine", color="red")

    @pytest.mark.parametrize("data", [{"name": ""}, {"name": "x" * 51}, {"name": "vip", "color": "mauve"}])
    def test_bad_names_and_colours(self, project, admin, vip, data):
        post(admin, "tag_edit", project, vip.pk, **{"color": "red", **data})
        vip.refresh_from_db()
        assert (vip.name, vip.color) != ("", "red")

    def test_deleting_says_what_waits_and_takes_it_off(self, project, admin, vip):
        html = post(admin, "tag_delete", project, vip.pk)
        assert "Taking vip off its users" in html
        assert "The worker is not running" in html
        post(admin, "tag_delete", project, vip.pk)
        assert Job.objects.filter(kind="delete_tag").count() == 1
        run_all_jobs()
        assert "No tags yet" in page(admin, "tags", project)

    def test_viewers_look_only(self, project, vip):
        viewer = signed_in(project, "viewer")
        assert "<dialog" not in page(viewer, "tags", project).split("<main")[1].split("</main>")[0]
        assert viewer.post(reverse("tag_delete", args=[project.slug, vip.pk])).status_code == 403


class TestIngestLog:
    def test_each_verdict_is_in_words(self, project, admin, now):
        user(project, "u1", name="Maya", attributes={"seats": 3, "plan": "Pro"})
        later = now + timedelta(seconds=1)
        identify(project, Call(user_id="u1", attributes={"seats": "many"}), SERVER, later)
        identify(project, Call(user_id="u1", attributes={"seats": "4"}), SERVER, later)
        old = now - timedelta(days=1)
        identify(project, Call(user_id="u1", attributes={"plan": "Free"}, timestamp=old), SERVER, later)
        with pytest.raises(Refused):
            identify(project, Call(user_id="undefined"), SNIPPET, later)
        html = page(admin, "ingest_log", project)
        for words in ("is not a number", "Came too late", "Converted", "Identify refused", "partly stored", "Billing"):
            assert words in html, words
        assert f'id="entry-{IngestEntry.objects.latest("pk").pk}"' in html
        assert html.count("is nobody&#x27;s id") == 1

    def test_all_but_the_first_verdicts_of_a_call_are_folded(self, project, admin, now):
        identify(project, Call(user_id="u1", attributes={f"k{n:03}": {"a": 1} for n in range(200)}), SERVER, now)
        shown, _, folded = page(admin, "ingest_log", project).partition("<summary>195 more</summary>")
        counted = [len(re.findall(r">\s*custom\.k", part)) for part in (shown, folded)]
        assert counted == [5, 195]
        assert "more</summary>" not in page(admin, "ingest_log", project, key="k007")

    def test_filters(self, project, admin, now):
        identify(project, Call(user_id="u1", attributes={"plan": "Pro", "n": {"a": 1}}), SERVER, now)
        identify(project, Call(user_id="u2", attributes={"m": {"a": 1}}), SERVER, now)
        assert "custom.m" not in page(admin, "ingest_log", project, user="u1")
        assert "custom.n" not in page(admin, "ingest_log", project, key="M")
        assert "custom.m" in page(admin, "ingest_log", project, key="M")
        assert "No call fits" in page(admin, "ingest_log", project, show="stale")
        assert "custom.m" in page(admin, "ingest_log", project, show="rejected")
        assert "No user has the id nobody" in page(admin, "ingest_log", project, user="nobody")
        whole = page(admin, "ingest_log", project, user="u1", show="all")
        assert "custom.n" in whole
        assert "custom.plan" in whole

    def test_a_user_has_also_what_their_visitor_sent(self, project, admin, now):
        user(project, "u1")
        identify(project, Call(jimer_id="b", attributes={"n": {"a": 1}}), SNIPPET, now)
        identify(project, Call(jimer_id="b", user_id="u1"), SNIPPET, now)
        assert "custom.n" in page(admin, "ingest_log", project, user="u1")

    def test_calls_of_one_instant_are_all_on_some_page(self, project, admin, now):
        calls = [Call(user_id=f"u{n}", attributes={f"k{n}": {"a": 1}}) for n in range(120)]
        identify_batch(project, calls, SERVER, now)
        seen, query = set(), {}
        for _ in range(4):
            response = admin.get(reverse("ingest_log", args=[project.slug]), query)
            seen |= {line.anchor for line in response.context["page"].lines}
            query = {"before": response.context["next"]}
            if not query["before"]:
                break
        assert len(seen) == 120

    def test_history_and_calls_of_one_instant_are_all_on_some_page(self, project, admin, now):
        for number in range(70):
            at = now + timedelta(seconds=number // 7)
            identify(project, Call(user_id="u1", attributes={"n": number, "bad": {"a": 1}}), SERVER, at)
        seen, query = [], {"user": "u1", "show": "all"}
        while len(seen) < 500:
            response = admin.get(reverse("ingest_log", args=[project.slug]), query)
            seen += [line.key for line in response.context["page"].lines]
            if not response.context["next"]:
                break
            query["before"] = response.context["next"]
        assert len(seen) == len(set(seen)) == 140
        assert seen == sorted(seen, reverse=True)

    def test_a_filter_that_few_lines_pass_hands_on(self, project, admin, now, monkeypatch):
        monkeypatch.setattr("users.showing.ingest_lines.SCAN", 5)
        identify(project, Call(user_id="u0", attributes={"rare": {"a": 1}}), SERVER, now)
        for number in range(7):
            identify(project, Call(user_id="u1", attributes={f"k{number}": {"a": 1}}), SERVER, now)
        response = admin.get(reverse("ingest_log", args=[project.slug]), {"key": "rare"})
        assert "Look further back" in response.content.decode()
        html = page(admin, "ingest_log", project, key="rare", before=response.context["next"])
        assert "custom.rare" in html

    def test_unchanged_calls_are_a_count_a_minute(self, project, admin, now):
        minute = now.replace(second=0, microsecond=0)
        for count in (3, 4):
            CallCount.objects.create(project=project, minute=minute, origin_kind="key", unchanged=count)
        html = page(admin, "ingest_log", project, show="all")
        assert "7 calls in this minute changed nothing" in html
        assert "in the last hour: <strong>7</strong>" in html

    @pytest.mark.parametrize("strict", [False, True])
    @pytest.mark.parametrize("key", ["salary", " salary "])
    def test_what_was_sent_for_a_sensitive_attribute_is_not_shown(self, project, admin, now, strict, key):
        user(project, "u1", attributes={"salary": 3})
        Attribute.objects.filter(key="salary").update(sensitive=True)
        from users.registry.attributes import bump_version

        bump_version(project.pk)
        call = Call(user_id="u1", attributes={key: "top-secret"}, strict=strict)
        try:
            identify(project, call, SERVER, now)
        except Refused:
            assert strict
        html = page(admin, "ingest_log", project)
        assert "salary" in html
        assert "top-secret" not in html

    @pytest.mark.parametrize(
        "before", ["x", "2024-01-01~1~1", "2024-01-01T00:00:00+00:00~1~99999999999999999999", "~~"]
    )
    def test_odd_cursors(self, project, admin, before):
        page(admin, "ingest_log", project, before=before)

    def test_another_projects_calls_are_not_here(self, project, admin, now):
        other = ProjectFactory()
        identify(other, Call(user_id="u1", attributes={"theirs": {"a": 1}}), SERVER, now)
        assert "theirs" not in page(admin, "ingest_log", project)
        assert "theirs" not in page(admin, "ingest_log", project, user="u1")
