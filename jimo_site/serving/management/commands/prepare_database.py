"""Wait until the database can be reached, then migrate it. A database that is refused for good ends it at once."""

import time
from typing import Any, Final

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

from users.ground.long_running import end_with_parent

FIRST_PAUSE: Final = 1.0  # seconds
LONGEST_PAUSE: Final = 15.0
# A wrong address, name, password or folder does not mend itself.
FOR_GOOD: Final = ("authentication failed", "does not exist", "unable to open database file", "could not translate",
                   "failed to resolve host", "not a database", "no password supplied", "no pg_hba.conf entry")  # fmt: skip


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()  # they ask the database, which may be away

    def handle(self, *args: Any, **options: Any) -> None:
        end_with_parent()
        pause = FIRST_PAUSE
        while True:
            try:
                connection.ensure_connection()
                call_command("migrate", verbosity=0, interactive=False)
                return
            except OperationalError as error:
                reason = " ".join(str(error).split())
                if any(words in reason for words in FOR_GOOD):
                    raise CommandError(f"The database refuses: {reason}. Look at DATABASE_URL.") from None
                self.stderr.write(f"The database cannot be reached: {reason}. Next try in {pause:g} s.")
                connection.close()
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
