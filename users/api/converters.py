"""What an id in an address may hold: anything, as a percent-encoded one may have slashes and line breaks."""

from django.urls import register_converter
from django.urls.converters import PathConverter


class AnyText(PathConverter):
    regex = "(?s:.+)"


register_converter(AnyText, "any")
