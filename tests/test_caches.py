"""What a process keeps is bounded in bytes, whatever strangers send: all caches are found and filled here."""

import importlib
import pkgutil
import tracemalloc
from datetime import UTC, datetime, timedelta
from functools import _lru_cache_wrapper
from zoneinfo import ZoneInfo

import pytest

from segments.defining.edit import Author, create_segment
from segments.engines import compiled as compiled_module
from segments.engines.compiled import compiled
from users.ground.bounded_cache import Bounded, Minutes, bounded
from users.models import Attribute
from users.registry import attributes

PRODUCT = ("users", "segments", "integrations", "jimo_site")
MOST = 24 << 20  # bytes of one cache that counts entries
WIDE = "\U0001f600"
# What each of those is asked for at its worst, by number.
WORST = {
    "users.registry.attributes.check_key_text": lambda n: (f"{n:06}{WIDE * 94}",),
    "users.writing.search_terms.plain_letter": lambda n: (chr(0x4E00 + n),),
    "users.writing.search_terms.shade": lambda n: (chr(0x4E00 + n),),
    "users.database.statements.kept_text": lambda n: (f"{n:06}%s{WIDE * 7_900}",),
    "users.writing.store.adapted": lambda n: (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n), "sqlite"),
    "segments.language.pattern_engine.steps": lambda n: (f"{WIDE * 490}{n}", True),
    "segments.language.patterns.orbit": lambda n: (ord("a") + n % 26,),
    "segments.language.patterns.check_pattern": lambda n: (f"{WIDE * 490}{n:06}",),
    "segments.language.patterns.translated": lambda n: (f"[a-z]{{1,9}}{WIDE * 480}{n:06}", True),
    "segments.language.dates.micros_of": lambda n: (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n),),
    "segments.language.dates.day_start": lambda n: (738_000 + n, ZoneInfo("Europe/Paris")),
}
# What has as many answers as the product itself has icons, sources, databases, zones, letters and lists of files.
FINITE = {
    "users.ground.icons.icon", "users.showing.marks.tile", "users.showing.marks.source_mark",
    "users.writing.store.memberships_column", "users.writing.store.profile_columns", "users.ground.time_zones.zone_choices",
    "users.ground.time_zones.all_names",
    "users.views.help_pages.entries", "users.views.help_pages.drawn_article",
    "users.templatetags.fixed.rendered",
    "jimo_site.modules.kept",
    "segments.language.patterns.kin", "integrations.connectors.registry.connectors",
    "integrations.outside.connections.pools",
}  # fmt: skip
BY_ENGINE = {"segments.language.pattern_engine.engine"}  # RE2 bounds each: tests/users/test_limits.py
# Module-level dicts that grow, with what bounds each.
GROWING = {
    "users.api.rate_limit._allowances": "MOST_BUCKETS, with names of 50 letters",
    "users.accounts.keys._cache": "1,000 keys of a second",
    "users.writing.group_commit._queues": "calls that a thread each waits for, gone when they are answered",
    "integrations.imports.stream._open": "MOST_OPEN files, each with a row or a buffer of its reader",
    "integrations.connectors.files._open": "MOST_OPEN files, each with a row or a buffer of its reader",
    "users.writing.call_counts._counts": "a project, minute and origin each, flushed within seconds",
}


def modules():
    for package in PRODUCT:
        root = importlib.import_module(package)
        yield root
        for found in pkgutil.walk_packages(root.__path__, f"{package}."):
            if ".migrations" not in found.name and not found.name.endswith((".wsgi", ".asgi", "settings")):
                yield importlib.import_module(found.name)


def globals_of(kinds):
    for module in modules():
        for name, value in vars(module).items():
            if isinstance(value, kinds):
                home = getattr(getattr(value, "__wrapped__", None), "__module__", module.__name__)
                if home == module.__name__:
                    yield f"{module.__name__}.{name}", value


