"""The short form: half a minute of everything. The limits are wider than by hand: here two cores do other tests too."""

import os

import pytest

from tests.chaos.__main__ import run

pytestmark = pytest.mark.slow


def test_everything_breaks_and_nobody_who_behaves_is_kept_waiting_or_loses_anything():
    verdict = run(os.environ.get("TEST_DATABASE", "sqlite"), 25, slack=2.5)
    assert not verdict.faults, "\n".join([*verdict.faults[:20], *verdict.lines])
