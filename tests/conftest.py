"""Fixtures and markers for all tests, and the promise that none is skipped unnoticed."""

import time

import pytest


def pytest_itemcollected(item):
    """Whatever has Chromium started for it has the marker `browser`."""
    if "browser" in item.fixturenames:
        item.add_marker("browser")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A skipped test is a failed one: what cannot run here must say so by failing."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {report.longrepr}"


@pytest.fixture(autouse=True)
def _fresh_process_caches():
    """Each test has its own database: what a process remembers of another is wrong here."""
    from integrations.webhooks.wanted import hooks
    from segments.engines.compiled import compiled
    from users.accounts import keys
    from users.registry import attributes
    from users.writing import call_counts

    attributes.registry.cache_clear()
    compiled.cache_clear()
    hooks.cache_clear()
    attributes._noted.clear()
    call_counts._counts.clear()
    call_counts._flushed = time.time()
    keys._cache.clear()
    keys._used.clear()


@pytest.fixture(autouse=True)
def _no_toys_for_others():
    """The connectors of tests are not there for the next test: what is described of sources was made without them."""
    from django.urls import get_resolver

    from users.extend import sources

    assert get_resolver().url_patterns
    yield
    for slug in ("toy", "acme"):
        sources._entries.pop(slug, None)


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _jimer_ids_that_no_search_finds(monkeypatch):
    """Made-up ids begin with letters that no test searches for: one in a thousand began with "lin" or "u1"."""
    from users.writing import resolve

    made_up = resolve.new_jimer_id
    monkeypatch.setattr(resolve, "new_jimer_id", lambda: f"Qq{made_up()[2:]}")


@pytest.fixture
def now():
    from django.utils import timezone

    return timezone.now()


@pytest.fixture
def project(db):
    from tests.factories import ProjectFactory

    return ProjectFactory()


@pytest.fixture
def snippet():
    from users.writing.calls import Origin

    return Origin("snippet", None, "Snippet", public=True)


@pytest.fixture
def server():
    from users.writing.calls import Origin

    return Origin("key", None, "Billing")
