"""One call outside: what may be asked, what comes back, how long and how large at most."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from urllib3.exceptions import HTTPError, LocationParseError, ProtocolError, SSLError
from urllib3.exceptions import TimeoutError as PoolTimeout
from urllib3.response import BaseHTTPResponse
from urllib3.util import Url, parse_url

from integrations.outside.addresses import why_not
from integrations.outside.connections import pools
from integrations.outside.errors import NoAnswer, NotAllowed, TookTooLong, Unreachable
from integrations.outside.sockets import deadline, time_left

SECONDS: Final = 10.0
MOST_BYTES: Final = 64 * 1024
MOST_ADDRESS: Final = 2000
PIECE: Final = 256 * 1024  # bytes that are read at once
REDIRECTS: Final = {301, 302, 303, 307, 308}
KEPT_ELSEWHERE: Final = {"accept", "content-type", "user-agent"}  # all other headers stay with the host they are for


# What becomes of an answer's body, by its status and headers: what takes the pieces, or None to have it in the reply.
type Into = Callable[[int, Mapping[str, str]], Callable[[bytes], object] | None]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of any status. `body` is its beginning if the answer is longer than the limit (`cut`)."""

    status: int
    headers: dict[str, str]
    body: bytes
    cut: bool
    url: str  # that answered: another one after redirects


def checked_url(text: str) -> Url:
    """The parts of an address that may be called, as far as is seen without resolving it. Raises NotAllowed."""
    try:
        url = parse_url(text.strip())
    except LocationParseError:
        raise NotAllowed("This is not a web address.")
    if url.scheme not in ("http", "https") or not url.host or len(text) > MOST_ADDRESS:
        raise NotAllowed("Write an address that begins with https:// or http://.")
    if url.auth:
        raise NotAllowed("Leave name and password out of the address.")
    host = url.host.strip("[]")
    try:
        reason = why_not(host)
    except ValueError:  # a name: its addresses are checked when it is called
        return url
    if reason:
        raise NotAllowed(f"{host} is {reason}. Only addresses on the public internet are called.")
    return url


def call(
    method: str,
    address: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
    most_bytes: int = MOST_BYTES,
    redirects: int = 0,
    into: Into | None = None,
) -> Reply:
    """Call the address and read its answer, all within `seconds`. Raises NoAnswer in words.

    A redirect is answered as it is, unless `redirects` allows to follow so many; each goes through the same checks.
    A body that `into` takes is handed over piece by piece as it comes, and the reply's own is empty.
    """
    token = deadline.set(time.monotonic() + seconds)
    try:
        while True:
            reply = once(method, str(checked_url(address)), body, dict(headers or {}), most_bytes, into)
            target = reply.headers.get("location")
            if reply.status not in REDIRECTS or not target or not redirects:
                return reply
            redirects -= 1
            before, address = checked_url(address), urljoin(address, target)
            after = checked_url(address)
            if before.scheme == "https" and after.scheme == "http":
                raise NotAllowed("The answer leads from https:// to http://, which is not followed.")
            if (before.scheme, before.netloc) != (after.scheme, after.netloc):
                headers = {name: value for name, value in (headers or {}).items() if name.lower() in KEPT_ELSEWHERE}
            if reply.status == 303 or (reply.status in (301, 302) and method == "POST"):
                method, body = "GET", None
    finally:
        deadline.reset(token)


def once(
    method: str, address: str, body: bytes | None, headers: dict[str, str], most_bytes: int, into: Into | None
) -> Reply:
    try:
        return exchange(method, address, body, headers, most_bytes, into)
    except NoAnswer:
        raise
    except (TimeoutError, PoolTimeout):
        raise TookTooLong(f"{parse_url(address).host} did not answer in time.")
    except SSLError as error:
        raise Unreachable(f"{parse_url(address).host} has no valid certificate: {plain(error)}.")
    except (HTTPError, OSError, ValueError) as error:
        raise Unreachable(f"The connection to {parse_url(address).host} broke: {plain(error)}.")


def exchange(
    method: str, address: str, body: bytes | None, headers: dict[str, str], most_bytes: int, into: Into | None
) -> Reply:
    """Send and read. Once more if the connection broke before the answer: the server had closed the one kept open."""
    asked = {"Accept-Encoding": "identity", **headers}
    for last in (False, True):
        try:
            answer = pools().urlopen(
                method, address, body=body, headers=asked, redirect=False, retries=False, timeout=time_left(),
                preload_content=False, decode_content=False,
            )  # fmt: skip
            return read(answer, address, most_bytes, into)
        except ProtocolError:
            if last or into:  # pieces may have been handed over
                raise
    raise AssertionError


def read(answer: BaseHTTPResponse, address: str, most_bytes: int, into: Into | None) -> Reply:
    """Read at most so many bytes. A longer answer costs its connection, a whole one leaves it for the next call."""
    parts: list[bytes] = []
    size = 0
    headers = {name.lower(): value for name, value in answer.headers.items()}
    try:
        take = (into(answer.status, headers) if into else None) or parts.append
        while size <= most_bytes and (part := answer.read(min(most_bytes + 1 - size, PIECE))):
            take(part)
            size += len(part)
    except BaseException:
        answer.close()
        raise
    cut = size > most_bytes
    if cut:
        answer.close()
    answer.release_conn()
    return Reply(answer.status, headers, b"".join(parts)[:most_bytes], cut, address)


def plain(error: BaseException) -> str:
    """The innermost cause, without the addresses of objects in memory that urllib3 puts in."""
    cause: BaseException = error
    while (
        inner := cause.__cause__ or next((arg for arg in cause.args if isinstance(arg, Exception)), None)
    ) is not None:
        cause = inner
    words = getattr(cause, "verify_message", "") or getattr(cause, "strerror", "")
    return words.rstrip(".") if isinstance(words, str) and words else type(cause).__name__
