"""What processes do that go on for days, once all is loaded."""

import gc

from django.urls import get_resolver


def settle() -> None:
    """Load the pages and keep what is loaded out of the garbage collector's way.

    It would go through some hundred thousand objects that never change again and again: 100 ms each time, in the
    middle of a request or of a transaction that others wait for.
    """
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
