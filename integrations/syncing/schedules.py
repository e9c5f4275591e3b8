"""How often a connection is read: minutes, written as "15m", "6h" or "1d"."""

import re
from typing import Any, Final

LEAST: Final = 5
MOST: Final = 24 * 60
BY_HAND: Final = "manual"
# Those that the form offers: minutes and words.
CHOICES: Final = (
    (5, "Every 5 minutes"), (15, "Every 15 minutes"), (30, "Every 30 minutes"), (60, "Every hour"), (360, "Every 6 hours"),
    (720, "Every 12 hours"), (1440, "Every day"), (None, "By hand only"),
)  # fmt: skip
UNITS: Final = {"m": 1, "h": 60, "d": 24 * 60}
WRONG: Final = 'schedule is a time from "5m" to "1d", such as "15m" or "6h", or "manual" for by hand.'


def minutes_of(text: Any) -> int | None:
    """Raises ValueError with what would be right."""
    if text is None or text == BY_HAND:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,4})\s*([mhd])", text) if isinstance(text, str) else None
    minutes = int(found[1]) * UNITS[found[2]] if found else 0
    if not LEAST <= minutes <= MOST:
        raise ValueError(WRONG)
    return minutes


def text_of(minutes: int | None) -> str:
    if minutes is None:
        return BY_HAND
    unit = next(unit for unit in ("d", "h", "m") if minutes % UNITS[unit] == 0)
    return f"{minutes // UNITS[unit]}{unit}"


def words_of(minutes: int | None) -> str:
    """ "Every 15 minutes"; also for times that the form does not offer."""
    return dict(CHOICES).get(minutes) or f"Every {text_of(minutes)}"
