"""Each type has every ability, and what names them all asks the table."""

import ast
import json
from pathlib import Path

import pytest
import yaml
from django.template.loader import render_to_string
from django.test import Client

from tests.reading import html_of
from users.models import Attribute
from users.showing.problems import Problem
from users.showing.values import value_html, value_text
from users.types.base import AttributeType
from users.types.fitting import Misfit
from users.types.table import TYPES, folded, infer, is_of
from users.writing.operations import ARITHMETIC

EACH = pytest.mark.parametrize("kind", TYPES.values(), ids=str)


def test_the_table_has_what_the_database_knows():
    assert list(TYPES) == list(Attribute.Type.values)


@EACH
def test_each_type_has_words_of_its_own(kind):
    for ability in ("name", "label", "plural", "example"):
        assert vars(kind)[ability]
        assert len({getattr(other, ability) for other in TYPES.values()}) == len(TYPES), ability


@EACH
def test_what_a_type_infers_it_takes_holds_shows_and_reads_again(kind):
    example = json.loads(kind.example)
    stored = kind.coerce(example)
    assert infer(example) == kind.name
    assert is_of(kind.name, stored)
    assert kind.coerce(kind.parse(kind.raw(stored))) == stored
    assert kind.convert(example if is_of("list", example) else [example]) == stored
    copy = folded(kind.name, stored)
    assert copy is None or kind.coerce(copy) == copy


@EACH
@pytest.mark.parametrize("wrong", [{"a": 1}, None, [[1]]], ids=str)
def test_each_type_refuses_in_words(kind, wrong):
    with pytest.raises(Misfit) as refused:
        kind.coerce(wrong)
    assert refused.value.reason.endswith(".")


@EACH
def test_each_type_is_typed_in(kind):
    about = {"type": kind.name, "id": "x", "label": "Plan", "text": kind.raw(kind.coerce(json.loads(kind.example)))}
    html = html_of(render_to_string("users/profile/value_input.html", about))
    assert 'id="value-x" name="value"' in html
    assert all(f'{name}="{said}"' in html for name, said in kind.input_attributes.items())
    refused = render_to_string("users/profile/value_input.html", {**about, "problem": Problem("No.", "value-x")})
    assert 'aria-describedby="value-x-error"' in refused
    assert 'id="value-x-error">No.' in refused


@EACH
def test_each_type_says_how_its_values_look(kind):
    stored = kind.coerce(json.loads(kind.example))
    assert kind.text(stored)
    assert kind.is_folded == (folded(kind.name, stored) is not None)
    assert value_html(stored, kind.name) == kind.html(stored) != value_html(None, kind.name)
    assert value_text(stored, kind.name) == kind.text(stored)
    assert 'class="value' in kind.column_html(None)


@EACH
@pytest.mark.parametrize("other", TYPES.values(), ids=str)
def test_a_leftover_of_a_type_change_looks_like_what_it_is(kind, other):
    """A text that is no longer a date is a text; one that happens to be a date is one where dates are expected."""
    leftover = other.coerce(json.loads(other.example))
    like = kind if kind.holds(leftover) else next(held for held in TYPES.values() if held.holds(leftover))
    assert value_html(leftover, kind.name) == like.html(leftover)


def test_each_operation_on_a_stored_value_belongs_to_one_type():
    assert sorted(name for kind in TYPES.values() for name in kind.operations) == sorted(ARITHMETIC)


def test_no_type_leaves_an_ability_undecided():
    undecided = {
        (kind.name, name)
        for kind in TYPES.values()
        for name in ("infers", "coerce", "holds")
        if getattr(kind, name) is getattr(AttributeType, name)
    }
    assert not undecided


def test_the_api_describes_every_type_wherever_an_attribute_is():
    schema = yaml.safe_load(Client().get("/api/schema/").content)
    listed = [found["enum"] for found in dicts(schema) if isinstance(found.get("enum"), list)]
    listed = [[name for name in names if name is not None] for names in listed]  # null where it may be left out
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
