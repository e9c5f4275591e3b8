"""Data Management: the registry, tags, the ingest log."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import SERVER, SNIPPET, ProjectFactory, member, user
from users.attributes import registry_of
from users.calls import Call, Refused
from users.figures import cover
from users.identify import identify
from users.jobs.machinery import run_all
from users.models import Attribute, CallCount, EndUser, Tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(project):
    found = Client()
    found.force_login(member(project, "admin"))
    return found


class TestRegistry:
    def url(self, project, rest=""):
        return f"/p/{project.slug}/data/attributes/{rest}"

    def test_it_lists_all_with_type_source_and_how_it_is_set(self, project, client):
        user(project, "u1", attributes={"plan": "Pro"})
        user(project, "u1", source="hubspot", attributes={"stage": "lead"})
        cover(project, timezone.now())
        html = client.get(self.url(project)).content.decode()
        for text in (
            "identify",
            "user:email",
            "automatic",
            "user:attributes",
            "HubSpot property stage",
            "Recommended: 2 of 9 received",
        ):
            assert text in html, text

    @pytest.mark.parametrize(
        ("query", "keys"),
        [
            ("?q=pla", ["plan"]),
            ("?source=hubspot", ["stage"]),
            ("?type=number", ["sessions", "n"]),
            ("?state=archived", ["old"]),
        ],
    )
    def test_filters(self, project, client, query, keys):
        user(project, "u1", attributes={"plan": "Pro", "n": 1, "old": "x"})
        user(project, "u1", source="hubspot", attributes={"stage": "lead"})
        Attribute.objects.filter(key="old").update(archived=True)
        assert [row.key for row in client.get(self.url(project, query)).context["rows"]] == keys

    def test_keys_that_differ_only_in_case_are_warned_of(self, project, client):
        user(project, "u1", attributes={"plan": "Pro", "Plan": "Pro"})
        assert "differ only in case" in client.get(self.url(project)).content.decode()

    def test_renaming_describing_and_hiding(self, project, client):
        user(project, "u1", attributes={"plan": "Pro"})
        plan = Attribute.objects.get(key="plan")
        client.post(self.url(project, f"{plan.pk}/"), {"name": "Plan name", "description": "Tier", "sensitive": "on"})
        found = registry_of(project).find("custom.plan")
        assert (found.label, found.sensitive, found.archived) == ("Plan name", True, False)

    def test_natives_cannot_be_archived_or_deleted(self, project, client):
        email = Attribute.objects.get(key="email")
        client.post(self.url(project, f"{email.pk}/"), {"name": "Mail", "archived": "on"})
        client.post(self.url(project, f"{email.pk}/delete/"))
        email.refresh_from_db()
        assert (email.name, email.archived) == ("Mail", False)

    def test_defining_one(self, project, client):
        for form, status in (
            ({"key": "seats", "type": "number"}, 302),
            ({"key": "seats", "type": "number"}, 422),
            ({"key": "$x", "type": "number"}, 422),
        ):
            assert client.post(self.url(project, "new/"), form).status_code == status
        assert registry_of(project).find("custom.seats").type == "number"

    def test_only_one_without_values_is_deleted(self, project, client):
        user(project, "u1", attributes={"plan": "Pro"})
        plan = Attribute.objects.get(key="plan")
        assert "users have values" in client.post(self.url(project, f"{plan.pk}/delete/"), follow=True).content.decode()
        user(project, "u1", attributes={"plan": None})
        client.post(self.url(project, f"{plan.pk}/delete/"))
        assert not Attribute.objects.filter(key="plan").exists()
        assert client.get(f"/p/{project.slug}/users/{EndUser.objects.get().pk}/").status_code == 200

    def test_a_type_change_shows_what_it_would_do_first(self, project, client):
        for number, value in enumerate(["1", "2", "many"]):
            user(project, f"u{number}", attributes={"size": value})
        size = Attribute.objects.get(key="size")
        url = self.url(project, f"{size.pk}/type/")
        html = client.post(url, {"to": "number"}).content.decode()
        assert "<strong>2</strong> stored values would convert" in html
        assert "many" in html
        client.post(url, {"to": "number", "go": "1"})
        size.refresh_from_db()
        assert size.type == "string"
        client.post(url, {"to": "number", "go": "1", "confirm": "on"})
        run_all()
        assert sorted(person.attributes.get(size.ref, 0) for person in EndUser.objects.all()) == [0, 1, 2]
        lost = EndUser.objects.get(user_id="u2")
        assert "Set aside by a type change (1)" in client.get(f"/p/{project.slug}/users/{lost.pk}/").content.decode()


class TestTags:
    def test_rename_colour_and_refuse_a_twin(self, project, client):
        vip = Tag.objects.create(project=project, name="vip", folded="vip")
        Tag.objects.create(project=project, name="Beta", folded="beta")
        url = f"/p/{project.slug}/data/tags/{vip.pk}/"
        client.post(url, {"name": " V I P ", "color": "pink"})
        vip.refresh_from_db()
        assert (vip.name, vip.folded, vip.color) == ("V I P", "v i p", "pink")
        assert (
            "There is a tag BETA already"
            in client.post(url, {"name": "BETA", "color": "pink"}, follow=True).content.decode()
        )
        for form in ({"name": "", "color": "pink"}, {"name": "x", "color": "mauve"}):
            client.post(url, form)
        vip.refresh_from_db()
        assert vip.name == "V I P"


class TestIngestLog:
    @pytest.fixture
    def log(self, project, now):
        for number, person in enumerate(["maya", "sam"]):
            at = now + timedelta(seconds=number)
            identify(project, Call(user_id=person, attributes={"n": 1, "plan": "Pro"}), SERVER, at)
            identify(project, Call(user_id=person, attributes={"n": "abc", "plan": True}), SNIPPET, at)
        with pytest.raises(Refused):
            identify(project, Call(user_id="undefined"), SNIPPET, now)
        return f"/p/{project.slug}/data/ingest/"

    def lines(self, client, url):
        return client.get(url).context["lines"]

    def test_each_verdict_in_words(self, client, log):
        html = client.get(log).content.decode()
        assert "&quot;abc&quot; is not a number. Send a number such as 42 or 3.5." in html
        assert "Converted" in html
        assert "nobody&#x27;s id: probably the variable was not set yet" in html

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("", 3),
            ("?user=maya", 1),
            ("?key=plan", 2),
            ("?user=sam&key=n", 1),
            ("?show=refused", 1),
            ("?user=undefined", 1),
            ("?user=nobody", 0),
        ],
    )
    def test_filters(self, client, log, query, count):
        assert len(self.lines(client, log + query)) == count

    def test_what_was_stored_can_be_shown_too(self, client, log):
        titles = [line.title for line in self.lines(client, log + "?user=maya&show=all")]
        assert "First seen" in titles
        assert "Identify partly stored" in titles

    def test_pages_and_counts(self, project, client, log, now):
        for number in range(60):
            identify(
                project, Call(user_id="maya", attributes={"n": f"x{number}"}), SNIPPET, now + timedelta(minutes=number)
            )
        CallCount.objects.create(project=project, minute=now, origin_kind="key", unchanged=1234)
        context = client.get(log).context
        assert len(context["lines"]) == 50
        assert context["counts"] == 1234
        rest = client.get(log, {"before": context["next"]}).context["lines"]
        assert len(rest) == 13

    def test_another_projects_lines_stay_out(self, client, log, now):
        other = ProjectFactory()
        identify(other, Call(user_id="maya", attributes={"a": {"b": 1}}), SNIPPET, now)
        assert all("nested" not in str(line.verdicts) for line in self.lines(client, log))
