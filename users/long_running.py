"""What processes do that go on for days, once all is loaded."""

import gc


def settle() -> None:
    """Keep what is loaded out of the garbage collector's way.

    It would go through some hundred thousand objects that never change again and again: 100 ms each time, in the
    middle of a request or of a transaction that others wait for.
    """
    gc.collect()
    gc.freeze()
