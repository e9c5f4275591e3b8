"""Changing a type: first what would convert and what would be lost, then, confirmed, the job."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from users.access import ProjectRequest, project_view
from users.retype import WouldLose, preview, start_retype
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
    if request.POST.get("go"):
        try:
            start_retype(attribute, to, request.user, confirm=request.POST.get("confirm") == "on")
            messages.success(
                request, f"{attribute.label} is {TYPES[to].label.lower()} now; its values are being converted."
            )
            return redirect("attribute_edit", request.project.slug, pk)
        except WouldLose:
            messages.error(request, "Nothing was changed: confirm that values are set aside.")
        except ValueError as error:
            messages.error(request, str(error))
            return redirect("attribute_edit", request.project.slug, pk)
    context = {
        "attribute": attribute, "preview": preview(attribute, to), "to_label": TYPES[to].label.lower(),
        "from_label": TYPES[attribute.type].label.lower(),
    }  # fmt: skip
    return render(request, "users/data/retype.html", context)
