"""Files that wait for their import: on the disk that servers and workers share, under names that nobody chose."""

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from integrations.imports.earlier import beside
from integrations.imports.records import Unreadable
from integrations.models import Import

LARGEST: Final = 1024 * 1024 * 1024  # bytes


class TooLarge(ValueError):
    """More than is taken."""


def folder() -> Path:
    return Path(settings.IMPORTS_DIR)


def keep(pieces: Iterable[bytes]) -> tuple[str, int]:
    """Write the pieces as they come; returns the file's name and its size. Raises TooLarge."""
    folder().mkdir(parents=True, exist_ok=True)
    name, size = f"{secrets.token_hex(16)}.upload", 0
    path = folder() / name
    try:
        with path.open("wb") as file:
            for piece in pieces:
                size += len(piece)
                if size > LARGEST:
                    raise TooLarge("The file is larger than 1 GB. Split it.")
                file.write(piece)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return name, size


def path_of(found: Import) -> Path:
    """Raises Unreadable where the file is gone."""
    path = folder() / found.file
    if not found.file or not path.is_file():
        raise Unreadable("The file is not kept any more. Upload it again.")
    return path


def deleted(instance: Import, **_: Any) -> None:
    """The row went, with its project too: the file goes along."""
    if instance.file:
        unlink(instance.file)


def unlink(name: str) -> None:
    for path in (folder() / name, beside(folder() / name)):
        path.unlink(missing_ok=True)


def remove(found: Import) -> None:
    if found.file:
        unlink(found.file)
        Import.objects.filter(pk=found.pk).update(file="")
        found.file = ""
