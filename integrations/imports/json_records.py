"""JSON lines: each line an object, whose members are the cells."""

from pathlib import Path
from typing import Any

from integrations.imports.records import LONGEST_LINE, NOT_GIVEN, Bad, Record, Records
from users.database.value_json import read_json


def json_records(path: Path, names: list[str]) -> Records:
    """The members called `names`, in their order. A further member is said by its line, for it would be lost."""
    known = set(names)
    for line, text, body in objects(path):
        if isinstance(body, Bad):
            yield body
        elif extra := [key for key in body if key not in known]:
            reason = f"The line has a member {extra[0][:60]!r} that the first lines do not have. Put one there, too."
            yield Bad(line, text, reason)
        else:
            yield Record(line, [body.get(name, NOT_GIVEN) for name in names])


def members_of(path: Path, most: int) -> list[str]:
    """The members of the first lines, in the order in which they appear."""
    names: dict[str, None] = {}
    for number, (_, _, body) in enumerate(objects(path)):
        if number >= most:
            break
        if not isinstance(body, Bad):
            names.update(dict.fromkeys(body))
    return list(names)


def objects(path: Path) -> Any:
    """(line, text, object or Bad) of each line that is not blank."""
    with path.open("rb") as file:
        number = 0
        while raw := file.readline(LONGEST_LINE):
            number += 1
            if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
                while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                    pass
                yield number, "", Bad(number, "", f"The line is longer than {LONGEST_LINE:,} bytes.")
                continue
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8", "replace").strip()
            if text:
                yield number, text, object_of(number, text)


def object_of(number: int, text: str) -> dict[str, Any] | Bad:
    try:
        body = read_json(text)
    except (ValueError, RecursionError):
        return Bad(number, text, 'The line is not JSON. Each line is an object, such as {"user_id": "u1"}.')
    if not isinstance(body, dict):
        return Bad(number, text, 'The line is not a JSON object, such as {"user_id": "u1"}.')
    return body
