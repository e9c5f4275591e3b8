"""The Django admin: everything can be looked at, nothing goes around the write path."""

import re
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import AccountFactory, member, user, value_of
from users.jobs.machinery import run_all_jobs
from users.models import (
    Account,
    Attribute,
    AttributeChange,
    EndUser,
    IngestEntry,
    Project,
    ProjectMember,
    ProjectPreference,
    Tag,
)
from users.registry.attributes import bump_version, registry_of
from users.writing.calls import Call
from users.writing.identify import identify

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MODELS = list(apps.get_app_config("users").get_models())


@pytest.fixture
def client():
    found = Client()
    found.force_login(AccountFactory(is_superuser=True, is_staff=True, email="root@example.com"))
    return found


@pytest.fixture
def maya(project, snippet, now):
    person = user(project, "maya", name="Maya", attributes={"plan": "Pro"}, message_id="m")
    identify(project, Call(jimer_id="b", attributes={"x": 1}), snippet, now)
    identify(project, Call(jimer_id="b", user_id="maya", attributes={"plan": {"a": 1}}), snippet, now)
    Tag.objects.create(project=project, name="vip", folded="vip")
    member(project, "admin")
    return person


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_has_its_pages(client, maya, model):
    name = model._meta.model_name
    assert model in admin.site._registry
    assert client.get(reverse(f"admin:users_{name}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:users_{name}_changelist"), {"q": "may"}).status_code == 200
    if first := model.objects.first():
        assert client.get(reverse(f"admin:users_{name}_change", args=[first.pk])).status_code == 200


def test_the_index_groups_tables_by_what_they_are_for(client, project):
    page = client.get("/admin/")
    groups = {group["name"]: [model["object_name"] for model in group["models"]] for group in page.context["app_list"]}
    assert list(groups) == ["Users", "Segments", "Accounts", "Work", "For diagnosis"]
    assert {"Membership", "MembershipMove", "SegmentDelta", "Figure", "Identity"} <= set(groups["For diagnosis"])
    listed = [name for names in groups.values() for name in names]
    assert len(listed) == len(set(listed)) == len(admin.site._registry)
    html = page.content.decode()
    assert re.search(r'<details\s+class="folded"\s*>', html)
    inside = client.get(reverse("admin:users_identity_changelist")).content.decode()
    assert re.search(r'<details\s+class="folded"\s+open', inside), "where one is, is shown"


def test_each_page_has_the_mark_the_theme_and_a_way_back(client, project, maya):
    Account.objects.update(theme="dark")
    for address in ("/admin/", "/admin/users/", f"/admin/users/enduser/{maya.pk}/change/", "/admin/users/account/add/"):
        html = client.get(address).content.decode()
        assert "Back to Jimo" in html, address
        assert '<meta name="theme" content="dark">' in html, address
        assert " style=" not in html, address


def test_members_without_superuser_are_kept_out(project):
    account = member(project, "admin")
    account.is_staff = True
    account.save()
    client = Client()
    client.force_login(account)
    assert client.get(reverse("admin:users_enduser_changelist")).status_code == 403
    assert client.get(reverse("admin:users_project_changelist")).status_code == 403


@pytest.mark.parametrize(
    "model",
    [model for model in MODELS if model.__name__ not in ("Account", "Project", "ProjectMember")],
    ids=lambda model: model.__name__,
)
def test_nothing_else_can_be_added_changed_or_deleted(client, maya, model):
    name = model._meta.model_name
    assert client.get(reverse(f"admin:users_{name}_add")).status_code == 403
    if first := model.objects.first():
        assert client.post(reverse(f"admin:users_{name}_delete", args=[first.pk]), {"post": "yes"}).status_code == 403
        assert model.objects.filter(pk=first.pk).exists()


def test_no_secret_is_on_a_page(client, project):
    from users.accounts.keys import create_key

    key, _ = create_key(project, "Billing", ["read"], None)
    html = client.get(reverse("admin:users_apikey_change", args=[key.pk])).content.decode()
    assert key.secret_hash not in html
    html = client.get(reverse("admin:users_project_change", args=[project.pk])).content.decode()
    assert project.identity_secret not in html


