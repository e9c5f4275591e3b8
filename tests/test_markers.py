"""What `make check` leaves out is marked, and what it keeps still tries every part of the product."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent
PARTS = ("users/api", "users/test_identify", "users/test_batch", "users/test_pages", "segments/api",
         "segments/test_membership", "segments/test_patterns", "serving", "test_architecture")  # fmt: skip


class Say:
    """A plugin that prints each test of a collection, its markers, and whether it has a browser started."""

    def pytest_collection_finish(self, session):
        for item in session.items:
            markers = {marker.name for marker in item.iter_markers()} & {"browser", "slow"}
            print("test", " ".join(sorted(markers)), "browser" in item.fixturenames, item.nodeid, sep="\t")


def collected():
    """[(its markers, whether it has a browser started, test)], from a process of its own."""
    script = (
        "import pytest, sys; from tests.test_markers import Say;"
        "sys.exit(pytest.main(['--collect-only', '-qq', '-p', 'no:cacheprovider'], [Say()]))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=TOP, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    lines = [line.split("\t", 3) for line in done.stdout.splitlines() if line.startswith("test\t")]
    return [(set(markers.split()), drives == "True", node) for _, markers, drives, node in lines]


@pytest.mark.slow
def test_what_drives_a_browser_is_marked_and_the_fast_set_tries_every_part():
    tests = collected()
    assert len(tests) > 1000
    assert {node for markers, _, node in tests if "browser" in markers} == {node for _, drives, node in tests if drives}
    fast = [node for markers, _, node in tests if not markers]
    assert not [part for part in PARTS if not any(node.startswith(f"tests/{part}") for node in fast)]
    assert len(fast) > len(tests) / 2


def test_make_check_leaves_out_what_is_marked_and_nothing_else():
    recipe = re.search(r"^check:.*\n\t(.+)$", (TOP / "Makefile").read_text(), re.MULTILINE)[1]
    assert recipe.endswith('-m "not browser and not slow"')


def test_only_tests_of_the_browser_import_what_drives_it():
    """Who starts Chromium without the fixture would have no marker."""
    drives = re.compile(r"^\s*(?:from|import) (?:playwright|axe_playwright_python)", re.MULTILINE)
    tests = [path for path in (TOP / "tests").rglob("test_*.py") if drives.search(path.read_text())]
    assert {path.parent.name for path in tests} == {"browser"}
