"""/styleguide/: every component in its states."""

from datetime import timedelta
from types import SimpleNamespace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from users.forms.accounts import KeyForm
from users.models import Tag

VALUES = [
    ("Text", "Pro", "string"), ("Empty text", "", "string"), ("Long text", "many words " * 40, "string"),
    ("Number", 1234567.5, "number"), ("True", True, "boolean"), ("False", False, "boolean"),
    ("Day", "2024-06-15", "date"), ("Instant", "2024-06-15T10:30:00.000Z", "date"),
    ("List", ["boards", "reports", "api", 4, True], "list"), ("Empty list", [], "list"), ("Absent", None, "string"),
    ("Email", "sam@example.com", "string"), ("Address", "https://example.com/a", "string"),
]  # fmt: skip


def styleguide(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    people = [SimpleNamespace(pk=number, name=name, email=None, user_id=None, jimer_id="hONpq7")
              for number, name in enumerate(["Maya Lindqvist", "Sam", "", "Ana B", "Li Wei", "Zoë K"])]  # fmt: skip
    form = KeyForm({"name": ""})
    form.is_valid()
    context = {
        "values": VALUES, "people": people, "tags": [SimpleNamespace(name=color, color=color) for color in Tag.Color.values],
        "times": [now - timedelta(seconds=5), now - timedelta(hours=3), now - timedelta(days=400)], "form": form,
    }  # fmt: skip
    return render(request, "users/styleguide.html", context)
