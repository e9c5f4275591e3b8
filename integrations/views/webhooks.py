"""Settings > Webhooks: all of them, one with its deliveries, and one delivery with what was sent and answered."""

import json
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from integrations.models import Delivery, Webhook
from integrations.views.webhook_form import WebhookForm, initial_of, named
from integrations.webhooks import making, signing
from integrations.webhooks.kinds import KINDS
from integrations.webhooks.making import BadWebhook, NotNow
from integrations.webhooks.sending import headers_of
from segments.models import Segment
from users.accounts.access import ProjectRequest, project_view
from users.accounts.shown_once import show_once, taken
from users.ground.parameters import LARGEST, whole_number
from users.jobs import worker_state
from users.models import Attribute, EndUser, Project, Tag
from users.registry.attributes import registry_of

SHOWN = 50  # deliveries of a page
MANAGE = "webhooks.manage"


def webhook_at(request: ProjectRequest, pk: int) -> Webhook:
    found = get_object_or_404(Webhook, pk=pk, project=request.project)
    found.project = request.project
    return found


@project_view(MANAGE)
def webhook_list(request: ProjectRequest) -> HttpResponseBase:
    rows = Webhook.objects.filter(project=request.project).order_by("pk")
    return render(request, "integrations/webhooks/list.html", {"webhooks": rows, "now": timezone.now()})


@project_view(MANAGE)
def new(request: ProjectRequest) -> HttpResponseBase:
    form = WebhookForm(request.project, request.POST or None, initial={"events": list(KINDS)})
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = making.create(request.project, form.wanted(), request.user)
        except BadWebhook as bad:
            form.refuse(bad)
        else:
            show_once(request, "webhook", secret=secret, pk=made.pk)
            return redirect("webhook", request.project.slug, made.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "integrations/webhooks/edit.html", {"form": form}, status=status)


@project_view(MANAGE)
def edit(request: ProjectRequest, pk: int) -> HttpResponseBase:
    found = webhook_at(request, pk)
    form = WebhookForm(request.project, request.POST or None, initial=initial_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            making.change(found, form.wanted())
        except BadWebhook as bad:
            form.refuse(bad)
        else:
            messages.success(request, "Saved. It counts from the next event on.")
            return redirect("webhook", request.project.slug, pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "integrations/webhooks/edit.html", {"form": form, "webhook": found}, status=status)


@project_view(MANAGE)
def one(request: ProjectRequest, pk: int) -> HttpResponseBase:
    found, now = webhook_at(request, pk), timezone.now()
    state, after = request.GET.get("state", ""), whole_number(request.GET.get("after", "")) or LARGEST
    rows = Delivery.objects.filter(webhook=found, pk__lt=after).select_related("event").defer("attempts", "event__body")
    if state in Delivery.State.values:
        rows = rows.filter(state=state)
    page = list(rows.order_by("-pk")[: SHOWN + 1])
    once = taken(request, "webhook") if request.method == "GET" else {}
    context = {
        "webhook": found, "deliveries": page[:SHOWN], "next": page[SHOWN - 1].pk if len(page) > SHOWN else None,
        "state": state, "states": Delivery.State.choices, "after": after != LARGEST, "once": once, "now": now,
        "people": people_of(request.project, page), "narrowed": narrowed(found), "any_failed": making.failed_ones(found).exists(), **worker_state(now),
    }  # fmt: skip
    response = render(request, "integrations/webhooks/webhook.html", context)
    response["Cache-Control"] = "no-store"
    return response


def people_of(project: Project, rows: list[Delivery]) -> dict[int, str]:
    """How the users of these deliveries are called, as far as they are still there."""
    found = EndUser.objects.filter(project=project, pk__in={row.user_id for row in rows})
    hidden = "name" in registry_of(project).hidden
    return {
        pk: (None if hidden else name) or user_id or jimer_id
        for pk, name, user_id, jimer_id in found.values_list("pk", "name", "user_id", "jimer_id")
    }


def narrowed(webhook: Webhook) -> list[tuple[str, list[str]]]:
    """What each filter lets through, in words; what is gone is said too."""
    found = {
        "attributes": {item.pk: named(item) for item in Attribute.objects.filter(pk__in=webhook.attributes)},
        "tags": dict(Tag.objects.filter(pk__in=webhook.tags).values_list("pk", "name")),
        "segments": dict(Segment.objects.filter(pk__in=webhook.segments).values_list("pk", "name")),
    }
    picked = {"attributes": webhook.attributes, "tags": webhook.tags, "segments": webhook.segments}
    return [(name.capitalize(), [found[name].get(pk, "deleted") for pk in pks]) for name, pks in picked.items() if pks]


@require_POST
@project_view(MANAGE)
def act(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """POST do=test, pause, resume, rotate, resend or delete."""
    found, now, what, slug = webhook_at(request, pk), timezone.now(), request.POST.get("do"), request.project.slug
    if what == "test":
        return redirect("webhook_delivery", slug, pk, making.send_test(found, now).pk)
    if what == "delete":
        making.delete(found)
        messages.success(request, f"The webhook {found.label} was deleted.")
        return redirect("webhooks", slug)
    try:
        if what == "pause":
            making.pause(found, now)
            messages.success(request, "Paused. What happens meanwhile waits until you resume it.")
        elif what == "resume":
            making.resume(found, now)
            messages.success(request, "Resumed. What waited is sent now.")
        elif what == "rotate":
            show_once(request, "webhook", secret=signing.rotate(found, now), pk=pk, rotated=True)
        elif what == "resend":
            count = making.resend_failed(found, now)
            messages.success(request, f"{count:,} deliveries are sent again.")
    except NotNow as reason:
        messages.error(request, str(reason))
    return redirect("webhook", slug, pk)


def delivery_at(found: Webhook, pk: int) -> Delivery:
    return get_object_or_404(Delivery.objects.select_related("event"), pk=pk, webhook=found)


@project_view(MANAGE)
def delivery(request: ProjectRequest, pk: int, delivery: int) -> HttpResponseBase:
    found = webhook_at(request, pk)
    row = delivery_at(found, delivery)
    context: dict[str, Any] = {
        "webhook": found, "delivery": row, "body": pretty(row.event.body), "attempts": [{**tried, "at": datetime.fromisoformat(tried["at"])} for tried in reversed(row.attempts)],
        "under_way": row.state == Delivery.State.WAITING and row.tries == 0 and (row.test or found.state == "active"),
        "headers": request_headers(row), **worker_state(timezone.now()),
    }  # fmt: skip
    return render(request, "integrations/webhooks/delivery.html", context)


def pretty(body: str) -> str:
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False) if body else ""


def request_headers(row: Delivery) -> str:
    """Of the last try, or of the first to come."""
    last = row.attempts[-1] if row.attempts else None
    at = datetime.fromisoformat(last["at"]) if last else row.next_at
    signed = last["signature"] if last else "made when it is sent"
    return "\n".join(
        f"{name}: {value}" for name, value in headers_of(row.event.message_id, int(at.timestamp()), signed).items()
    )


@require_POST
@project_view(MANAGE)
def resend(request: ProjectRequest, pk: int, delivery: int) -> HttpResponseBase:
    found = webhook_at(request, pk)
    try:
        making.resend(found, delivery_at(found, delivery), timezone.now())
    except NotNow as reason:
        messages.error(request, str(reason))
    return redirect("webhook_delivery", request.project.slug, pk, delivery)
