"""What `make demo` runs beside the product: its pretend HubSpot, on this machine alone, as everybody knows its token."""

import os
import sys
from functools import partial

from jimo_site.serving.processes import listen
from jimo_site.serving.supervise import Kept, start

LOOPBACK = "127.0.0.1"


def demo_crm(port: int, folder: str) -> Kept:
    """Its process, at the port after the product's if that is free. All processes learn where it is."""
    own = free_port(port + 1)
    os.environ["DEMO_CRM_URL"] = f"http://{LOOPBACK}:{own}"
    os.environ["ALLOW_PRIVATE_CONNECTIONS"] = "1"
    return Kept("demo CRM", partial(start, [sys.executable, "-m", "integrations.demo.crm", str(own)], folder))


def free_port(wanted: int) -> int:
    for port in (wanted, 0):
        try:
            listener = listen(LOOPBACK, port)
        except (OSError, OverflowError):
            continue
        found: int = listener.getsockname()[1]
        listener.close()
        return found
    raise OSError("no port is free")
