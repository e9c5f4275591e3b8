"""The test that CONTRIBUTING.md has newcomers write passes, where it tells them to put it, and fails as it says."""

import re
from pathlib import Path

import pytest

from tests.users.api import test_users

pytestmark = pytest.mark.django_db
BLOCK = re.search(
    r"```python\n(.+?)```", (Path(__file__).resolve().parents[3] / "CONTRIBUTING.md").read_text(), re.DOTALL
)[1]


def written(block):
    """The function of the block, as if it stood in test_users.py."""
    names = dict(vars(test_users))
    before = set(names)
    exec(block, names)
    return next(names[name] for name in names if name not in before and name.startswith("test_"))


def test_it_passes(api):
    written(BLOCK)(api)


def test_it_can_fail(api):
    assert '"seats"' in BLOCK
    with pytest.raises(AssertionError):
        written(BLOCK.replace('"seats"', '"plan"'))(api)
