"""The product's settings with the bare view that calls are measured against."""

from jimo_site.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.urls"
