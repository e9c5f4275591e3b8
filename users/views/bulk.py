"""Tagging, untagging and erasing the selected users, or all that match."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, resolve_url
from django.views.decorators.http import require_POST

from users.accounts.access import ProjectRequest, project_view
from users.database.limits import TookTooLong, time_limit
from users.database.value_json import read_json
from users.finding.filters import filtered_users, todays_parameters
from users.finding.listing import COUNT_EXACT, bounded_count
from users.ground.parameters import whole_number
from users.jobs import start_job
from users.models import Project, UserTag
from users.models.end_user import all_users
from users.views.confirming import Question, ask_again
from users.views.jobs import fragment
from users.views.user_list import PAGE, filter_names
from users.views.user_tags import tag_rows
from users.writing.calls import Refused
from users.writing.tags import clean_name

PATIENCE = 3.0  # seconds to look at a selection before the job does
SAMPLE = 2000  # of a large selection: enough to say all, some or none


def selection(request: ProjectRequest, values: Any) -> dict[str, Any]:
    """{"query": ...} for all that match, or {"ids": [...]} for picked rows, as jobs take them."""
    if values.get("all"):
        return {"query": clean_query(request.project, values.get("query", ""))}
    ids = [number for part in values.get("ids", "").split(",") if (number := whole_number(part)) is not None]
    mine = all_users(request.project).filter(pk__in=ids[: PAGE * 4]).values_list("pk", flat=True)
    return {"ids": sorted(mine)}


def clean_query(project: Project, text: str) -> str:
    from django.http import QueryDict

    query = QueryDict(text).dict()
    query = todays_parameters(project, query) or query
    return urlencode([(name, query[name]) for name in filter_names() if query.get(name)])


@project_view("tags.edit")
def tag_options(request: ProjectRequest) -> HttpResponseBase:
    """The project's tags, and whether all, some or none of the selection have each."""
    chosen = selection(request, request.GET)
    try:
        rows = (
            filtered_users(request.project, chosen["query"])
            if "query" in chosen
            else all_users(request.project).filter(pk__in=chosen["ids"])
        )
        with time_limit(PATIENCE):
            ids = list(rows.order_by("pk").values_list("pk", flat=True)[:SAMPLE])
    except (Refused, TookTooLong):
        ids = []  # the tags are offered all the same, without saying who has them
    counts = dict(UserTag.objects.filter(user_id__in=ids).values_list("tag_id").annotate(Count("pk")))
    return JsonResponse([
        {"name": tag.name, "color": tag.color, "count": tag.user_count,
         "has": "none" if not counts.get(tag.pk) else "all" if counts[tag.pk] == len(ids) else "some"}
        for tag in tag_rows(request)
    ], safe=False)  # fmt: skip


def matching(project: Project, query: str) -> int:
    """How many a query selects, to 10,000; more than that where it takes too long to say. Raises Refused."""
    try:
        with time_limit(PATIENCE):
            return bounded_count(filtered_users(project, query))
    except TookTooLong:
        return COUNT_EXACT + 1


def refusal_words(refused: Refused) -> str:
    return " ".join(dict.fromkeys([refused.message, *(detail["message"] for detail in refused.details)]))


def in_words(refused: Refused) -> HttpResponse:
    return HttpResponse(refusal_words(refused), status=400, content_type="text/plain; charset=utf-8")


@require_POST
@project_view("tags.edit")
def tag(request: ProjectRequest) -> HttpResponseBase:
    """Start the job that tags; answers its progress."""
    try:
        add = [clean_name(name) for name in read_json(request.POST.get("add") or "[]")]
        remove = [clean_name(name) for name in read_json(request.POST.get("remove") or "[]")]
    except (ValueError, TypeError):
        return HttpResponse("Choose tags from the list.", status=400, content_type="text/plain")
    except Refused as refused:
        return in_words(refused)
    chosen = selection(request, request.POST)
    try:
        total = matching(request.project, chosen["query"]) if "query" in chosen else len(chosen["ids"])
    except Refused as refused:
        return in_words(refused)  # the rule was fine when the page was shown
    if not total or not (add or remove):
        return HttpResponse("Pick users and tags first.", status=400, content_type="text/plain")
    shown_total = total if total <= 10_000 else None
    job = start_job(
        request.project, "bulk_tag", {**chosen, "add": add, "remove": remove}, request.user, total=shown_total
    )
    return fragment(request, job)


@require_POST
@project_view("users.erase")
def erase(request: ProjectRequest) -> HttpResponseBase:
    """Erase the picked users of one page, once their number was typed."""
    ids = selection(request, {"ids": request.POST.get("ids", "")})["ids"]
    plural = "" if len(ids) == 1 else "s"
    if not ids:
        messages.error(request, "Nothing was erased: pick users first.")
        return redirect("users_list", request.project.slug)
    if request.POST.get("number", "").strip() != str(len(ids)):
        return ask_again(request, Question(
            f"Erase {len(ids)} user{plural}?", "All their values, history, ids and tags go, with every profile merged into them. "
            "It cannot be undone.", "number", str(len(ids)), "Erase them", resolve_url("users_list", request.project.slug),
            {"ids": ",".join(map(str, ids))},
        ))  # fmt: skip
    start_job(request.project, "bulk_erase", {"ids": ids}, request.user, total=len(ids))
    messages.success(request, f"{len(ids)} user{plural} will be erased in a moment.")
    return redirect("users_list", request.project.slug)
