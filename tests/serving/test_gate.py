"""However slow, many or large: others are answered, and what was sent arrives whole or not at all."""

import http.client
import itertools
import json
import threading
import time
from contextlib import ExitStack, closing, suppress

import pytest

HEAD = b"POST %s HTTP/1.1\r\nHost: x\r\n"
SLOW = {
    "nothing of a head": b"",
    "half a head": b"POST /api/body HTTP/1.1\r\nHost:",
    "a head and one byte": HEAD % b"/api/body" + b"Content-Length: 5\r\n\r\na",
    "half a form": HEAD % b"/form/body" + b"Content-Length: 900000\r\n\r\n" + b"a" * 400_000,
    "one chunk": HEAD % b"/api/body" + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
    "a body after the head is known": HEAD % b"/api/body" + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n",
}

pytestmark = pytest.mark.slow


def read_to_end(connection):
    return b"".join(iter(lambda: connection.recv(65536), b""))


def in_time(server):
    for path, method in (("/healthz", "GET"), ("/page", "GET"), ("/api/call", "POST")):
        status, _, seconds, _ = server.ask(path, method, b"{}" if method == "POST" else None)
        assert (status, seconds < 1) == (200, True), (path, status, seconds)


@pytest.mark.parametrize("kind", SLOW)
def test_many_who_send_slowly_keep_nobody_from_being_answered(server, kind):
    with ExitStack() as stack:
        for _ in range(120):
            stack.enter_context(closing(server.raw(SLOW[kind])))
        in_time(server)
    in_time(server)


@pytest.mark.parametrize("kind", [kind for kind in SLOW if "head" not in kind or "byte" in kind])
def test_a_body_that_does_not_come_is_not_waited_for(server, kind):
    with closing(server.raw(SLOW[kind])) as connection:
        began = time.monotonic()
        answer = read_to_end(connection)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert 0.5 < time.monotonic() - began < 5
        if b"/form/" not in SLOW[kind]:
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "too_slow"


def test_a_byte_now_and_then_is_too_slow_too(server):
    with closing(server.raw(HEAD % b"/api/body" + b"Content-Length: 1000\r\n\r\n")) as connection:
        connection.settimeout(0.2)
        for _ in range(40):
            connection.send(b"a")
            with suppress(TimeoutError):
                assert connection.recv(100).startswith(b"HTTP/1.1 408 ")
                return
    raise AssertionError("It was waited for all along.")


def test_a_body_that_keeps_its_speed_may_take_its_time(server):
    def steadily():
        for _ in range(12):
            time.sleep(0.1)
            yield b"a" * 20_000

    status, body, _, _ = server.ask("/form/body", "POST", steadily())
    assert (status, json.loads(body)["length"]) == (200, 240_000)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [1, 65_536, 65_537, 524_288, 600_000, 3_000_000])
