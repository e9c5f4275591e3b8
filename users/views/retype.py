"""Changing a type: first what would convert and what would be lost, then, confirmed, the job."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from users.access import ProjectRequest, project_view
from users.jobs import worker_alive
from users.models import Job
from users.retype import WouldLose, previewed, start_retype
from users.types import TYPES
from users.views.registry import attribute_at


@require_POST
@project_view("registry.edit")
def change_type(request: ProjectRequest, pk: int) -> HttpResponseBase:
    attribute = attribute_at(request, pk)
    to = request.POST.get("to", "")
    if to not in TYPES:
        messages.error(request, "Choose a type.")
        return redirect("attribute_edit", request.project.slug, pk)
    found = previewed(attribute, to, request.user, timezone.now())
    words = {"to_label": TYPES[to].label.lower(), "from_label": TYPES[attribute.type].label.lower()}
    if isinstance(found, Job):
        context = {"attribute": attribute, "job": found, "to": to, "alive": worker_alive(timezone.now()), **words}
        return render(request, "users/data/retype.html", context)
    if request.POST.get("go"):
        try:
            start_retype(attribute, to, request.user, confirm=request.POST.get("confirm") == "on", found=found)
            messages.success(request, f"{attribute.label} is {words['to_label']} now; its values are being converted.")
            return redirect("attribute_edit", request.project.slug, pk)
        except WouldLose:
            messages.error(request, "Nothing was changed: confirm that values are set aside.")
        except ValueError as error:
            messages.error(request, str(error))
            return redirect("attribute_edit", request.project.slug, pk)
    return render(request, "users/data/retype.html", {"attribute": attribute, "preview": found, **words})
