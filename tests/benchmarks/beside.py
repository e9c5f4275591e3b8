"""Identifies beside something else, one after the other, some thirty a second: what callers feel meanwhile.

python -m tests.benchmarks.beside PORT KEY      prints the milliseconds of each until it is ended
"""

import http.client
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

PAUSE = 0.03


def main() -> None:
    port, key = int(sys.argv[1]), sys.argv[2]
    server = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for number in itertools.count():
        body = json.dumps({"user_id": f"user-{number % 1000}", "attributes": {"beside": number}})
        start = time.perf_counter()
        server.request("POST", "/api/v1/identify", body, headers)
        answer = server.getresponse()
        answer.read()
        print((time.perf_counter() - start) * 1000 if answer.status == 200 else f"status {answer.status}", flush=True)
        time.sleep(PAUSE)


@contextmanager
def identifies(port: int, key: str) -> Iterator[list[float]]:
    """In a process of its own; the list is filled when the block ends."""
    taken: list[float] = []
    command = [sys.executable, "-m", "tests.benchmarks.beside", str(port), key]
    with tempfile.TemporaryFile("w+") as lines:  # a pipe would be full after a few thousand
        with subprocess.Popen(command, stdout=lines) as process:
            yield taken
            process.terminate()
        lines.seek(0)
        taken += [float(line) for line in lines.read().splitlines()[1:]]  # the first connects and loads


if __name__ == "__main__":
    main()
