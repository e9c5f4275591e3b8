"""API keys: created, rotated, revoked. A secret is shown in the answer that makes it and nowhere else."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from users.access import ProjectRequest, project_view
from users.forms.accounts import KeyForm
from users.keys import create_key, revoke_key, rotate_key
from users.models import ApiKey


def page(request: ProjectRequest, form: KeyForm | None = None, **more: Any) -> HttpResponseBase:
    context = {
        "keys": request.project.api_keys.select_related("created_by").order_by("revoked", "-created"),
        "form": form or KeyForm(),
        "now": timezone.now(),
        "host": request.build_absolute_uri("/").rstrip("/"),
        **more,
    }
    response = render(request, "users/settings/keys.html", context, status=422 if form and form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response


@project_view("keys.manage")
def keys(request: ProjectRequest) -> HttpResponseBase:
    if request.method != "POST":
        return page(request)
    form = KeyForm(request.POST)
    if not form.is_valid():
        return page(request, form)
    key, secret = create_key(request.project, form.cleaned_data["name"], form.cleaned_data["scopes"], request.user)
    return page(request, secret=secret, secret_key=key)


def key_at(request: ProjectRequest, pk: int) -> ApiKey:
    return get_object_or_404(ApiKey, pk=pk, project=request.project, revoked=None)


@require_POST
@project_view("keys.manage")
def rotate(request: ProjectRequest, pk: int) -> HttpResponseBase:
    key = key_at(request, pk)
    return page(request, secret=rotate_key(key, timezone.now()), secret_key=key, rotated=True)


@require_POST
@project_view("keys.manage")
def revoke(request: ProjectRequest, pk: int) -> HttpResponseBase:
    key = key_at(request, pk)
    revoke_key(key, timezone.now())
    messages.success(request, f"The key {key.name} was revoked. Calls with it get 401 from now on.")
    return redirect("keys", request.project.slug)