@pytest.mark.slow
def test_all_that_count_entries_are_known_and_small_at_their_worst():
    found = dict(globals_of(_lru_cache_wrapper))
    assert found.keys() == WORST.keys() | FINITE | BY_ENGINE
    for name, worst in WORST.items():
        cache = found[name]
        most = cache.cache_info().maxsize
        assert most is not None, name
        entries = min(most, 40)
        cache.cache_clear()
        for number in range(20):  # what the first calls load for good is no entry
            cache(*worst(10_000 + number))
        cache.cache_clear()
        tracemalloc.start()
        try:
            for number in range(entries):
                cache(*worst(number))
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert kept / entries * most < MOST, (name, kept // entries)


def test_what_grows_in_modules_is_known():
    held = (dict, set, list)
    grown = {name for name, _ in globals_of(held) if name.rpartition(".")[2].startswith("_") and "__" not in name}
    assert grown == GROWING.keys()
    assert {name for name, _ in globals_of(Minutes)} == {
        "users.registry.attributes._noted",
        "users.accounts.keys._used",
    }


def test_bounded_ones_are_known_and_moderate():
    found = dict(globals_of(Bounded))
    assert found.keys() == {
        "users.registry.attributes.registry",
        "segments.engines.compiled.compiled",
        "integrations.webhooks.wanted.hooks",
        "users.api.middleware.view_at",
    }
    assert sum(cache.most for cache in found.values()) <= 128 << 20


def test_a_bounded_one_keeps_the_last_asked_for_within_its_bytes():
    asked = []

    @bounded(1_000, lambda answer, text: len(answer))
    def double(text):
        asked.append(text)
        return text * 2

    for text in ("a" * 100, "b" * 200, "a" * 100, "c" * 150, "a" * 100):
        double(text)
    assert (double.held, len(double), asked) == (900, 3, ["a" * 100, "b" * 200, "c" * 150])
    double("d" * 200)
    assert double.held <= 1_000
    double("a" * 100)
    assert asked[-1] == "d" * 200  # it was asked for again, so it is still there
    double("b" * 200)
    assert asked[-1] == "b" * 200
    double("e" * 600)
    assert (double.held <= 1_000, len(asked)) == (True, 6)
    double("e" * 600)
    assert len(asked) == 7  # heavier than all there is room for


def test_minutes_forget_rather_than_grow():
    noted = Minutes(most=100)
    assert noted.due([1, 2], 5) == [1, 2]
    assert noted.due([2, 3], 5) == [3]
    for pk in range(1_000):
        noted.due([pk], 6)
    assert len(noted) <= 100


def measured(build):
    build()
    tracemalloc.start()
    try:
        made = build()
        return made, tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.mark.django_db
def test_a_registry_weighs_no_less_than_it_is(project):
    Attribute.objects.bulk_create(
        Attribute(project=project, source="custom", key=f"{n:03}{WIDE * 97}", type="string", name=WIDE * 100)
        for n in range(400)
    )
    made, size = measured(lambda: attributes.registry.function(project.pk, 1))
    assert size <= attributes.weight(made)


RULES = [
    [{"field": "custom.plan", "operator": "is_any_of", "value": [f"plan {n}" for n in range(1_000)]}],
    [{"field": "custom.plan", "operator": "is", "value": "Pro"} for _ in range(190)],
    [{"field": "custom.seats", "operator": "between", "value": [n, n + 1]} for n in range(190)],
    [{"field": "custom.rooms", "operator": "includes_all", "value": [n, str(n), WIDE * 20]} for n in range(150)],
    [{"field": "custom.joined", "operator": "in_last", "value": {"n": n + 1, "unit": "day"}} for n in range(190)],
    [{"field": "custom.plan", "operator": "matches", "value": f"^a{n}.*b"} for n in range(25)],
]


@pytest.mark.django_db
@pytest.mark.parametrize("number", range(len(RULES)))
def test_a_projects_segments_weigh_no_less_than_they_are(project, now, number):
    from tests.factories import user

    user(project, "u1", attributes={"plan": "Pro", "seats": 1, "rooms": ["a"], "joined": "2024-06-15"})
    tree = {"combinator": "or", "rules": RULES[number]}
    for position in range(3):
        by = Author(None, "Tests")
        create_segment(project, {"name": f"S{position}"}, rule=tree, static=False, by=by, now=now)
    known = attributes.registry_of(project)
    made, size = measured(lambda: compiled_module.compile_all(project.pk, known))
    assert not any(segment.broken for segment in made.by_id.values())
    assert 5_000 < size <= compiled.weigh(made)
