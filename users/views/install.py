"""The install page: four steps, code that works as it stands, and the last call that arrived."""

from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import render

from users.access import ProjectRequest, project_view
from users.filters import all_users
from users.models import EndUser, Figure, OriginKind, Provenance
from users.naming import shown_name
from users.recommended import RECOMMENDED, received
from users.timestamps import from_ms
from users.writers import writer_words

SNIPPET = """<script>
  window.jimo = [];
  (function (j, i, m, o) {{
    var s = document.createElement("script");
    s.type = "text/javascript";
    s.async = true;
    s.src = "{host}/static/jimo.js";
    j["JIMO_PROJECT_ID"] = "{project}";
    document.getElementsByTagName("head")[0].appendChild(s);
  }})(window);
</script>"""
IDENTIFY = """// As soon as somebody has signed in
window.jimo.push(["do", "identify", [user.id]]);"""
CALLBACK = """window.jimo.push(["do", "identify", [user.id, function () {
  window.jimo.push(["set", "user:name", [user.name]]);
  window.jimo.push(["set", "user:email", [user.email]]);
  window.jimo.push(["set", "user:language", [user.language]]);
}]]);"""
CUSTOM = """window.jimo.push(["set", "user:attributes", [{
  plan: user.plan,
  role: user.role,
  signup_date: "2024-06-15",
  feature_usage: ["boards", "reports"]
}]]);"""
CURL = """curl {host}/api/v1/identify \\
  -H "Content-Type: application/json" \\
  -d '{{"project_id": "{project}", "user_id": "{user}", "attributes": {{"plan": "{plan}"}}}}'"""


def steps_context(request: ProjectRequest) -> dict[str, Any]:
    host = request.build_absolute_uri("/").rstrip("/")
    project = str(request.project.public_id)
    example = example_user(request)
    user_id = example.user_id if example and example.user_id else "usr_1042"
    there = received(request.project)
    return {
        "snippet": SNIPPET.format(host=host, project=project), "identify_code": IDENTIFY, "callback_code": CALLBACK,
        "custom_code": CUSTOM, "curl": CURL.format(host=host, project=project, user=shell_safe(user_id), plan="Team"),
        "example": example, "example_name": shown_name(example, request.project) if example else "", "recommended": RECOMMENDED,
        "received": there, "received_count": sum(there.values()),
        "demo_product": settings.DEMO, "last": last_call_of(request),
    }  # fmt: skip


def shell_safe(user_id: str) -> str:
    """Inside single quotes and JSON: ids that need more are shown as an example instead."""
    return user_id if user_id.isascii() and not set(user_id) & set("'\"\\") and user_id.isprintable() else "usr_1042"


def example_user(request: ProjectRequest) -> EndUser | None:
    """An existing user for the curl: the demo's own, else the one last active."""
    users = all_users(request.project).filter(user_id_folded__isnull=False)
    figure = Figure.objects.filter(project=request.project, name="example_user").first()
    found = users.filter(pk=figure.value).first() if figure else None
    return (
        found
        or users.filter(last_activity__isnull=False).order_by("-last_activity", "-pk").first()
        or users.order_by("pk").first()
    )


def last_call_of(request: ProjectRequest) -> dict[str, Any] | None:
    """Whose activity came last, when, and what brought it. Reads one row by an index."""
    user = all_users(request.project).filter(last_activity__isnull=False).order_by("-last_activity", "-pk").first()
    if user is None:
        return None
    entries = Provenance.objects.filter(user=user).values_list("values", flat=True).first() or {}
    newest = max(entries.values(), key=lambda entry: entry["r"], default=None)
    at = max(from_ms(newest["r"]), user.last_activity) if newest else user.last_activity  # type: ignore[type-var]
    by = writer_words(newest["k"], newest.get("l", "")) if newest else writer_words(OriginKind.SNIPPET, "")
    return {"user": user, "name": shown_name(user, request.project), "at": at, "by": by}


@project_view("install.view")
def install(request: ProjectRequest) -> HttpResponseBase:
    return render(request, "users/settings/install.html", steps_context(request))


@project_view("install.view")
def last_call(request: ProjectRequest) -> HttpResponseBase:
    return render(request, "users/settings/last_call.html", {"last": last_call_of(request)})