def test_values_of_a_sensitive_attribute_are_dots_in_history_and_log(client, project, maya, snippet, now):
    Attribute.objects.filter(key="plan").update(sensitive=True)
    identify(project, Call(user_id="maya", attributes={"plan": "Team-secret"}), snippet, now)
    bump_version(project.pk)
    for model in (AttributeChange, IngestEntry):
        for row in model.objects.all():
            url = reverse(f"admin:users_{model._meta.model_name}_change", args=[row.pk])
            html = client.get(url).content.decode()
            assert "Team-secret" not in html
            assert "Pro&quot;" not in html
    change = AttributeChange.objects.filter(user=maya).latest("pk")
    assert "••••" in client.get(reverse("admin:users_attributechange_change", args=[change.pk])).content.decode()


@pytest.mark.parametrize("model", ["attributechange", "provenance", "merge", "searchterm"])
def test_rows_of_a_user_are_found_by_any_of_their_ids(client, maya, model):
    page = reverse(f"admin:users_{model}_changelist")
    for found in ("maya", maya.jimer_id, str(maya.pk)):
        assert client.get(page, {"q": found}).context["cl"].result_count >= 1, found
    assert client.get(page, {"q": "nobody"}).context["cl"].result_count == 0


@pytest.mark.parametrize(
    ("model", "page"), [("tag", "tags"), ("attribute", "attribute_edit"), ("projectmember", "members")]
)
def test_what_has_a_page_in_the_dashboard_links_to_it(client, project, maya, model, page):
    row = apps.get_model("users", model).objects.filter(project=project).first()
    url = reverse(page, args=[project.slug, *([row.pk] if page == "attribute_edit" else [])])
    assert f'href="{url}"' in client.get(reverse(f"admin:users_{model}_change", args=[row.pk])).content.decode()


def test_a_value_is_set_through_the_write_path(client, project, maya):
    ref = registry_of(project).find("custom.plan").ref
    url = reverse("admin:users_enduser_change", args=[maya.pk])
    client.post(url, {"attribute": ref, "value": "Team"})
    assert value_of(project, maya, "custom.plan") == "Team"
    change = AttributeChange.objects.latest("pk")
    assert (change.origin_kind, change.origin_label) == ("admin", "Django admin, root@example.com")
    client.post(url, {"attribute": ref, "remove": "on"})
    assert value_of(project, maya, "custom.plan") is None


def test_the_form_of_a_value_has_the_input_of_its_type(client, project, maya):
    user(project, "maya", attributes={"on": True, "list": ["a"]})
    url = reverse("admin:users_enduser_change", args=[maya.pk])
    for key, part in (("on", '<option value="true" selected>'), ("list", ">\na</textarea>"), ("plan", 'value="Pro"')):
        ref = registry_of(project).find(f"custom.{key}").ref
        assert part in client.get(url, {"attribute": ref}).content.decode()


def test_a_value_that_does_not_fit_says_why(client, project, maya):
    user(project, "maya", attributes={"seats": 5})
    ref = registry_of(project).find("custom.seats").ref
    url = reverse("admin:users_enduser_change", args=[maya.pk])
    assert "is not a number" in client.post(url, {"attribute": ref, "value": "many"}).content.decode()
    assert value_of(project, maya, "custom.seats") == 5
    locked = registry_of(project).find("native.sessions").ref
    client.post(url, {"attribute": locked, "value": "99"})
    maya.refresh_from_db()
    assert maya.sessions != 99


def test_the_page_links_to_the_dashboard_and_back(client, project, maya):
    html = client.get(reverse("admin:users_enduser_change", args=[maya.pk])).content.decode()
    page = reverse("user_profile", args=[project.slug, maya.pk])
    assert page in html
    assert reverse("admin:users_enduser_change", args=[maya.pk]) in client.get(page).content.decode()


def test_erasing_is_the_same_as_through_the_api(client, maya):
    url = reverse("admin:users_enduser_erase", args=[maya.pk])
    client.post(url, {"number": "2"})
    assert EndUser.objects.filter(pk=maya.pk).exists()
    client.post(url, {"number": "1"})
    assert not EndUser.objects.exists()


def test_deleting_a_project_is_a_job_that_asks_for_its_name(client, project, maya):
    url = reverse("admin:users_project_delete", args=[project.pk])
    client.post(url, {"post": "yes"})
    assert Project.objects.get().deleting_since is None
    client.post(url, {"name": project.name})
    assert Project.objects.get().deleting_since
    run_all_jobs()
    assert not Project.objects.exists()


