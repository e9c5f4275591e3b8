"""Data Management > Tags: rename, colour, delete."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from users.access import ProjectRequest, project_view
from users.calls import Refused
from users.models import Tag
from users.tags import clean_name, delete_tag


@project_view("users.view")
def tags(request: ProjectRequest) -> HttpResponseBase:
    rows = Tag.objects.filter(project=request.project).order_by("folded")
    return render(request, "users/data/tags.html", {"tags": rows, "colors": Tag.Color.choices})


@require_POST
@project_view("tags.manage")
def edit(request: ProjectRequest, pk: int) -> HttpResponseBase:
    tag = get_object_or_404(Tag, pk=pk, project=request.project)
    color = request.POST.get("color", tag.color)
    try:
        name = clean_name(request.POST.get("name", ""))
        if color not in Tag.Color.values:
            raise Refused("Choose one of the eight colours.")
        with transaction.atomic():
            Tag.objects.filter(pk=tag.pk).update(name=name, folded=name.casefold(), color=color)
        messages.success(request, f"{name} was saved.")
    except Refused as refused:
        messages.error(request, refused.message)
    except IntegrityError:
        messages.error(request, f"There is a tag {name} already; nothing was changed.")
    return redirect("tags", request.project.slug)


@require_POST
@project_view("tags.manage")
def delete(request: ProjectRequest, pk: int) -> HttpResponseBase:
    tag = get_object_or_404(Tag, pk=pk, project=request.project)
    delete_tag(tag, request.user)
    messages.success(request, f"The tag {tag.name} is being taken off its users and deleted.")
    return redirect("tags", request.project.slug)
