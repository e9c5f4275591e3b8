"""The pages' scripts are ES modules: what holds for every file of static/js, read as text, and for their hashed names."""

import re
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage

from jimo_site.modules import IMPORT, Storage, imported

ROOT = Path(__file__).parent.parent
JS = ROOT / "static" / "js"
AT_ONCE = "admin-theme.js"  # no module: those run after the page was drawn, in the wrong colours for a moment
FILES = sorted(file for file in JS.rglob("*.js") if file != JS / AT_ONCE)
ENTRIES = ("js/dashboard.js", "js/builder/index.js")
WINDOW = {"addEventListener", "clearTimeout", "getSelection", "htmx", "innerHeight", "innerWidth", "matchMedia",
          "scrollX", "scrollY", "setInterval", "setTimeout"}  # fmt: skip
each_module = pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(JS)))


def header(text: str) -> str:
    return text[: text.index("*/")] if text.startswith("/*") else ""


def exports(text: str) -> set[str]:
    named = re.findall(r"^export (?:async )?(?:function|const|let|class) (\w+)", text, re.MULTILINE)
    for listed in re.findall(r"^export \{([^}]*)\}", text, re.MULTILINE):
        named += [name.split(" as ")[-1].strip() for name in listed.split(",") if name.strip()]
    return set(named)


@each_module
def test_module_has_no_global_of_our_own(file):
    text = file.read_text()
    assert set(re.findall(r"\bwindow\.(\w+)", text)) <= WINDOW
    assert not re.search(r"\bwindow(\.\w+|\[[^]]*\])\s*=[^=]|\bglobalThis\b|Object\.assign\(window\b", text)


@each_module
def test_header_names_the_attributes_or_what_is_exported(file):
    text = file.read_text()
    said, given = header(text), exports(text)
    assert said, "the header comment is missing"
    assert given <= set(re.findall(r"\w+", said))
    assert (
        given or re.search(r"\[(data-[a-z-]+|hx-[a-z]+|maxlength)\b", said) or f"js/{file.relative_to(JS)}" in ENTRIES
    )


@each_module
def test_module_is_loaded_by_a_page(file):
    name = f"js/{file.relative_to(JS)}"
    assert name in {*ENTRIES, *(inner for entry in ENTRIES for inner in imported(entry))}


@each_module
def test_module_imports_at_the_top_and_by_relative_names(file):
    lines = [line for line in file.read_text().splitlines() if re.match(r"import\b|export\b.*\bfrom\b", line)]
    written = re.findall(r"\b(?:from|import)\s+[\"']([^\"']+)[\"']|\bimport\(", file.read_text())
    assert len(lines) == len(written) == len(IMPORT.findall(file.read_text()))


def test_pages_load_modules_by_their_tag_alone():
    for page in [*(ROOT / "templates").rglob("*.html")]:
        assert set(re.findall(r"""<script[^>]*static ['"]js/([^'"]+)""", page.read_text())) <= {AT_ONCE}, page.name


def test_hashed_modules_import_hashed_modules(tmp_path):
    """Else production would ask for names that are not kept for ever, and run a module twice under two names."""
    names = [str(file.relative_to(JS.parent)) for file in FILES]
    source = FileSystemStorage(location=JS.parent)
    kept = Storage(location=tmp_path, base_url="/static/")
    for name in names:
        kept.save(name, source.open(name))
    done = list(kept.post_process({name: (kept, name) for name in names}))
    assert not [result for *_, result in done if isinstance(result, Exception)]
    hashed = {kept.hashed_files[name] for name in names}
    for name in names:
        file = tmp_path / kept.hashed_files[name]
        for inner in IMPORT.findall(file.read_text()):
            found = (file.parent / inner).resolve().relative_to(tmp_path.resolve())
            assert str(found) in hashed


@each_module
def test_requests_and_the_way_to_sign_in_are_in_one_module_each(file):
    text, name = file.read_text(), str(file.relative_to(JS))
    assert ("fetch(" in text) == (name == "shared/requests.js")
    assert ("/sign-in/" in text) == (name == "shared/session.js")
