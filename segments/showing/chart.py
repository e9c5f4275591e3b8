"""A line of sizes as SVG points: no script, and no style that the Content-Security-Policy would block.

The box is stretched to its place on the page, so lines and dots keep their width by `vector-effect` and what is
to be read stands beside it as text.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.formats import date_format

SIDE: Final = 100.0
TOP: Final = 6.0  # room for the highest dot


@dataclass(frozen=True, slots=True)
class Day:
    """A dot, and the strip around it that tells its value. Numbers are texts: templates would localise them."""

    x: str
    y: str
    left: str
    width: str
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    points: str
    area: str
    days: list[Day]
    most: int
    first: str
    last: str


def line_chart(values: list[tuple[date, int]]) -> Chart | None:
    """None for fewer than two days."""
    if len(values) < 2:
        return None
    most = max(size for _, size in values) or 1
    step = SIDE / (len(values) - 1)
    days = []
    for position, (day, size) in enumerate(values):
        left, right = max(position * step - step / 2, 0), min(position * step + step / 2, SIDE)
        words = f"{said(day)}: {size:,} user{'' if size == 1 else 's'}"
        height = SIDE - (SIDE - TOP) * size / most
        days.append(Day(text(position * step), text(height), text(left), text(right - left), words))
    points = " ".join(f"{day.x},{day.y}" for day in days)
    area = f"0,{SIDE} {points} {SIDE},{SIDE}"
    return Chart(points, area, days, most, said(values[0][0]), said(values[-1][0]))


def said(day: date) -> str:
    return date_format(day, "j M Y")


def text(number: float) -> str:
    return f"{number:.2f}"
