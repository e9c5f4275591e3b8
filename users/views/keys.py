"""API keys: created, rotated, revoked. A secret is shown once, after it was made, and nowhere else."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from users.accounts.access import ProjectRequest, project_view
from users.accounts.keys import SCOPES, create_key, revoke_key, rotate_key
from users.accounts.shown_once import show_once, taken
from users.forms.accounts import KeyForm
from users.models import ApiKey
from users.views.install import server_example


def show_keys(request: ProjectRequest, form: KeyForm | None = None) -> HttpResponseBase:
    once = taken(request, "keys")
    context = {
        "keys": request.project.api_keys.select_related("created_by").order_by("revoked", "-created"),
        "form": form or KeyForm(),
        "is_open": bool(form and form.errors),
        "scopes": SCOPES,
        "now": timezone.now(),
        "once": once,
        "server_example": server_example(request, once["secret"]) if once else "",
    }
    response = render(request, "users/settings/keys.html", context, status=422 if form and form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response


@project_view("keys.manage")
def keys(request: ProjectRequest) -> HttpResponseBase:
    if request.method != "POST":
        return show_keys(request)
    form = KeyForm(request.POST)
    if not form.is_valid():
        return show_keys(request, form)
    key, secret = create_key(request.project, form.cleaned_data["name"], form.cleaned_data["scopes"], request.user)
    show_once(request, "keys", secret=secret, name=key.name)
    return redirect("keys", request.project.slug)


def key_at(request: ProjectRequest, pk: int) -> ApiKey:
    return get_object_or_404(ApiKey, pk=pk, project=request.project, revoked=None)


@require_POST
@project_view("keys.manage")
def rotate(request: ProjectRequest, pk: int) -> HttpResponseBase:
    key, now = key_at(request, pk), timezone.now()
    if key.previous_until and key.previous_until > now and not request.POST.get("end_former"):
        messages.error(request, f"{key.name} was not rotated: a former secret still works and would stop at once.")
        return redirect("keys", request.project.slug)
    show_once(request, "keys", secret=rotate_key(key, now), name=key.name, rotated=True)
    return redirect("keys", request.project.slug)


@require_POST
@project_view("keys.manage")
def revoke(request: ProjectRequest, pk: int) -> HttpResponseBase:
    key = key_at(request, pk)
    revoke_key(key, timezone.now())
    messages.success(request, f"The key {key.name} was revoked. Calls with it get 401 from now on.")
    return redirect("keys", request.project.slug)