def test_a_project_made_here_has_its_native_attributes(client):
    form = {"name": "Made here", "time_zone": "Europe/Paris", "attribute_limit": 1000, "public_attribute_limit": 200}
    client.post(reverse("admin:users_project_add"), form)
    assert Project.objects.get().attributes.filter(source="native").count() == 10


def test_the_last_admin_stays_here_too(client, project):
    account = member(project, "admin")
    row = ProjectMember.objects.get(account=account)
    client.post(reverse("admin:users_projectmember_change", args=[row.pk]), {"role": "viewer"})
    client.post(reverse("admin:users_projectmember_delete", args=[row.pk]), {"post": "yes"})
    assert ProjectMember.objects.get(account=account).role == "admin"


def test_the_account_of_the_last_admin_stays_in_use(client, project):
    account = member(project, "admin")
    page = reverse("admin:users_account_change", args=[account.pk])
    form = {"email": account.email, "name": "", "theme": "system"}
    assert "would be without an admin" in client.post(page, form).content.decode()
    delete = reverse("admin:users_account_delete", args=[account.pk])
    assert "would be without an admin" in client.post(delete, {"post": "yes"}).content.decode()
    several = {"action": "delete_selected", "_selected_action": [account.pk], "post": "yes"}
    client.post(reverse("admin:users_account_changelist"), several)
    account.refresh_from_db()
    assert account.is_active
    member(project, "admin")
    client.post(page, form)
    account.refresh_from_db()
    assert not account.is_active


def test_an_account_goes_with_its_memberships_and_preferences(client, project):
    account = member(project, "viewer")
    ProjectPreference.objects.create(project=project, account=account)
    client.post(reverse("admin:users_account_delete", args=[account.pk]), {"post": "yes"})
    assert not ProjectPreference.objects.exists()
    assert not project.members.exists()


def test_an_unknown_time_zone_is_an_error_at_its_field(client, project):
    form = {"name": "A", "time_zone": "Atlantis", "attribute_limit": 1000, "public_attribute_limit": 200}
    response = client.post(reverse("admin:users_project_change", args=[project.pk]), form)
    assert "is no time zone" in response.content.decode()


def test_the_list_of_users_does_not_count_them(client, project, maya, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as captured:
        client.get(reverse("admin:users_enduser_changelist"))
    assert not [
        query for query in captured.captured_queries if "COUNT(" in query["sql"] and "users_enduser" in query["sql"]
    ]


def test_dates_and_counts_are_said_as_on_the_pages(client, maya):
    moment = datetime(2024, 6, 15, 15, 4, 5, tzinfo=UTC)
    EndUser.objects.filter(pk=maya.pk).update(sessions=12_345, last_activity=moment)
    Tag.objects.update(user_count=1_234_567, counted_at=moment)
    Attribute.objects.filter(key="plan").update(coverage=23_456)
    plan, tag = Attribute.objects.get(key="plan"), Tag.objects.get()

    def page(name, *args, **asked):
        return client.get(reverse(f"admin:users_{name}", args=args), asked).content.decode()

    assert "12,345" in page("enduser_changelist")
    assert "12,345" in page("enduser_changelist", o="5"), "and the column is sorted by"
    assert "15 Jun 2024, 15:04:05 UTC" in page("enduser_changelist")
    assert "1,234,567" in page("tag_changelist")
    assert "1,234,567" in page("tag_change", tag.pk)
    assert "15 Jun 2024, 15:04:05 UTC" in page("tag_change", tag.pk)
    assert "23,456" in page("attribute_changelist")
    assert "23,456" in page("attribute_change", plan.pk)
    us = re.compile(r"\b(?:a|p)\.m\.|\b(?:June|Jan\.|Feb\.|Aug\.|Sept\.|Oct\.|Nov\.|Dec\.) \d{1,2}, \d{4}")
    for model in MODELS:
        name = model._meta.model_name
        assert not us.search(page(f"{name}_changelist"))
        if first := model.objects.first():
            assert not us.search(page(f"{name}_change", first.pk))


def test_the_number_of_rows_is_grouped(client, project):
    EndUser.objects.bulk_create(
        EndUser(project=project, jimer_id=f"j{n}", created=timezone.now()) for n in range(1_200)
    )
    html = client.get(reverse("admin:users_enduser_changelist")).content.decode()
    assert re.search(r"1,200\s+users", html)
