"""The install page: four steps, code that works as it stands, and the last call that arrived."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render

from users.accounts.access import ProjectRequest, project_view
from users.models import EndUser, Figure, Project
from users.models.end_user import all_users
from users.registry.attributes import registry_of
from users.registry.naming import shown_name
from users.registry.recommended import RECOMMENDED, received
from users.showing.last_call import last_call_of

SNIPPET = """<script>
  window.jimo = window.jimo || [];
  (function (j, i, m, o) {{
    var s = document.createElement("script");
    s.type = "text/javascript";
    s.async = true;
    s.src = "{host}/static/jimo.js";
    j["JIMO_PROJECT_ID"] = "{project}";
    document.getElementsByTagName("head")[0].appendChild(s);
  }})(window);
</script>"""
# Made up, as pasting it must not rename somebody.
SIGNED_IN = """// Your signed-in user
var user = {
  id: "usr_1042", name: "Ada Lovelace", email: "ada@example.com", language: "en",
  plan: "Pro", role: "admin"
};
"""
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
  -d '{{"project_id": "{project}",
       "user_id": "{user}", "attributes": {{"plan": "{plan}"}}}}'"""
SERVER_CURL = """curl {host}/api/v1/identify \\
  -H "Authorization: Bearer {secret}" \\
  -H "Content-Type: application/json" \\
  -d '{{"user_id": "{user}", "attributes": {{"plan": "{plan}", "mrr": 99}}}}'"""
UNKNOWN_USER = "usr_1042"


def steps_context(request: ProjectRequest) -> dict[str, Any]:
    host = request.build_absolute_uri("/").rstrip("/")
    project = str(request.project.public_id)
    example = example_user(request.project)
    user_id = id_for_code(example)
    there = received(request.project)
    return {
        "snippet": SNIPPET.format(host=host, project=project), "identify_code": SIGNED_IN + IDENTIFY,
        "callback_code": SIGNED_IN + CALLBACK, "custom_code": SIGNED_IN + CUSTOM,
        "curl": CURL.format(host=host, project=project, user=user_id, plan=another_plan(request.project, example)),
        "example": example, "example_name": shown_name(example, request.project) if example else "", "recommended": RECOMMENDED,
        "received": there, "received_count": sum(there.values()),
        "last": last_call_of(request.project),
    }  # fmt: skip


def server_example(request: ProjectRequest, secret: str) -> str:
    example = example_user(request.project)
    return SERVER_CURL.format(
        host=request.build_absolute_uri("/").rstrip("/"), secret=secret, user=id_for_code(example),
        plan=another_plan(request.project, example),
    )  # fmt: skip


def id_for_code(example: EndUser | None) -> str:
    """The user's id if it can stand in quotes in JSON and a shell alike, else a made-up one."""
    user_id = (example and example.user_id) or UNKNOWN_USER
    return user_id if user_id.isascii() and not set(user_id) & set("'\"\\") and user_id.isprintable() else UNKNOWN_USER


def another_plan(project: Project, example: EndUser | None) -> str:
    """A plan that the user is not on, so that running the curl shows."""
    plan = registry_of(project).find("custom.plan")
    return "Pro" if example and plan and example.attributes.get(plan.ref) == "Team" else "Team"


def example_user(project: Project) -> EndUser | None:
    """An existing user for the curl: the demo's own, else the one last active."""
    users = all_users(project).filter(user_id_folded__isnull=False)
    figure = Figure.objects.filter(project=project, name="example_user").first()
    found = users.filter(pk=figure.value).first() if figure else None
    return (
        found
        or users.filter(last_activity__isnull=False).order_by("-last_activity", "-pk").first()
        or users.order_by("pk").first()
    )


@project_view("install.view")
def install(request: ProjectRequest) -> HttpResponseBase:
    return render(request, "users/settings/install.html", steps_context(request))


@project_view("install.view")
def last_call(request: ProjectRequest) -> HttpResponseBase:
    return render(request, "users/settings/last_call.html", {"last": last_call_of(request.project)})
