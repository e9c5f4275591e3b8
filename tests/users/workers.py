"""Real worker processes on the suite's database. Run as a program it is one, with kinds of jobs made for tests.

`sleeping` in lane imports and `turning` in lane syncs take `seconds` a chunk and end after `chunks`; `noted` in the
default lane ends at once.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def register_kinds():
    from users.jobs import KINDS, register

    def counting(job, now):
        time.sleep(job.params.get("seconds", 0))
        job.progress += 1
        return job.progress >= job.params.get("chunks", 1)

    register("sleeping", words="Sleeping", own_transactions=True, lane="imports")(counting)
    register("turning", words="Turning", own_transactions=True, lane="syncs", in_turns=True)(counting)
    register("noted", words="Noted")(counting)
    return [KINDS[name] for name in ("sleeping", "turning", "noted")]


def environment(**more):
    """For a process on this test's database."""
    from django.conf import settings
    from django.db import connection

    name, url = str(connection.settings_dict["NAME"]), os.environ["DATABASE_URL"]
    if connection.vendor == "sqlite":
        url = f"sqlite:///{name}"
    else:
        url = url.replace("/postgres?", f"/{name}?") if "/postgres?" in url else url.rsplit("/", 1)[0] + f"/{name}"
    here = {
        "DATABASE_URL": url, "JIMO_TEST_SQLITE": "", "DJANGO_SETTINGS_MODULE": "jimo_site.settings",
        "IMPORTS_DIR": settings.IMPORTS_DIR,
    }  # fmt: skip
    return {**os.environ, **here, **more}


def worker(*words, **more):
    """`manage.py worker`, with what is to follow."""
    return process("-m", "tests.users.workers", *words, **more)


def celery(*words, broker):
    """`celery worker`, with what is to follow."""
    return process("-m", "celery", "-A", "tests.users.workers:app", "worker", *words, TASKS_BROKER_URL=broker)


@contextmanager
def process(*words, **more):
    """It ends when asked to, unless it was killed."""
    started = subprocess.Popen([sys.executable, *words], env=environment(**more), cwd=TOP)
    try:
        yield started
    finally:
        if started.poll() is None:
            started.send_signal(signal.SIGTERM)
            assert started.wait(20) == 0
        else:
            assert started.returncode == -signal.SIGKILL, "it ended by itself"


def until(holds, seconds=60):
    """Wait until it holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


def in_state(job, state):
    job.refresh_from_db()
    return job.state == state


def __getattr__(name):
    """`app`, of Celery: the product's own, which registers the kinds as soon as a worker of it has set Django up."""
    if name != "app":
        raise AttributeError(name)
    from celery.signals import worker_init

    from jimo_site.celery import app

    worker_init.connect(lambda **about: register_kinds(), sender=None, weak=False)
    return app


if __name__ == "__main__":
    import django
    from django.core.management import call_command

    django.setup()
    register_kinds()
    call_command("worker", *sys.argv[1:])
