"""Many at once through the real server: python -m tests.benchmarks.crowd sqlite|postgres [calls] [connections]

Starts what `manage.py serve` starts on a fresh database, sends tests/crowd.py's calls, and says how they were
answered, how long the slowest took, and what was lost. Ends with 1 unless all were 2xx and nothing was lost.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from queue import Empty, Queue

FOLDER = tempfile.mkdtemp(prefix="jimo-crowd-")
PROJECT = "Crowd"


def database(kind: str) -> str:
    if kind == "sqlite":
        return f"sqlite:///{FOLDER}/db.sqlite3"
    from tests.database import start_postgres

    return start_postgres()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait(port: int) -> None:
    for _ in range(300):
        try:
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            asked.request("GET", "/readyz")
            if asked.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server did not start")


def send(port: int, secret: str, calls: list, connections: int) -> tuple[Counter[int], list[float], list[str]]:
    """Statuses, seconds and what was said by those that were not 2xx."""
    waiting: Queue = Queue()
    for call in calls:
        waiting.put(call)
    statuses: Counter[int] = Counter()
    seconds: list[float] = []
    said: list[str] = []

    def work() -> None:
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            try:
                method, path, body, with_key = waiting.get_nowait()
            except Empty:
                return
            headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {secret}"} if with_key else {})
            start = time.perf_counter()
            asked.request(method, f"/api/v1/{path}", json.dumps(body).encode(), headers)
            answer = asked.getresponse()
            text = answer.read()
            seconds.append(time.perf_counter() - start)
            statuses[answer.status] += 1
            inner = json.loads(text).get("results", []) if path == "batch" else []
            bad = [item for item in inner if item["status"] >= 300]
            if answer.status >= 300 or bad:
                said.append(text.decode()[:300])

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses, sorted(seconds), said


def main(kind: str, count: int, connections: int) -> int:
    port = free_port()
    os.environ |= {"DATABASE_URL": database(kind), "PUBLIC_RATE_LIMIT": "0", "SECRET_RATE_LIMIT": "0",
                   "SECRET_KEY": "only-here-" + "0" * 40, "PORT": str(port)}  # fmt: skip
    served = subprocess.Popen([sys.executable, "manage.py", "serve"])
    try:
        wait(port)
        return measure(kind, port, count, connections)
    finally:
        served.send_signal(signal.SIGTERM)
        served.wait(30)


def measure(kind: str, port: int, count: int, connections: int) -> int:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "jimo_site.settings"
    django.setup()
    from tests.crowd import Crowd, lost
    from users.accounts.keys import SCOPES, create_key
    from users.accounts.projects import create_project

    project = create_project(PROJECT)
    project.attribute_limit = project.public_attribute_limit = 10 * count
    project.save()
    _, secret = create_key(project, "Crowd", list(SCOPES), None)
    crowd = Crowd(str(project.public_id), count)
    send(port, secret, crowd.before(), 1)
    start = time.perf_counter()
    statuses, seconds, said = send(port, secret, crowd.calls(), connections)
    took = time.perf_counter() - start
    missing = lost(crowd, project)
    print(f"{kind}: {count} calls, {connections} connections: {took:.1f} s, {count / took:.0f} calls/s; "
          f"answers {dict(statuses)}; median {seconds[len(seconds) // 2] * 1000:.0f} ms, "
          f"slowest {seconds[-1] * 1000:.0f} ms; lost {len(missing)}")  # fmt: skip
    for line in [*said[:5], *missing[:10]]:
        print("  ", line)
    return int(bool(said or missing))


if __name__ == "__main__":
    words = sys.argv[1:]
    sys.exit(main(words[0], *(int(word) for word in words[1:] + ["1000", "32"][len(words) - 1 :])))
