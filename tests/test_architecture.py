"""Who writes values. Who imports whom is in pyproject.toml, and `make lint` checks it."""

from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
APPS = ("users", "segments", "integrations", "jimo_site")


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
