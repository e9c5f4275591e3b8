"""A server that the tests start, and callers as rude as they come."""

import http.client
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent


class Server:
    def __init__(self, port, process):
        self.port, self.process = port, process

    def ask(self, path, method="GET", body=None, headers=None):
        """(status, body, seconds, headers), over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        began = time.monotonic()
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read(), time.monotonic() - began, answer.headers
        finally:
            connection.close()

    def raw(self, sent, receive_buffer=None, address="127.0.0.1"):
        """A connection on which these bytes were sent, from an address of this machine."""
        made = socket.socket()
        made.bind((address, 0))
        if receive_buffer:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        made.settimeout(15)
        made.connect(("127.0.0.1", self.port))
        made.sendall(sent)
        return made


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_until(holds, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError(f"This did not come to hold within {seconds} s.")


def is_up(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def server():
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.serving.app", str(port)], cwd=TOP)
    try:
        wait_until(lambda: is_up(port))
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(15)
