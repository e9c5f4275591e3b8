"""README and CONTRIBUTING hold: the table of settings, commands, paths, pictures, length."""

import re
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
README = (TOP / "README.md").read_text()
CONTRIBUTING = (TOP / "CONTRIBUTING.md").read_text()
SUITE_ONLY = {"JIMO_TEST_SQLITE"}


def settings_read() -> set[str]:
    """Every environment variable that the product goes by."""
    settings = (TOP / "jimo_site/settings.py").read_text()
    serve = (TOP / "jimo_site/serving/management/commands/serve.py").read_text()
    read = set(re.findall(r"env\.\w+\(\"([A-Z_]+)\"", settings)) | set(
        re.findall(r"environ\.get\(\"([A-Z_]+)\"", serve)
    )
    return read - SUITE_ONLY


def test_every_setting_is_in_the_table_and_every_line_of_it_is_read():
    documented = set()
    for line in re.findall(r"^\| (`[A-Z_`, ]+`) \|", README, re.MULTILINE):
        documented |= set(re.findall(r"[A-Z_]{2,}", line))
    assert settings_read() == documented


def test_every_make_target_is_there():
    makefile = (TOP / "Makefile").read_text()
    for target in re.findall(r"(?:`|^)make (\w+)", README + CONTRIBUTING, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_path_that_newcomers_are_sent_to_is_there():
    paths = re.findall(r"\b((?:tests|templates|static|docs)/[\w./-]+|\.ci/run|[A-Z]{5,}\.md)", CONTRIBUTING)
    assert len(paths) > 10
    for path in paths:
        assert (TOP / path).exists(), path


def test_pictures_are_small_and_there():
    pictures = re.findall(r"\]\((static/readme/[\w-]+\.png)\)", README)
    assert len(pictures) == 3
    for picture in pictures:
        assert (TOP / picture).stat().st_size < 150 * 1024


def test_it_is_short():
    assert len(README.splitlines()) <= 200


def test_pinned_files_name_no_host():
    for path in TOP.glob("requirements*.txt"):
        text = path.read_text()
        assert "://" not in text
        assert "--find-links" not in text
        assert text.count("--hash=sha256:") > 30
