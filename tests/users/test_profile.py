"""The profile: rows and their order, where to fix each, differences, refusals, edits, history, secrets."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import SERVER, SNIPPET, ProjectFactory, member, user, value_of
from users.api.profiles import user_json
from users.finding.search import search
from users.models import Attribute, AttributeChange, EndUser, IngestEntry, Job, Merge, Project, ProjectPreference
from users.registry.attributes import bump_version, registry_of
from users.showing import profile
from users.showing.feeds import FeedsOf
from users.showing.fixes import fix_for
from users.writing.calls import Call, Origin, TagChange
from users.writing.edits import edit_value
from users.writing.identify import identify

pytestmark = pytest.mark.django_db

HUBSPOT = Origin("sync", None, "HubSpot")
ROW = Origin("import", 212, "april.csv row 212")
ALEX = Origin("member", 1, "Alex Rivera")


@pytest.fixture
def maya(project, now):
    identify(project, Call(user_id="maya", jimer_id="laptop", name="Maya", email="m@x.io", activity=True,
                           attributes={"plan": "Pro", "Team Size": 12}), SNIPPET, now)  # fmt: skip
    identify(
        project,
        Call(user_id="maya", source="hubspot", attributes={"plan": "Enterprise", "team_size": 12}),
        HUBSPOT,
        now,
    )
    return EndUser.objects.get()


@pytest.fixture
def sign_in(project):
    def enter(role="editor"):
        client = Client()
        client.force_login(member(project, role, name="Edith Moreau"))
        return client

    return enter


def tab(project, person, **options):
    person = EndUser.objects.select_related("provenance").get(pk=person.pk)
    return profile.build(person, registry_of(project), tags=[], slug=project.slug, **options)


def row(project, person, field):
    return next(item for item in tab(project, person).rows if item.field == field)


def address(project, person, rest=""):
    return f"/p/{project.slug}/users/{person.pk}/{rest}"


def test_lines_become_items_of_the_types_that_the_lists_have(project, sign_in):
    user(project, "u1", attributes={"rooms": [1, 2.5], "codes": ["7"], "flags": [True], "mixed": ["x", "y", 3]})
    person, client = user(project, "u2", attributes={"codes": ["7", "8"]}), sign_in()
    user(project, "u3", attributes={"codes": [7, 8, 9, 10]})
    for key, text in {"rooms": "2\n3.0\nten", "flags": "TRUE\nno", "mixed": "3\nx"}.items():
        client.post(address(project, person, "values/new/"), {"key": key, "value": text}, HTTP_HX_REQUEST="true")
    ref = registry_of(project).find("custom.codes").ref
    stored = json.dumps(["7", "8"])
    form = {"value": "7\n8\n9", "expected": stored}  # most codes are numbers, those that this user has stay texts
    client.post(address(project, person, f"values/{ref}/edit/"), form, HTTP_HX_REQUEST="true")
    assert value_of(project, person, "custom.rooms") == [2, 3, "ten"]
    assert value_of(project, person, "custom.flags") == [True, "no"]
    assert value_of(project, person, "custom.mixed") == ["3", "x"]
    assert value_of(project, person, "custom.codes") == ["7", "8", 9]


class TestRows:
    def test_native_in_the_seeds_order_then_custom_then_integrations(self, project, maya):
        groups = tab(project, maya).groups
        assert [group.source for group in groups] == ["native", "custom", "hubspot"]
        assert [item.key for item in groups[0].rows] == [
            "jimer_id", "user_id", "name", "email", "language", "first_seen", "last_activity", "sessions", "created", "tags",
        ]  # fmt: skip
        assert [item.key for item in groups[1].rows] == ["plan", "Team Size"]

    def test_pins_come_first_and_the_flat_list_is_by_time(self, project, maya, now):
        groups = tab(project, maya, pins=["hubspot.plan", "custom.plan"]).groups
        assert [item.field for item in groups[0].rows] == ["hubspot.plan", "custom.plan"]
        identify(project, Call(user_id="maya", attributes={"newest": 1}), SERVER, now + timedelta(hours=1))
        assert tab(project, maya, order="updated").groups[0].rows[0].key == "newest"

    def test_archived_and_unset_attributes_fold_away(self, project, maya):
        user(project, "other", attributes={"only_theirs": 1})
        Attribute.objects.filter(source="custom", key="plan").update(archived=True)
        bump_version(project.pk)
        data = tab(project, maya)
        assert [item.field for item in data.archived] == ["custom.plan"]
        assert [item.key for item in data.unset] == ["only_theirs"]

    def test_differences_ignore_case_spaces_and_dashes_and_equal_values(self, project, maya):
        assert row(project, maya, "custom.plan").difference == "HubSpot says Enterprise"
        assert row(project, maya, "custom.Team Size").others == []

    def test_the_newest_refusal_is_on_the_row_and_goes_with_the_next_good_value(self, project, maya, now):
        identify(project, Call(user_id="maya", attributes={"Team Size": "abc"}), SNIPPET, now + timedelta(minutes=1))
        found = row(project, maya, "custom.Team Size").refusal
        assert (found.verdict, found.reason) == ("rejected", '"abc" is not a number. Send a number such as 42 or 3.5.')
        assert found.entry == IngestEntry.objects.get().pk
        identify(project, Call(user_id="maya", attributes={"Team Size": 13}), SNIPPET, now + timedelta(minutes=2))
        assert row(project, maya, "custom.Team Size").refusal is None

    def test_a_key_that_was_never_stored_is_told_apart(self, project, maya, now):
        identify(project, Call(user_id="maya", attributes={"address": {"city": "Lyon"}}), SNIPPET, now)
        assert [item.key for item in tab(project, maya).never_stored] == ["address"]

    def test_chips_count(self, project, maya):
        assert tab(project, maya).filters == [
            ("all", "All", 14), ("native", "Native", 10), ("custom", "Custom", 2), ("hubspot", "HubSpot", 2), ("differ", "Differ", 2),
        ]  # fmt: skip

    def test_the_page_needs_a_constant_number_of_queries(
        self, project, maya, sign_in, django_assert_max_num_queries, now
    ):
        client = sign_in()
        client.get(address(project, maya))
        with django_assert_max_num_queries(16):
            client.get(address(project, maya))
        identify(project, Call(user_id="maya", attributes={f"k{n}": n for n in range(200)}), SERVER, now)
        client.get(address(project, maya))
        with django_assert_max_num_queries(16):
            assert client.get(address(project, maya)).content.count(b"data-attribute=") == 214


@pytest.mark.parametrize(
    ("field", "origin", "words"),
    [
        ("native.jimer_id", SNIPPET, "Kept by Jimo from what the snippet reports. It cannot be edited."),
        ("native.sessions", SNIPPET, "Kept by Jimo from what the snippet reports. It cannot be edited."),
        ("native.email", SNIPPET, "Sent by your app with user:email."),
        ("native.user_id", SNIPPET, "Sent by your app with identify."),
        ("native.name", SERVER, "Your server sends this with the key Billing."),
        ("custom.plan", SNIPPET, "Your web app sends this with user:attributes; search its code for plan."),
        ("custom.plan", SERVER, "Your server sends this with the key Billing."),
        ("custom.plan", ROW, "Row 212 of april.csv. Correct the file and import again, or edit here."),
        ("custom.plan", ALEX, "Alex Rivera set this on 3 May. The next value your app sends replaces it."),
        (
            "hubspot.plan",
            HUBSPOT,
            "Read from the HubSpot property plan. Change it in HubSpot.",
        ),
    ],
)
def test_where_to_fix(project, maya, field, origin, words):
    at = timezone.now().replace(month=5, day=3, hour=12)
    entry = {
        "t": int(at.timestamp() * 1000),
        "r": int(at.timestamp() * 1000),
        "k": origin.kind,
        "o": origin.id,
        "l": origin.label,
    }
    fix = fix_for(registry_of(project).find(field), entry, project.slug, FeedsOf(project.pk))
    assert fix.words == words
    assert fix.url.startswith(f"/p/{project.slug}/") or "No HubSpot connection exists" in fix.trouble


class TestEdits:
    def edit(self, client, project, person, field, value, expected=..., **headers):
        ref = registry_of(project).find(field).ref
        shown = value_of(project, person, field) if expected is ... else expected
        body = {"value": value, "expected": json.dumps(shown)}
        return client.post(address(project, person, f"values/{ref}/edit/"), body, HTTP_HX_REQUEST="true", **headers)

    def test_an_edit_goes_through_the_write_path_with_the_member_as_origin(self, project, maya, sign_in):
        response = self.edit(sign_in(), project, maya, "custom.plan", "Team")
        assert response.status_code == 200
        assert value_of(project, maya, "custom.plan") == "Team"
        change = AttributeChange.objects.latest("pk")
        assert (change.origin_kind, change.origin_label) == ("member", "Edith Moreau")
        undo = json.loads(response["HX-Trigger"])["toast"]["undo"]
        assert sign_in().post(undo).status_code == 200
        assert value_of(project, maya, "custom.plan") == "Pro"

    def test_undo_never_overwrites_something_newer(self, project, maya, sign_in, now):
        undo = json.loads(self.edit(sign_in(), project, maya, "custom.plan", "Team")["HX-Trigger"])["toast"]["undo"]
        identify(project, Call(user_id="maya", attributes={"plan": "Newest"}), SERVER, timezone.now())
        assert sign_in().post(undo).status_code == 409
        assert value_of(project, maya, "custom.plan") == "Newest"

    def test_a_value_that_changed_meanwhile_is_shown_and_kept(self, project, maya, sign_in):
        response = self.edit(sign_in(), project, maya, "custom.plan", "Mine", expected="Older")
        assert response.status_code == 409
        assert "became" in response.content.decode()
        assert value_of(project, maya, "custom.plan") == "Pro"

    @pytest.mark.parametrize(
        ("field", "value"), [("custom.Team Size", "many"), ("custom.Team Size", ""), ("native.name", "x" * 701)]
    )
    def test_what_does_not_fit_is_refused_in_words(self, project, maya, sign_in, field, value):
        expected = "Maya" if field == "native.name" else 12
        response = self.edit(sign_in(), project, maya, field, value, expected=expected)
        assert response.status_code == 422
        assert 'role="alert"' in response.content.decode()

    @pytest.mark.parametrize("field", ["hubspot.plan", "native.sessions", "native.user_id", "native.tags"])
    def test_what_is_locked_says_why(self, project, maya, sign_in, field):
        response = self.edit(sign_in(), project, maya, field, "x", expected=None)
        assert response.status_code == 409
        assert len(response.content) > 20

    @pytest.mark.parametrize("stored", ["one\r\ntwo", "one\ntwo\rthree", "\nfirst", "many words " * 9])
    def test_a_text_keeps_its_line_breaks(self, project, maya, sign_in, now, stored):
        identify(project, Call(user_id="maya", attributes={"plan": stored}), SERVER, now)
        ref, client = registry_of(project).find("custom.plan").ref, sign_in()
        form = client.get(address(project, maya, f"values/{ref}/edit/"), HTTP_HX_REQUEST="true").content.decode()
        assert "data-enter-saves" in form
        written = AttributeChange.objects.count()
        as_browsers_send_it = "\r\n".join(stored.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
        self.edit(client, project, maya, "custom.plan", as_browsers_send_it, expected=stored)
        assert value_of(project, maya, "custom.plan") == stored
        assert AttributeChange.objects.count() == written
        self.edit(client, project, maya, "custom.plan", "new\r\nlines", expected=stored)
        assert value_of(project, maya, "custom.plan") == ("new\r\nlines" if "\r\n" in stored else "new\nlines")

    def test_remove_and_take_back(self, project, maya, sign_in):
        ref = registry_of(project).find("custom.plan").ref
        response = sign_in().post(address(project, maya, f"values/{ref}/remove/"), HTTP_HX_REQUEST="true")
        assert value_of(project, maya, "custom.plan") is None
        sign_in().post(json.loads(response["HX-Trigger"])["toast"]["undo"])
        assert value_of(project, maya, "custom.plan") == "Pro"

    def test_add_a_defined_attribute_and_a_new_one(self, project, maya, sign_in):
        user(project, "other", attributes={"seats": 5})
        ref = registry_of(project).find("custom.seats").ref
        url = address(project, maya, "values/new/")
        assert sign_in().post(url, {"ref": ref, "value": "7"}, HTTP_HX_REQUEST="true").status_code == 200
        assert value_of(project, maya, "custom.seats") == 7
        assert 'name="type"' not in sign_in("editor").get(url + "?key=beta").content.decode()
        new = {"key": "beta", "type": "boolean", "value": "true"}
        assert sign_in("editor").post(url, new, HTTP_HX_REQUEST="true").status_code == 403
        assert sign_in("admin").post(url, {**new, "value": "maybe"}, HTTP_HX_REQUEST="true").status_code == 422
        assert not Attribute.objects.filter(key="beta").exists()
        assert sign_in("admin").post(url, new, HTTP_HX_REQUEST="true").status_code == 200
        assert value_of(project, maya, "custom.beta") is True


class TestTypeChanges:
    def test_history_draws_what_a_type_change_left_behind_as_text(self, project, maya, sign_in, now):
        for value in ("iOS", "Android"):
            identify(project, Call(user_id="maya", attributes={"os": value}), SERVER, now)
        Attribute.objects.filter(key="os").update(type="date")
        bump_version(project.pk)
        html = sign_in().get(address(project, maya, "?tab=history")).content.decode()
        assert "iOS" in html
        assert "Android" in html

    @pytest.mark.parametrize(("to", "key"), [("string", "Team Size"), ("list", "plan"), ("date", "plan")])
    def test_leftovers_count_as_absent_while_a_type_change_runs(self, project, maya, sign_in, now, to, key):
        job = Job.objects.create(project=project, kind="retype", state="running")
        Attribute.objects.filter(source="custom", key=key).update(type=to, converting=job)
        bump_version(project.pk)
        response = sign_in().get(address(project, maya))
        assert key in [item.key for item in response.context["data"].unset]
        fields = [(item["source"], item["key"]) for item in user_json(maya, registry_of(project))["attributes"]]
        assert ("custom", key) not in fields
        ref = registry_of(project).find(f"custom.{key}").ref
        value = "2024-01-02" if to == "date" else "new"
        body = {"value": value, "expected": "null"}
        edited = sign_in().post(address(project, maya, f"values/{ref}/edit/"), body, HTTP_HX_REQUEST="true")
        assert edited.status_code == 200


class TestSecrets:
    @pytest.fixture
    def secret(self, project, maya, now):
        for value in ("hunter1", "hunter2"):
            identify(project, Call(user_id="maya", attributes={"token": value}), SERVER, now)
        identify(project, Call(user_id="maya", attributes={"token": ["hunter3", None]}), SERVER, now)
        Attribute.objects.filter(key="token").update(sensitive=True)
        bump_version(project.pk)
        return registry_of(project).find("custom.token")

    def test_sensitive_values_are_in_no_page(self, project, maya, secret, sign_in):
        client = sign_in("admin")
        ProjectPreference.objects.create(
            project=project, account=project.members.get().account, columns=["custom.token"]
        )
        pages = [
            address(project, maya), address(project, maya, "?tab=history"), address(project, maya, f"values/{secret.ref}/"),
            address(project, maya, f"values/{secret.ref}/?menu=1"), address(project, maya, f"values/{secret.ref}/edit/"),
            f"/p/{project.slug}/users/", f"/p/{project.slug}/data/ingest/?show=all&user=maya", f"/p/{project.slug}/data/attributes/",
        ]  # fmt: skip
        for page in pages:
            assert "hunter" not in client.get(page).content.decode(), page

    def test_a_sensitive_name_and_email_are_nowhere_nor_found(self, project, maya, sign_in):
        Attribute.objects.filter(source="native", key__in=("name", "email")).update(sensitive=True)
        bump_version(project.pk)
        client = sign_in("admin")
        for page in (address(project, maya), f"/p/{project.slug}/users/", f"/p/{project.slug}/settings/install/"):
            html = client.get(page).content.decode()
            assert "Maya" not in html, page
            assert "m@x.io" not in html, page
        assert "maya" in client.get(f"/p/{project.slug}/users/").content.decode(), "named by the user id"
        found = {text: bool(search(Project.objects.get(), text)) for text in ("m@x.io", "laptop", "maya")}
        assert found == {"m@x.io": False, "laptop": True, "maya": True}

    def test_editors_reveal_one_viewers_none(self, project, maya, secret, sign_in):
        url = address(project, maya, f"values/{secret.ref}/reveal/")
        assert "hunter2" in sign_in("editor").post(url).json()["html"]
        assert sign_in("viewer").post(url).status_code == 403

    def test_they_are_not_searched_by_value(self, project, secret, maya, sign_in):
        response = sign_in().get(f"/p/{project.slug}/users/?has=custom.token&value=hunter2", follow=True)
        assert response.context["count"].number == 0


@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'-alert(1)-'", "javascript:alert(1)"]
)
def test_whatever_a_snippet_sends_is_escaped_everywhere(project, sign_in, now, evil):
    identify(project, Call(user_id=evil, jimer_id="x" + evil, name=evil, email=evil, language=evil,
                           attributes={evil[:90]: evil, "list": [evil], "n": 1}), SNIPPET, now)  # fmt: skip
    identify(project, Call(user_id=evil, attributes={"n": evil}), SNIPPET, now)
    person = EndUser.objects.get()
    client = sign_in("admin")
    tagged = evil[:50]
    client.post(address(project, person, "tags/"), {"add": tagged})
    ref = registry_of(project).by_field("custom", evil[:90].strip()).ref
    for page in ("", "?tab=history", f"values/{ref}/", f"values/{ref}/?menu=1", f"values/{ref}/edit/"):
        html = client.get(address(project, person, page)).content.decode()
        assert evil not in html.replace("&#x27;", "") or "<" not in evil, page
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert 'href="javascript:' not in html
    for page in (
        "users/",
        f"users/?q={evil[:5]}",
        "data/ingest/",
        "data/attributes/",
        "data/tags/",
        "settings/install/",
    ):
        html = client.get(f"/p/{project.slug}/{page}").content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html


class TestLive:
    def test_304_until_something_changes(self, project, maya, sign_in):
        client = sign_in("viewer")
        etag = client.get(address(project, maya))["ETag"]
        ask = {"HTTP_IF_NONE_MATCH": etag, "HTTP_X_LIVE": "1", "HTTP_HX_REQUEST": "true"}
        assert client.get(address(project, maya), **ask).status_code == 304
        identify(project, Call(user_id="maya", attributes={"plan": "Team"}), SNIPPET, timezone.now())
        assert client.get(address(project, maya), **ask).status_code == 200

    def test_a_refused_call_and_a_tag_change_it_too(self, project, maya, sign_in):
        client = sign_in()
        seen = {client.get(address(project, maya))["ETag"]}
        identify(project, Call(user_id="maya", attributes={"Team Size": "x"}), SNIPPET, timezone.now())
        seen.add(client.get(address(project, maya))["ETag"])
        client.post(address(project, maya, "tags/"), {"add": "vip"})
        seen.add(client.get(address(project, maya))["ETag"])
        assert len(seen) == 3

    def test_pins_and_order_are_the_members_and_change_it_too(self, project, maya, sign_in):
        client, other = sign_in(), sign_in()
        seen = {client.get(address(project, maya))["ETag"]}
        client.post(address(project, maya, "values/email/pin/"))
        seen.add(client.get(address(project, maya))["ETag"])
        client.post(address(project, maya, "order/"), {"order": "updated"})
        response = client.get(address(project, maya))
        assert len(seen | {response["ETag"]}) == 3
        assert response.context["data"].groups[0].title == "Newest first"
        assert other.get(address(project, maya)).context["order"] == "source"

    def test_a_page_stays_a_page_when_it_asks_for_news(self, project, maya, sign_in):
        html = sign_in().get(address(project, maya, "?tab=data&page=1"), HTTP_HX_REQUEST="true").content.decode()
        assert "<h2>Maya</h2>" not in html
        assert "data-panel-handle" not in html


def test_the_data_search_finds_what_is_shown(project, maya, now):
    values = {"signup": "2026-04-27", "revenue": 16520000, "notes": "x" * 300 + "needle", "topics": ["a b", "c"]}
    identify(project, Call(user_id="maya", attributes=values), SERVER, now)
    texts = {item.key: item.text for item in tab(project, maya).rows}
    for key, typed in [
        ("signup", "27 apr"),
        ("revenue", "16,520"),
        ("revenue", "16520"),
        ("notes", "needle"),
        ("topics", "a b, c"),
    ]:
        assert typed in texts[key], key


def test_groups_lead_to_where_their_values_are_fixed(project, maya, sign_in):
    links = {group.source: group.fix.url for group in tab(project, maya).groups}
    assert links["hubspot"].endswith("/data/attributes/?source=hubspot")
    assert links["native"] == links["custom"] == f"/p/{project.slug}/settings/install/"


class TestHistoryAndMerges:
    def test_offers_the_users_own_attributes_and_undo_of_the_newest_hand_edit(self, project, maya, sign_in):
        user(project, "other", attributes={"only_theirs": 1})
        known = registry_of(project)
        for value in ("Team", "Free"):
            edit_value(project, maya, known.find("custom.plan"), value, ALEX, timezone.now())
        context = sign_in().get(address(project, maya, "?tab=history")).context
        assert "custom.only_theirs" not in [item.field for item in context["attributes"]]
        assert "custom.plan" in [item.field for item in context["attributes"]]
        parts = [part for line in context["history"] for part in line.parts if part.definition.key == "plan"]
        assert [part.after for part in parts if part.undo] == ["Free"]

    def test_filters_by_origin_and_attribute(self, project, maya, sign_in):
        client = sign_in("viewer")
        html = client.get(address(project, maya, "?tab=history&origin=sync")).content.decode()
        assert "HubSpot sync" in html
        assert "First seen</strong>" not in html
        ref = registry_of(project).find("custom.plan").ref
        lines = client.get(address(project, maya, f"?tab=history&attribute={ref}")).context["history"]
        assert [[part.definition.key for part in line.parts] for line in lines] == [["plan"]]

    def test_pages_by_key(self, project, maya, sign_in, now):
        for number in range(60):
            identify(project, Call(user_id="maya", attributes={"n": number}), SERVER, now)
        client, seen, url = sign_in("viewer"), [], address(project, maya, "?tab=history")
        while url:
            context = client.get(url).context
            seen += [line.change.pk for line in context["history"]]
            url = context["next"] and address(
                project, maya, f"?tab=history&before={context['next'].replace('+', '%2B')}"
            )
        assert len(seen) == len(set(seen)) == 62

    def test_undo_a_merge_from_the_page(self, project, maya, sign_in, now):
        identify(project, Call(jimer_id="phone", attributes={"os": "iOS"}), SNIPPET, now)
        identify(project, Call(jimer_id="phone", user_id="maya"), SNIPPET, now)
        absorbed = Merge.objects.get().absorbed
        assert sign_in("viewer").get(address(project, absorbed))["Location"] == address(project, maya)
        client = sign_in("editor")
        assert "Undo this merge" in client.get(address(project, maya, "?tab=history")).content.decode()
        answer = client.post(address(project, maya, f"merges/{Merge.objects.get().pk}/undo/"))
        assert answer["Location"] == address(project, absorbed, "?tab=history")
        assert value_of(project, maya, "custom.os") is None
        assert sign_in("viewer").get(address(project, absorbed)).status_code == 200
        assert "Undone" in client.get(address(project, maya, "?tab=history")).content.decode()


class TestTags:
    def test_options_are_searched_where_there_are_too_many(self, project, maya, sign_in, monkeypatch):
        monkeypatch.setattr("users.views.user_tags.MOST_OPTIONS", 1)
        client = sign_in()
        for name in ("Beta eu", "Alpha"):
            client.post(address(project, maya, "tags/"), {"add": name})
        assert len(client.get(address(project, maya, "tags/options/")).json()) == 1
        found = client.get(address(project, maya, "tags/options/?q=TA%20E")).json()
        assert [item["name"] for item in found] == ["Beta eu"]

    def test_add_remove_and_refuse(self, project, maya, sign_in):
        client, url = sign_in(), address(project, maya, "tags/")
        answer = client.post(url, {"add": "Beta eu"}, HTTP_X_REQUESTED_WITH="fetch").json()
        assert "Remove tag Beta eu" in answer["chips"]
        assert client.post(url, {"add": "x" * 51}, HTTP_X_REQUESTED_WITH="fetch").status_code == 422
        options = client.get(address(project, maya, "tags/options/")).json()
        assert [(item["name"], item["has"]) for item in options] == [("Beta eu", "all")]
        client.post(url, {"remove": "beta EU"})
        assert not maya.user_tags.exists()

    def test_pins_are_per_member(self, project, maya, sign_in):
        ref = registry_of(project).find("custom.plan").ref
        client = sign_in("viewer")
        client.post(address(project, maya, f"values/{ref}/pin/"))
        assert client.get(address(project, maya)).context["data"].groups[0].title == "Pinned"
        assert sign_in("viewer").get(address(project, maya)).context["data"].groups[0].title == ""


def test_erasing_asks_for_the_number(project, maya, sign_in):
    client = sign_in("admin")
    client.post(address(project, maya, "erase/"), {"number": ""})
    assert EndUser.objects.exists()
    client.post(address(project, maya, "erase/"), {"number": "1", "block": "on"})
    assert not EndUser.objects.exists()


def test_tags_of_a_stranger_stay_out(project, maya, now):
    other = ProjectFactory()
    person = user(other, "theirs")
    identify(other, Call(target=person.pk, tags=TagChange(add=["secret"])), SERVER, now)
    client = Client()
    client.force_login(member(project, "admin"))
    assert "secret" not in client.get(f"/p/{project.slug}/data/tags/").content.decode()


def test_a_rows_menu_leads_to_all_that_is_known_of_its_attribute(project, maya, sign_in):
    plan = registry_of(project).find("custom.plan")
    menu = sign_in("viewer").get(address(project, maya, f"values/{plan.ref}/?menu=1")).content.decode()
    assert f'href="/p/{project.slug}/data/attributes/{plan.id}/"' in menu
