"""Reading an answer as a browser does."""

from django.http import HttpResponseBase


def html_of(answer: HttpResponseBase | str) -> str:
    """The HTML with each run of white space as one space: a template breaks its lines where that is not rendered."""
    return " ".join((answer if isinstance(answer, str) else answer.content.decode()).split())
