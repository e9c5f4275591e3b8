"""What was asked and what is answered, and errors as HubSpot writes them."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from integrations.demo.crm.definitions import Json


@dataclass(frozen=True)
class Asked:
    method: str
    target: str  # path and query
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def form(self) -> dict[str, str]:
        given = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=200)
        return {name: values[-1] for name, values in given.items()}

    def one(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[-1]

    def json(self) -> Json:
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Wrong(400, "Invalid input JSON", "VALIDATION_ERROR")
        return found


@dataclass(frozen=True)
class Answer:
    """`delay` seconds pass before it; of the body, `cut` bytes are sent and no more."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    cut: int | None = None


type Meddling = Callable[[Asked], Answer | None]  # before each request: what a test wants to go wrong


class Wrong(Exception):
    """A request that HubSpot refuses."""

    def __init__(self, status: int, message: str, category: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.message, self.category, self.more = status, message, category, more


def said(content: Any, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(content).encode(), {"Content-Type": "application/json;charset=utf-8", **named})


def refused(code: int, message: str, category: str, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    content = {"status": "error", "message": message, "correlationId": str(uuid.uuid4()), "category": category, **more}
    return said(content, code, **(headers or {}))
