"""What processes do that go on for days: keep what is loaded, and do not outlive the one that started them."""

import gc
import os
import signal
import sys
import threading
import time
from typing import Final

SUPERVISED: Final = "JIMO_SUPERVISED"  # in the environment: standard input is held open by the parent, and by it alone
GRACE: Final = 12.0  # seconds from being asked to end until a process ends by force


def settle() -> None:
    """Keep what is loaded out of the garbage collector's way.

    It would go through some hundred thousand objects that never change again and again: 100 ms each time, in the
    middle of a request or of a transaction that others wait for.
    """
    gc.collect()
    gc.freeze()


def end_with_parent() -> None:
    """When the process that started this one ends, even by kill -9, be asked to end, and end."""
    if os.environ.pop(SUPERVISED, ""):
        threading.Thread(target=wait_for_the_end, name="parent", daemon=True).start()


def wait_for_the_end() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)
