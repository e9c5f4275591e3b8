"""Nobody asks which type an attribute has: what differs by type is an ability of its classes, in users/types and
segments/types. A name given on ("a new attribute is a string") is no switch; comparing with one is.
"""

import ast
import re
from pathlib import Path

import pytest

from users.types.table import TYPES

TOP = Path(__file__).resolve().parent.parent
CLASSES = {kind.__name__ for kind in TYPES.values()}
# Connectors say which of our types each of the vendor's is; the demo's CRM speaks of a vendor's.
HOMES = ("users/types/", "segments/types/", "integrations/connectors/", "integrations/demo/crm/")
# file -> what it says that looks like a switch, and why it is none.
ALLOWED = {
    "segments/language/operators.py": (
        '"string": STRING, "number": NUMBER, "boolean": BOOLEAN, "date": DATE, "list": LIST, "segment": SEGMENT,',
        "the operator table, which tests/segments/test_types.py holds to the types",
    ),
    "templates/segments/growth.html": ('move.cause == "list"', "a move that editing a list was the cause of"),
    "segments/views/builder.py": ('"list": list_of(request, tree)', "the address of a list of users"),
    "users/registry/item_types.py": ("[String.name]", "an answer: the items of tags are texts"),
    "users/forms/accounts.py": ('"list": "time-zones"', "the attribute of an <input> that names its <datalist>"),
}


def parts_of(node):
    """What the node asks about or is keyed by."""
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, ast.Dict):
        return [key for key in node.keys if key is not None]
    if isinstance(node, ast.MatchValue):
        return [node.value]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "issubclass":
        return node.args[1:]
    return []


def items_of(part):
    return part.elts if isinstance(part, ast.Tuple | ast.List | ast.Set) else [part]


def is_a_type(part):
    """ "date", Date, types.Date, Date.name, Attribute.Type.DATE."""
    if isinstance(part, ast.Attribute):
        of_class = part.attr == "name" and is_a_type(part.value)
        of_model = isinstance(part.value, ast.Attribute) and part.value.attr == "Type"
        return of_class or of_model or part.attr in CLASSES
    return (isinstance(part, ast.Name) and part.id in CLASSES) or (
        isinstance(part, ast.Constant) and part.value in TYPES
    )


def is_a_choice_of_types(node):
    """("string", "list"), to be asked for what is in it."""
    return isinstance(node, ast.Tuple | ast.List | ast.Set) and node.elts and all(map(is_a_type, node.elts))


def switches_in(text):
    return [
        node.lineno if hasattr(node, "lineno") else 0
        for node in ast.walk(ast.parse(text))
        if is_a_choice_of_types(node) or any(is_a_type(item) for part in parts_of(node) for item in items_of(part))
    ]


def without_allowed(name, text):
    """The text with other words where it says what it may."""
    if name not in ALLOWED:
        return text
    allowed, _ = ALLOWED[name]
    assert text.count(allowed) == 1, (
        f"ALLOWED quotes {name}, which no longer says so: quote what it says now, or take it out"
    )
    return text.replace(allowed, re.sub(r'(?<=["\[])\w', "_", allowed))


@pytest.mark.parametrize("code", [
    'if kind == "date": pass', 'if "list" != kind: pass', 'x = kind in ("string", "list")', "x = kind is Date",
    'x = {"number": 3}.get(kind)', "x = field.type == Attribute.Type.LIST", "x = kind == types.String.name",
    'match kind:\n case "boolean": pass', "x = issubclass(kind, Number)", 'FOLDED = {"string", "list"}',
])  # fmt: skip
def test_a_switch_is_seen(code):
    assert switches_in(code)


@pytest.mark.parametrize("code", [
    'x = {"type": "string"}', 'x = asked.get("type", "string")', 'x = request.POST.get("number", "") != "1"',
    'x = isinstance(value, list)', 'x = Number.holds(value)', 'x = ("Text", "Pro", "string")',
])  # fmt: skip
def test_a_name_that_is_given_on_is_none(code):
    assert not switches_in(code)


def test_no_code_asks_which_type_it_has():
    found = {}
    for app in ("users", "segments", "integrations"):
        for path in sorted((TOP / app).rglob("*.py")):
            name = str(path.relative_to(TOP))
            if "migrations" in path.parts or name.startswith(HOMES):
                continue
            if lines := switches_in(without_allowed(name, path.read_text())):
                found[name] = lines
    assert found == {}, "Make it an ability of the type's class in users/types or segments/types"


def test_no_template_asks_which_type_it_has():
    names = "|".join(TYPES)
    asked = re.compile(rf"""\{{%\s*(?:el)?if\b[^%]*?(?:==|!=|\bin)\s*["'](?:{names})["'][^%]*%\}}""")
    assert asked.search('{% if kind == "list" %}')
    templates = {str(path.relative_to(TOP)): path.read_text() for path in (TOP / "templates").rglob("*.html")}
    assert [name for name, text in templates.items() if asked.search(without_allowed(name, text))] == []
