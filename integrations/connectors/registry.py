"""The connectors that there are: every class in a module of this package that has a slug."""

import pkgutil
from functools import cache
from importlib import import_module

from integrations import connectors as package
from integrations.connectors.base import Connector
from users.extend import sources

NOT_CONNECTORS = ("base", "failures", "registry")


@cache
def connectors() -> dict[str, Connector]:
    """slug -> connector, in the order of the catalogue: by name."""
    for module in pkgutil.iter_modules(package.__path__):
        if module.name not in NOT_CONNECTORS:
            import_module(f"{package.__name__}.{module.name}")
    found = {kind.slug: kind() for kind in all_below(Connector) if "slug" in vars(kind)}
    return dict(sorted(found.items(), key=lambda item: item[1].source.name.casefold()))


def all_below(kind: type[Connector]) -> list[type[Connector]]:
    return [one for child in kind.__subclasses__() for one in (child, *all_below(child))]


def connector(slug: str) -> Connector | None:
    return connectors().get(slug)


def register_sources() -> None:
    """Their names and marks, wherever a value's source is shown."""
    for slug, found in connectors().items():
        if sources.get(slug) is None:
            sources.add(slug, found.source)
