"""A line of sizes as SVG points: no script, and no style that the Content-Security-Policy would block."""

from dataclasses import dataclass
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 180
TOP: Final = 12


@dataclass(frozen=True, slots=True)
class Chart:
    points: str
    area: str
    dots: list[tuple[float, float, str]]  # x, y, words
    most: int
    first: str
    last: str


def line_chart(values: list[tuple[str, int]]) -> Chart | None:
    """None without at least one value."""
    if not values:
        return None
    most = max(size for _, size in values) or 1
    step = WIDTH / max(len(values) - 1, 1)
    dots = []
    for position, (day, size) in enumerate(values):
        x = position * step if len(values) > 1 else WIDTH / 2
        dots.append((round(x, 1), round(HEIGHT - (HEIGHT - TOP) * size / most, 1), f"{day}: {size:,}"))
    points = " ".join(f"{x},{y}" for x, y, _ in dots)
    area = f"{dots[0][0]},{HEIGHT} {points} {dots[-1][0]},{HEIGHT}"
    return Chart(points, area, dots, most, values[0][0], values[-1][0])
