"""Who writes values, and that docs/architecture.md tells of the house as it stands. Who imports whom: `make lint`."""

import ast
import re
from pathlib import Path

import pytest

from tests import house

TOP = Path(__file__).resolve().parent.parent
APPS = ("users", "segments", "integrations", "jimo_site")
PAGE = (TOP / "docs/architecture.md").read_text()
TOLD = PAGE.partition("### Before the wings")[0]


def test_nothing_else_writes_values():
    """EndUser's documents are written by the wing `writing` alone, and go with their project."""
    writers = set()
    for app in APPS:
        for path in (TOP / app).rglob("*.py"):
            text = path.read_text()
            if "migrations" in path.parts:
                continue
            changes = any(f"EndUser.objects.filter({part}" in text and ".update(" in text for part in ("pk", "merged"))
            if changes or "EndUser.objects.create" in text or "EndUser(" in text.replace("class EndUser(", ""):
                writers.add(str(path.relative_to(TOP)))
    wrong = {path for path in writers if not path.startswith("users/writing/")}
    assert wrong <= {"users/background/delete_project.py"}


def defined_in(path: Path) -> set[str]:
    """Functions and classes as `name`, methods as `Class.name`, assigned names."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return found


def test_each_file_and_name_of_the_page_is_there():
    named = re.findall(r"`((?:\w+/)+(?:[\w-]+\.\w+)?)(?::([\w.]+))?`", TOLD)
    assert len(named) > 80
    for path, name in named:
        assert (TOP / path).exists(), path
        assert not name or name in defined_in(TOP / path), f"{path}:{name}"


def test_each_wing_of_the_page_is_one_and_none_is_left_out():
    for app in house.APPS:
        table = TOLD.partition(f"| Wing of `{app}`")[2].partition("\n\n")[0]
        told = {wing for line in table.splitlines() for wing in re.findall(r"`(\w+)`", line.split("|")[1])}
        rooms = {path.stem for path in (TOP / app).iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
        wings = {room for room in rooms if (TOP / app / room).is_dir()} - {"migrations"}
        assert wings <= told <= rooms | {app}


def without_numbers(text: str) -> str:
    return " ".join(re.sub(r"\d+", "", text).split())


@pytest.mark.slow
def test_the_drawn_house_is_the_one_that_stands():
    """Rooms, arrows and circles; how many imports an arrow is may change without a new drawing."""
    drawn = house.drawn(PAGE, house.sources_now())
    assert without_numbers(drawn) == without_numbers(PAGE), "Draw it anew: .venv/bin/python -m tests.house"
