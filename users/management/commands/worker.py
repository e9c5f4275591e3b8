"""Run background work: jobs, each in its lane, as they are started; a sweep for those whose wake-up or worker was lost;
periodic duties.

Where TASKS_BROKER_URL is set Celery takes the jobs, and this does the duties and sends lost wake-ups again.

While the database is away or busy all of it waits, longer each time, and goes on by itself.
"""

import logging
import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from contextlib import suppress
from types import FrameType
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.crypto import get_random_string

from users.background.periodic import DUTIES
from users.database.availability import watch_database
from users.extend import duties, loops
from users.ground.long_running import end_with_parent, settle
from users.jobs import LANES, beats, machinery
from users.jobs.again import wake_up_again
from users.jobs.crew import AWAY, POLL_SECONDS, Dispatcher, Rounds

log = logging.getLogger("users.jobs")
ENDING: Final = 9.0  # seconds that chunks under way have when the process is asked to end


class Duties:
    """Each duty when it is due. One that takes long waits ten times as long: no work without end on large tables."""

    def __init__(self) -> None:
        self.due: dict[str, float] = {}

    def __call__(self) -> None:
        for duty in (*DUTIES, *duties.all().values()):
            name, begun = duty.act.__name__, time.monotonic()
            if begun < self.due.get(name, 0) or machinery.stopping.is_set():
                continue
            self.due[name] = begun + duty.every.total_seconds()
            try:
                duty.act(timezone.now())
            except AWAY:
                self.due[name] = 0  # the next round begins with it
                raise
            except Exception:
                log.exception("The worker's duty %s failed; it is tried again", name)
            took = time.monotonic() - begun
            self.due[name] = begun + max(duty.every.total_seconds(), took * 10)


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()  # they ask the database, which may be away

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--lane", action="append", choices=list(LANES), dest="lanes", metavar="NAME",
            help=f"Take jobs of this lane alone, and leave the duties to others; may be repeated: {', '.join(LANES)}.",
        )  # fmt: skip
        parser.add_argument("--duties-only", action="store_true", help="Take no jobs; do what is due by the clock.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["lanes"] and options["duties_only"]:
            raise CommandError("Give --lane or --duties-only, not both: a worker of some lanes does no duties.")
        broker = bool(settings.TASKS_BROKER_URL)
        if broker and options["lanes"]:
            name = options["lanes"][0]
            raise CommandError(
                f"TASKS_BROKER_URL is set, so Celery takes the jobs: celery -A jimo_site worker -Q {name}"
            )
        machinery.stopping.clear()
        stop_on_signals()  # before anything that a stop in between would leave half done
        end_with_parent()
        name = f"{socket.gethostname()}-{os.getpid()}-{get_random_string(6)}"[-64:]
        settle()
        watch_database()
        lanes = [] if options["duties_only"] or broker else list(dict.fromkeys(options["lanes"] or LANES))
        does_duties = not options["lanes"]
        # The beat has a thread of its own: a long duty must not stop it, or pages would say that nothing runs.
        rounds = [Rounds("beat", lambda: beats.record_beat(name, timezone.now(), lanes, does_duties))]
        if does_duties:
            rounds.append(Rounds("duties", Duties()))
        if broker:
            rounds.append(Rounds("sweep", lambda: wake_up_again(timezone.now())))
        of_lanes = [
            Rounds(name, loop.begin(), loop.seconds) for name, loop in loops.all().items() if loop.lane in lanes
        ]
        dispatcher = Dispatcher(lanes)
        dispatcher.start()
        for thread in (*rounds, *of_lanes):
            thread.start()
        try:
            Rounds("dispatcher", dispatcher, POLL_SECONDS).run()  # here, in the thread that signals reach
        finally:
            machinery.stopping.set()
            dispatcher.stop(ENDING)
            for thread in of_lanes:
                thread.join(2)
            for thread in rounds:
                thread.join(1)
            with suppress(*AWAY):
                beats.remove_beat(name)


def stop_on_signals() -> None:
    """SIGTERM and SIGINT: finish the chunk, hand the job back, end. A second one ends at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        if machinery.stopping.is_set():
            sys.exit(128 + number)
        machinery.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
