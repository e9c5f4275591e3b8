"""Segments in the Django admin: all of it can be looked at, none of it changed."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tests.factories import AccountFactory, user
from tests.segments.test_membership import is_, segment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.mark.parametrize("model", list(apps.get_app_config("segments").get_models()), ids=lambda model: model.__name__)
def test_every_model_can_be_looked_at_and_not_changed(project, model):
    user(project, "u1", attributes={"plan": "Pro"})
    segment(project, "Pro", is_("custom.plan", "Pro"))
    client = Client()
    client.force_login(AccountFactory(is_superuser=True, is_staff=True))
    name = model._meta.model_name
    assert model in admin.site._registry
    assert client.get(reverse(f"admin:segments_{name}_changelist"), {"q": "pro"}).status_code == 200
    first = model.objects.first()
    if first:
        page = client.get(reverse(f"admin:segments_{name}_change", args=[first.pk]))
        assert page.status_code == 200
        assert 'name="_save"' not in page.content.decode()
        assert (
            client.post(reverse(f"admin:segments_{name}_delete", args=[first.pk]), {"post": "yes"}).status_code == 403
        )
    assert client.get(reverse(f"admin:segments_{name}_add")).status_code == 403
