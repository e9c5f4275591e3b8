"""Asking once more what was not confirmed: the dialog that asked first is closed by the time that the answer comes."""

from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from users.showing.problems import Problem


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be confirmed by typing `wanted` into the field `name`; `kept` is what else was sent."""

    heading: str
    warning: str
    name: str
    wanted: str
    button: str
    back: str
    kept: dict[str, str] = field(default_factory=dict)


def ask_again(request: HttpRequest, question: Question) -> HttpResponse:
    """A page with the same question, what was typed, and what is wrong with it. Its form goes where this one went."""
    problem = Problem(f"Nothing was done: type {question.wanted} to confirm.", f"confirm-{question.name}")
    context = {"question": question, "problem": problem, "typed": request.POST.get(question.name, "")}
    return render(request, "users/confirm.html", context, status=422)
