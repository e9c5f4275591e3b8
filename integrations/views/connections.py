"""Integrations: what is connected, what can be, connecting, and new credentials."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from integrations.connectors.base import BASE_URL, Connector
from integrations.connectors.failures import VendorFailure, VendorRefused
from integrations.connectors.registry import connector, connectors
from integrations.forms.credentials import CredentialsForm
from integrations.models import Connection
from integrations.syncing.connecting import connect, reconnect
from integrations.syncing.links import link_of
from integrations.syncing.overview import with_last_run
from integrations.syncing.runs import NotNow
from users.accounts.access import ProjectRequest, project_view
from users.jobs import worker_state


def connection_at(request: ProjectRequest, pk: int) -> Connection:
    found = get_object_or_404(Connection.objects.select_related("created_by"), pk=pk, project=request.project)
    found.project = request.project
    return found


def connector_at(slug: str) -> Connector:
    found = connector(slug)
    if found is None:
        raise Http404(slug)
    return found


@project_view("integrations.view")
def catalogue(request: ProjectRequest) -> HttpResponseBase:
    rows = with_last_run(Connection.objects.filter(project=request.project).order_by("name", "pk"))
    context = {
        "connections": rows, "connectors": [found for found in connectors().values() if found.listed],
        **worker_state(timezone.now()),
    }  # fmt: skip
    return render(request, "integrations/connections/catalogue.html", context)


@project_view("integrations.edit")
def new(request: ProjectRequest, vendor: str) -> HttpResponseBase:
    """POST logs in and leads to the choice of what to read."""
    found = connector_at(vendor)
    if request.method != "POST":
        return show_form(request, found, CredentialsForm(found=found, known=of_the_demo(found)))
    form = CredentialsForm(request.POST, found=found)
    if form.is_valid():
        try:
            made = connect(request.project, found, form.credentials, timezone.now(), by=request.user)
        except (VendorFailure, NotNow) as failure:
            form.refuse(str(failure), failure.path if isinstance(failure, VendorRefused) else "")
        else:
            messages.success(request, f"Connected with {made.account.get('account') or found.source.name}.")
            return redirect("connection_mapping", request.project.slug, made.pk)
    return show_form(request, found, form)


@project_view("integrations.edit")
def credentials(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """New credentials for a connection that is there."""
    connection = connection_at(request, pk)
    found = connector_at(connection.connector)
    if request.method != "POST":
        known = {**known_of(connection), **of_the_demo(found)}
        return show_form(request, found, CredentialsForm(found=found, known=known), connection)
    form = CredentialsForm(request.POST, found=found)
    if form.is_valid():
        try:
            reconnect(connection, form.credentials, timezone.now())
        except VendorFailure as failure:
            form.refuse(failure.message, failure.path if isinstance(failure, VendorRefused) else "")
        else:
            messages.success(request, f"{connection.name} has new credentials.")
            return redirect("connection", request.project.slug, pk)
    return show_form(request, found, form, connection)


def known_of(connection: Connection) -> dict[str, Any]:
    """What is stored; the form shows of it what is no secret. Nothing if it cannot be read any more."""
    try:
        return link_of(connection).credentials
    except VendorFailure:
        return {}


def show_form(
    request: ProjectRequest, found: Connector, form: CredentialsForm, connection: Connection | None = None
) -> HttpResponseBase:  # fmt: skip
    context = {"found": found, "form": form, "connection": connection, "demo_crm": of_the_demo(found)}
    response = render(
        request, "integrations/connections/credentials.html", context, status=422 if form.is_bound else 200
    )
    response["Cache-Control"] = "no-store"
    return response


def of_the_demo(found: Connector) -> dict[str, Any]:
    """The demo's pretend CRM, where there is one."""
    address = settings.DEMO_CRM_URL
    return {BASE_URL: address} if address and found.slug == "hubspot" else {}
