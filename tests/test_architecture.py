"""Apps depend one way: integrations -> segments -> users; jimo_site holds nothing of the domain."""

import ast
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "users": {"users", "jimo_site.settings"},
    "segments": {"segments", "users"},
    "integrations": {"integrations", "segments", "users"},
}
APPS = ("users", "segments", "integrations", "jimo_site")


def imports(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("app", MAY_IMPORT)
def test_apps_depend_one_way(app):
    wrong = []
    for path in (TOP / app).rglob("*.py"):
        for module in imports(path):
            top = module.split(".")[0]
            if top in APPS and top not in MAY_IMPORT[app]:
                wrong.append(f"{path.relative_to(TOP)} imports {module}")
    assert not wrong


def test_the_write_path_stays_readable():
    assert len((TOP / "users/writing/identify.py").read_text().splitlines()) < 400


def test_nothing_else_writes_values():
    """EndUser's documents are written by the write path, merging and the type change alone."""
    allowed = {
        "users/writing/store.py",
        "users/writing/merge.py",
        "users/writing/retype.py",
        "users/writing/erase.py",
        "users/background/delete_project.py",
    }
    writers = set()
    for app in APPS:
        for path in (TOP / app).rglob("*.py"):
            text = path.read_text()
            if "migrations" in path.parts:
                continue
            changes = any(f"EndUser.objects.filter({part}" in text and ".update(" in text for part in ("pk", "merged"))
            if changes or "EndUser.objects.create" in text or "EndUser(" in text.replace("class EndUser(", ""):
                writers.add(str(path.relative_to(TOP)))
    assert writers <= allowed, writers - allowed
