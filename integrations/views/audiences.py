"""What is done to the audiences of a connection, on its page."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from integrations.audiences import keeping
from integrations.models import Audience, Connection
from integrations.syncing.runs import NotNow
from integrations.views.connections import connection_at, connector_at
from segments.models import Segment
from users.accounts.access import ProjectRequest, project_view
from users.ground.parameters import whole_number


@require_POST
@project_view("integrations.edit")
def act(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """POST do=add (segment, name); or pause, resume, compare, remove (audience)."""
    connection = connection_at(request, pk)
    do = request.POST.get("do", "")
    try:
        if do == "add":
            add(request, connection)
        elif do in ACTS:
            number = whole_number(request.POST.get("audience", ""))
            rows = Audience.objects.select_related("segment", "connection")
            ACTS[do](request, get_object_or_404(rows, pk=number or 0, connection=connection))
    except NotNow as reason:
        messages.error(request, str(reason))
    return redirect("connection", request.project.slug, pk)


def add(request: ProjectRequest, connection: Connection) -> None:
    found = connector_at(connection.connector)
    number = whole_number(request.POST.get("segment", ""))
    segment = Segment.objects.filter(project=request.project, archived=False, pk=number or 0).first()
    if segment is None:
        raise NotNow("Choose a segment: nothing was added.")
    now, name = timezone.now(), request.POST.get("name", "")
    made = keeping.make_audience(connection, found, segment, name, now, request.user)
    messages.success(request, f"{made.name} is being filled.")


def pause(request: ProjectRequest, audience: Audience) -> None:
    keeping.pause(audience)
    messages.success(request, f"{audience.name} is paused. Who is in it there stays.")


def resume(request: ProjectRequest, audience: Audience) -> None:
    keeping.resume(audience, request.user)
    messages.success(request, f"{audience.name} goes on.")


def compare(request: ProjectRequest, audience: Audience) -> None:
    keeping.compare_now(audience, request.user)
    messages.success(request, f"{audience.name} is being compared.")


def remove(request: ProjectRequest, audience: Audience) -> None:
    name, where = audience.name, audience.connection.name
    keeping.remove_audience(audience)
    messages.success(request, f"{name} is removed here. In {where} it stays as it is.")


ACTS = {"pause": pause, "resume": resume, "compare": compare, "remove": remove}
