"""A cache that holds so many bytes: `functools.lru_cache` counts entries, whatever each of them weighs."""

from collections import OrderedDict
from collections.abc import Callable
from functools import update_wrapper
from threading import Lock
from typing import Any, Final, cast


class Kept:
    __slots__ = ("answer", "asked", "weight")

    def __init__(self, answer: Any, weight: int) -> None:
        self.answer, self.weight, self.asked = answer, weight, False


class Bounded[**P, T]:
    """The function, asked once for each arguments, which are positional and hashable.

    Kept are answers of `most` bytes together, by what `weigh(answer, *arguments)` says. The oldest goes, unless it was
    asked for since it was last looked at: reading takes no lock. None is held while the function works either: two who
    miss at once both ask.
    """

    def __init__(self, function: Callable[P, T], most: int, weigh: Callable[..., int]) -> None:
        update_wrapper(self, function)
        self.function, self.most, self.weigh = function, most, weigh
        self.held = 0  # bytes
        self._kept: OrderedDict[Any, Kept] = OrderedDict()
        self._lock: Final = Lock()

    def __call__(self, *arguments: P.args, **no_others: P.kwargs) -> T:
        found = self._kept.get(arguments)
        if found is not None:
            found.asked = True
            return cast(T, found.answer)
        answer = self.function(*arguments, **no_others)
        self._keep(arguments, Kept(answer, self.weigh(answer, *arguments)))
        return answer

    def _keep(self, arguments: Any, kept: Kept) -> None:
        if kept.weight > self.most:
            return
        with self._lock:
            if former := self._kept.pop(arguments, None):
                self.held -= former.weight
            self._kept[arguments] = kept
            self.held += kept.weight
            while self.held > self.most:
                oldest, entry = self._kept.popitem(last=False)
                if entry.asked:
                    entry.asked = False
                    self._kept[oldest] = entry
                else:
                    self.held -= entry.weight

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