def test_bodies_arrive_whole_whatever_their_size(server, size, chunked):
    body = bytes(itertools.islice(itertools.cycle(range(97, 122)), size))
    pieces = iter([body[start : start + 30_000] for start in range(0, size, 30_000)])
    status, answer, _, _ = server.ask("/form/body", "POST", pieces if chunked else body)
    seen = json.loads(answer)
    assert status == 200
    assert seen == {
        "length": size,
        "declared": str(size),
        "ends": body[-3:].decode(),
        "from": "127.0.0.1",
        "chunked": False,
    }


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 10\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"]
)
def test_a_body_that_breaks_off_never_looks_whole(server, framing):
    with closing(server.raw(HEAD % b"/form/body" + framing)) as connection:
        connection.shutdown(1)
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    ("path", "size"), [("/api/body", 600_000), ("/api/body", 3_000_000), ("/form/body", 17_000_000)]
)
@pytest.mark.parametrize("chunked", [False, True])
def test_what_is_too_large_is_said_and_closes_the_connection(server, path, size, chunked):
    pieces = iter([b"a" * 100_000] * (size // 100_000))
    status, _, _, headers = server.ask(path, "POST", pieces if chunked else b"a" * size)
    assert (status, headers["connection"]) == (413, "close")


def test_what_is_too_large_is_refused_before_it_is_sent(server):
    head = HEAD % b"/form/body" + b"Content-Length: 20000000\r\nExpect: 100-continue\r\n\r\n"
    with closing(server.raw(head)) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_long_answer_is_streamed_whole(server):
    status, body, _, headers = server.ask("/export?30")
    assert (status, len(body), headers["content-type"]) == (200, 30 * 2**20, "text/csv")


def test_an_answer_that_fails_on_its_way_does_not_look_whole(server):
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        server.ask("/fails/export?5")


@pytest.mark.parametrize(("path", "code"), [("/api/away", "unavailable"), ("/api/busy/away", "busy"), ("/away", "")])
def test_an_answer_that_fails_for_the_databases_sake_before_it_began_says_so(server, path, code):
    status, body, _, headers = server.ask(path)
    assert (status, bool(headers["Retry-After"])) == (503, True)
    assert not code or json.loads(body)["error"]["code"] == code
    assert b"try again" in body


def test_slow_readers_are_hung_up_on_and_hold_nobody_up(server):
    closed = int(server.ask("/closed")[1])
    with ExitStack() as stack:
        readers = [
            stack.enter_context(closing(server.raw(b"GET /export?20 HTTP/1.1\r\nHost: x\r\n\r\n", 4096)))
            for _ in range(20)
        ]
        in_time(server)
        assert server.ask("/export?5")[2] < 2
        time.sleep(3)
        for reader in readers:
            with pytest.raises(ConnectionError):
                read_to_end(reader)
    assert int(server.ask("/closed")[1]) == closed + 21


def test_a_reader_of_a_page_who_takes_nothing_is_hung_up_on(server):
    """An answer that goes out in one piece, larger than what fits between the two."""
    with closing(server.raw(b"GET /page?9000000 HTTP/1.1\r\nHost: x\r\n\r\n", 4096)) as reader:
        time.sleep(3)
        with pytest.raises(ConnectionError):
            read_to_end(reader)


def test_one_kind_of_request_leaves_the_others_their_places(server):
    taken = []
    slow = [("/api/slow", "POST"), ("/api/slow", "GET"), ("/slow/preview", "GET"), ("/form/slow", "POST")]
    callers = [
        threading.Thread(target=lambda path=path, method=method: taken.append(server.ask(path, method, b"{}")))
        for path, method in slow
        for _ in range(14)
    ]
    for caller in callers:
        caller.start()
    time.sleep(0.2)
    for path in ("/healthz", "/page"):
        assert server.ask(path)[2] < 1
    for caller in callers:
        caller.join(20)
    statuses = [status for status, *_ in taken]
    assert set(statuses) == {200, 503}, "some were served, and nobody waited for ever"
    assert all(headers["retry-after"] for status, _, _, headers in taken if status == 503)
    in_time(server)


def test_an_application_that_fails_is_said(server):
    assert server.ask("/broken")[0] == 500
    in_time(server)


def test_heads_say_what_they_said(server):
    headers = {"X-Forwarded-For": "192.0.2.1", "X_Forwarded_For": "192.0.2.2", "Cookie": "a=1", "X-Own": "x"}
    seen = json.loads(server.ask("/headers", headers=headers)[1])
    assert (seen["HTTP_X_FORWARDED_FOR"], seen["HTTP_COOKIE"], seen["HTTP_X_OWN"]) == ("192.0.2.1", "a=1", "x")
    twice = b"GET /headers HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\nConnection: close\r\n\r\n"
    with closing(server.raw(twice)) as connection:
        answer = read_to_end(connection)
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["HTTP_X_FORWARDED_FOR"] == "192.0.2.1,192.0.2.2"


def test_head_has_no_body(server):
    status, body, _, headers = server.ask("/page", "HEAD")
    assert (status, body) == (200, b"")
    assert headers["content-length"]
    assert server.ask("/export?30", "HEAD")[2] < 1


@pytest.mark.parametrize("kind", ["nothing of a head", "half a head", "kept alive"])
def test_however_many_connections_say_nothing_others_are_heard(server, kind):
    """More than the server takes, from one address; a caller from another one, and one who is being answered, stay."""
    kept = HEAD.replace(b"POST", b"GET") % b"/api/call" + b"\r\n"
    with ExitStack() as stack:
        other = stack.enter_context(closing(server.raw(kept, address="127.0.0.9")))
        assert other.recv(65536).startswith(b"HTTP/1.1 200 ")
        rude = [stack.enter_context(closing(server.raw(SLOW.get(kind, kept)))) for _ in range(600)]
        for _ in range(20):
            in_time(server)
            time.sleep(0.1)
        other.sendall(kept)
        assert other.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert len(rude) == 600
