"""Connecting HubSpot by signing in there: where a member is sent, and where HubSpot sends them back to."""

import secrets
from typing import Any, Final

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_GET

from integrations.connectors.failures import VendorFailure, VendorRefused
from integrations.connectors.hubspot_oauth import authorize_url, exchange, is_offered, new_verifier
from integrations.connectors.registry import connectors
from integrations.models import Connection
from integrations.syncing.connecting import connect, reconnect
from integrations.syncing.runs import NotNow
from users.accounts.access import ProjectRequest, project_view, sign_in_first

SALT: Final = "integrations.hubspot"
MINUTES: Final = 10
KEPT: Final = "hubspot_oauth"  # in the session: {nonce: PKCE's verifier} of the ways that were begun
MOST_BEGUN: Final = 5
NOT_HERE: Final = "Signing in at HubSpot is not set up on this server. Enter a private app's token."
STALE: Final = "This way to HubSpot was begun too long ago, or ended already. Begin again."


@project_view("integrations.edit")
def authorize(request: ProjectRequest) -> HttpResponseBase:
    """Off to HubSpot. ?connection= gives new access to one that is there."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    if not is_offered():
        messages.error(request, NOT_HERE)
        return redirect("connection_new", request.project.slug, "hubspot")
    wanted = request.GET.get("connection", "")
    rows = Connection.objects.filter(project=request.project, connector="hubspot")
    connection = get_object_or_404(rows, pk=int(wanted)) if wanted.isdecimal() and len(wanted) < 19 else None
    nonce, verifier = secrets.token_urlsafe(16), new_verifier()
    begun = dict(list(request.session.get(KEPT, {}).items())[1 - MOST_BEGUN :])
    request.session[KEPT] = {**begun, nonce: verifier}
    state = {
        "nonce": nonce, "member": request.user.pk, "project": request.project.slug,
        "connection": connection.pk if connection else None,
    }  # fmt: skip
    response = redirect(authorize_url(back_to(request), signing.dumps(state, salt=SALT), verifier), max_length=None)
    add_never_cache_headers(response)
    return response


def back_to(request: HttpRequest) -> str:
    """The address that the app is registered with at HubSpot."""
    return request.build_absolute_uri(reverse("hubspot_oauth"))


@require_GET
def callback(request: HttpRequest) -> HttpResponseBase:
    if not request.user.is_authenticated:
        return sign_in_first(request)
    try:
        state = signing.loads(request.GET.get("state", ""), salt=SALT, max_age=MINUTES * 60)
    except signing.BadSignature:
        state = {}
    begun = dict(request.session.get(KEPT, {}))
    verifier = begun.pop(state.get("nonce"), None)
    if verifier is None or state.get("member") != request.user.pk:
        messages.error(request, STALE)
        return redirect("home")
    request.session[KEPT] = begun  # once: a second call with this state finds nothing
    response: HttpResponseBase = finish(request, state["project"], connection=state["connection"], verifier=verifier)
    add_never_cache_headers(response)
    return response


@project_view("integrations.edit")
def finish(request: ProjectRequest, *, connection: int | None, verifier: str) -> HttpResponseBase:
    """Exchange the code and log in: a new connection, or new access of the one that this was begun for."""
    found, slug, now = connectors()["hubspot"], request.project.slug, timezone.now()
    try:
        if not request.GET.get("code"):
            raise VendorRefused("HubSpot gave no access: it was declined there, or the app asks for too much.")
        credentials: dict[str, Any] = exchange(request.GET["code"], back_to(request), verifier)
        if connection is not None:
            row = get_object_or_404(Connection.objects.filter(project=request.project), pk=connection)
            reconnect(row, credentials, now)
            messages.success(request, f"{row.name} has new access.")
            return redirect("connection", slug, row.pk)
        made = connect(request.project, found, credentials, now, by=request.user)
    except (VendorFailure, NotNow) as failure:
        messages.error(request, str(failure))
        return redirect("connection_new", slug, found.slug)
    messages.success(request, f"Connected with {made.account.get('account')}.")
    return redirect("connection_mapping", slug, made.pk)
