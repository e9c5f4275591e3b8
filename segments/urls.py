"""The dashboard's addresses of segments."""

from typing import Any

urlpatterns: list[Any] = []
