"""What a request was about may be deleted while it is being answered: between finding it and using it others act.

That is nobody's mistake, and locking whatever a page shows would make everybody wait. So it is told here, in one
place, from what then fails, and answered as if it had been gone before.
"""

import logging
import traceback
from typing import Final

from django.core.exceptions import ObjectDoesNotExist, ObjectNotUpdated
from django.db import IntegrityError

log = logging.getLogger("users.gone")

GONE: Final = "What this is about was deleted meanwhile."


def is_gone(error: BaseException) -> bool:
    """Whether a row was missing that had been there: not found again, not updated, or pointed to by a new one."""
    if isinstance(error, ObjectDoesNotExist | ObjectNotUpdated):
        return True
    cause = error.__cause__
    names_missing_row = getattr(cause, "sqlstate", None) == "23503" or (
        getattr(cause, "sqlite_errorname", None) == "SQLITE_CONSTRAINT_FOREIGNKEY"
    )
    return isinstance(error, IntegrityError) and names_missing_row


def log_gone(error: BaseException) -> None:
    """Where it happened, should it be a mistake of ours after all; not the message, as databases quote values."""
    log.warning("Gone meanwhile: %s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
