"""Keep processes running: whichever dies is started again, and a signal ends them all."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Final

from users.ground.long_running import SUPERVISED

GRACE: Final = 15.0  # seconds from the signal until what still runs is killed
FIRST_PAUSE: Final = 0.2  # seconds until a process that died is started again; doubled each time it dies soon
LONGEST_PAUSE: Final = 15.0
STEADY: Final = 30.0  # seconds after which a process counts as having worked
TICK: Final = 0.1

type Child = subprocess.Popen[bytes]


def start(command: list[str], folder: str, hand_down: tuple[int, ...] = ()) -> Child:
    """A process that ends when this one has (users/ground/long_running.py)."""
    return subprocess.Popen(  # noqa: S603
        command, cwd=folder, stdin=subprocess.PIPE, pass_fds=hand_down, env={**os.environ, SUPERVISED: "1"},
        start_new_session=True,  # Ctrl-C is for this process, which asks its children to end
    )  # fmt: skip


class Kept:
    def __init__(self, name: str, begin: Callable[[], Child]) -> None:
        self.name, self.begin = name, begin
        self.pause = FIRST_PAUSE
        self.due = 0.0
        self.started = 0.0
        self.process: Child | None = None

    def look(self, now: float) -> None:
        if self.process is None:
            if now >= self.due:
                self.process, self.started = self.begin(), now
            return
        code = self.process.poll()
        if code is None:
            return
        if now - self.started > STEADY:
            self.pause = FIRST_PAUSE
        how = f"signal {-code}" if code < 0 else f"status {code}"
        say(f"The {self.name} ended ({how}); it is started again in {self.pause:g} s.")
        self.process, self.due = None, now + self.pause
        self.pause = min(self.pause * 3, LONGEST_PAUSE)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def keep_running(kept: list[Kept]) -> None:
    """Until SIGTERM or SIGINT."""
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: stopping.append(received))
    while not stopping:
        for one in kept:
            one.look(time.monotonic())
        time.sleep(TICK)
    end([one.process for one in kept if one.process])


def end(processes: list[Child]) -> None:
    for process in processes:
        process.terminate()
    by = time.monotonic() + GRACE
    for process in processes:
        try:
            process.wait(max(0.1, by - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
