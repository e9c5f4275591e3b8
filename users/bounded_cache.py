"""A cache that holds so many bytes: `functools.lru_cache` counts entries, whatever each of them weighs."""

from collections import OrderedDict
from collections.abc import Callable
from functools import update_wrapper
from threading import Lock
from typing import Any, Final


class Bounded[**P, T]:
    """The function, asked once for each arguments, which are positional and hashable.

    Kept are the answers that were asked for last, of `most` bytes together by what `weigh(answer, *arguments)` says.
    No lock is held while the function works: two who miss at once both ask.
    """

    def __init__(self, function: Callable[P, T], most: int, weigh: Callable[..., int]) -> None:
        update_wrapper(self, function)
        self.function, self.most, self.weigh = function, most, weigh
        self.held = 0  # bytes
        self._kept: OrderedDict[Any, tuple[T, int]] = OrderedDict()
        self._lock: Final = Lock()

    def __call__(self, *arguments: P.args, **no_others: P.kwargs) -> T:
        with self._lock:
            if found := self._kept.get(arguments):
                self._kept.move_to_end(arguments)
                return found[0]
        answer = self.function(*arguments, **no_others)
        self._keep(arguments, answer, self.weigh(answer, *arguments))
        return answer

    def _keep(self, arguments: Any, answer: T, weight: int) -> None:
        if weight > self.most:
            return
        with self._lock:
            if former := self._kept.pop(arguments, None):
                self.held -= former[1]
            self._kept[arguments] = answer, weight
            self.held += weight
            while self.held > self.most:
                self.held -= self._kept.popitem(last=False)[1][1]

    def __len__(self) -> int:
        return len(self._kept)

    def cache_clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self.held = 0


def bounded[**P, T](most: int, weigh: Callable[..., int]) -> Callable[[Callable[P, T]], Bounded[P, T]]:
    """Decorates a function: `@bounded(16 << 20, lambda answer, text: 2 * len(text))`."""
    return lambda function: Bounded(function, most, weigh)


class Minutes:
    """When something was last noted, by row id, a minute as one number; all is forgotten at `most` rows."""

    def __init__(self, most: int = 50_000) -> None:
        self.most = most
        self._noted: dict[int, int] = {}
        self._lock: Final = Lock()

    def due(self, ids: Any, minute: int) -> list[int]:
        """Those that were not noted in this minute; they are now."""
        with self._lock:
            found = [pk for pk in ids if self._noted.get(pk) != minute]
            if len(self._noted) + len(found) > self.most:
                self._noted.clear()
            self._noted.update((pk, minute) for pk in found[: self.most])
        return found

    def clear(self) -> None:
        with self._lock:
            self._noted.clear()

    def __len__(self) -> int:
        return len(self._noted)
