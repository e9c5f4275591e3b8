"""Serve the Demo CRM: python -m integrations.demo.crm PORT."""

import signal
import sys
from datetime import UTC, datetime
from threading import Thread

from integrations.demo.crm.seed import seeded
from integrations.demo.crm.server import Server
from users.ground.long_running import end_with_parent


def main(port: int) -> None:
    end_with_parent()
    server = Server(seeded(datetime.now(UTC)), port=port)
    # shutdown() waits for the loop, which this thread runs: so another one asks for it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: Thread(target=server.shutdown, daemon=True).start())
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
