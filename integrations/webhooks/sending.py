"""One try of one delivery: the request as it goes out, and what came back. Touches no database."""

import time
from dataclasses import dataclass, field
from typing import Any, Final

from integrations.outside import calls
from integrations.outside.errors import NoAnswer
from integrations.webhooks.signing import signature

KEPT: Final = 4_000  # characters of an answer
AGENT: Final = "Jimo-Webhooks/1"


@dataclass(frozen=True, slots=True)
class Target:
    """Where to, and what signs. `problem` is why nothing can be sent at all."""

    url: str
    secrets: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A delivery as it waits in memory."""

    webhook: int
    delivery: int
    user: int
    message: str
    body: bytes
    test: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What one try came to. `at` in seconds since 1970; `status` None where there was no answer."""

    item: Item
    at: float
    ms: int
    status: int | None = None
    error: str = ""
    signature: str = ""
    answer: str = ""
    cut: bool = False
    ok: bool = field(default=False)

    def attempt(self, at: str) -> dict[str, Any]:
        """As Delivery.attempts keeps it."""
        return {
            "at": at, "status": self.status, "ms": self.ms, "error": self.error, "signature": self.signature,
            "answer": self.answer, "cut": self.cut,
        }  # fmt: skip


def headers_of(message: str, seconds: int, signed: str) -> dict[str, str]:
    return {
        "Content-Type": "application/json", "User-Agent": AGENT, "webhook-id": message,
        "webhook-timestamp": str(seconds), "webhook-signature": signed,
    }  # fmt: skip


def send(target: Target, item: Item) -> Result:
    at, began = time.time(), time.monotonic()
    if target.problem:
        return Result(item, at, 0, error=target.problem)
    signed = signature(target.secrets, item.message, int(at), item.body)
    try:
        reply = calls.call("POST", target.url, body=item.body, headers=headers_of(item.message, int(at), signed))
    except NoAnswer as reason:
        return Result(item, at, ms_since(began), error=str(reason), signature=signed)
    except Exception as error:  # a thread that ends would leave its user waiting for ever
        return Result(item, at, ms_since(began), error=f"The call failed: {type(error).__name__}.", signature=signed)
    text = reply.body.decode("utf-8", "replace").replace("\x00", "�")
    ok = 200 <= reply.status < 300
    why = "" if ok else refusal(reply)
    cut = reply.cut or len(text) > KEPT
    return Result(item, at, ms_since(began), reply.status, why, signed, text[:KEPT], cut, ok)


def refusal(reply: calls.Reply) -> str:
    if reply.status in calls.REDIRECTS:
        return "It answered with a redirect, which is not followed. Enter the address that it leads to."
    return f"It answered {reply.status}; every status from 200 to 299 counts as delivered."


def ms_since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
