"""The types are listed once: what names them all asks the table."""

import ast
from pathlib import Path

import yaml
from django.test import Client

from users.types.table import TYPES


def test_the_api_describes_every_type_wherever_an_attribute_is():
    schema = yaml.safe_load(Client().get("/api/schema/").content)
    listed = [found["enum"] for found in dicts(schema) if isinstance(found.get("enum"), list)]
    of_types = [names for names in listed if "number" in names and "boolean" in names]
    assert of_types
    assert all(names == list(TYPES) for names in of_types)


def test_no_module_lists_the_types_again():
    again = [
        f"{path}:{node.lineno}"
        for app in ("users", "segments", "integrations")
        for path in Path(app).rglob("*.py")
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.List | ast.Tuple | ast.Set)
        and set(TYPES) <= {item.value for item in node.elts if isinstance(item, ast.Constant)}
    ]
    assert again == []


def dicts(part):
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else []:
        yield from dicts(inner)
