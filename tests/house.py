"""Draw the house from its imports.

`.venv/bin/python -m tests.house` draws it into docs/architecture.md, `... COMMIT` prints what it was then, as text.

A room is a folder or a file that stands directly in an app. An arrow is an import from one room into another of the
same app, with how many modules import how many; names for the type checker alone, migrations and tests do not count.
A room stands one floor above the highest that it imports from; rooms that import each other in a circle share a floor.
"""

import ast
import io
import re
import subprocess
import sys
import tarfile
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
PAGE = TOP / "docs/architecture.md"
APPS = ("users", "segments")
BLOCK = re.compile(r"(<!-- drawn by tests/house\.py: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

type Sources = Mapping[str, str]  # path from the top -> text
type Arrows = Mapping[tuple[str, str], int]  # (from room, to room) -> imports


def sources_now() -> Sources:
    return {str(path.relative_to(TOP)): path.read_text() for app in APPS for path in (TOP / app).rglob("*.py")}


def sources_at(commit: str) -> Sources:
    asked = ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}"]
    known = subprocess.run(asked, cwd=TOP, capture_output=True, text=True)
    if known.returncode:
        sys.exit(f"{commit} is no commit that this clone has (a shallow one has few). Say none to draw today's house.")
    archive = ["git", "archive", known.stdout.strip(), *APPS]
    packed = subprocess.run(archive, cwd=TOP, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        paths = [name for name in files.getnames() if name.endswith(".py")]
        return {path: file.read().decode() for path in paths if (file := files.extractfile(path))}


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def modules_in(sources: Sources) -> dict[str, str]:
    """Module -> path, without migrations."""
    return {module_of(path): path for path in sorted(sources) if "/migrations/" not in path}


def runs(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a module, without what stands under `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from runs(node)


def imports_of(path: str, text: str, modules: Mapping[str, str]) -> set[str]:
    """The modules of the house that this one imports."""
    package = module_of(path) if path.endswith("__init__.py") else module_of(path).rpartition(".")[0]
    found = set()
    for node in runs(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.rsplit(".", node.level - 1)[0] if node.level else ""
            home = ".".join(part for part in (above, node.module) if part)
            found |= {whole if (whole := f"{home}.{name.name}") in modules else home for name in node.names}
    return found & modules.keys()


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def arrows_in(sources: Sources, app: str) -> Arrows:
    modules = modules_in(sources)
    arrows: Counter[tuple[str, str]] = Counter()
    for module, path in modules.items():
        for other in imports_of(path, sources[path], modules):
            if module.split(".")[0] == other.split(".")[0] == app and room_of(module) != room_of(other) != "":
                arrows[room_of(module), room_of(other)] += 1
    return arrows


def rooms_in(sources: Sources, app: str) -> Counter[str]:
    """Room -> how many files; what no arrow leads to or from is none."""
    tied = {room for arrow in arrows_in(sources, app) for room in arrow}
    return Counter(room_of(m) for m in modules_in(sources) if m.split(".")[0] == app and room_of(m) in tied)


def reached(arrows: Arrows) -> dict[str, set[str]]:
    """Room -> all that it stands on, by way of others too. A room in a circle stands on itself."""
    below: dict[str, set[str]] = {room: set() for arrow in arrows for room in arrow}
    for start, end in arrows:
        below[start].add(end)
    for middle in below:
        for room in below:
            if middle in below[room]:
                below[room] |= below[middle]
    return below


def circles_in(arrows: Arrows) -> list[list[str]]:
    below = reached(arrows)
    found = {frozenset(other for other in below[room] if room in below[other]) for room in below if room in below[room]}
    return sorted(sorted(circle) for circle in found)


def floors_in(arrows: Arrows) -> dict[str, int]:
    below, floors = reached(arrows), dict[str, int]()

    def floor(room: str) -> int:
        if room not in floors:
            under = [other for other in below[room] if room not in below[other]]
            floors[room] = 1 + max((floor(other) for other in under), default=0)
        return floors[room]

    for room in below:
        floor(room)
    return {room: max(floors[other] for other in below if same_circle(below, room, other)) for room in below}


def same_circle(below: Mapping[str, set[str]], room: str, other: str) -> bool:
    return room == other or (other in below[room] and room in below[other])


def in_words(sources: Sources, app: str) -> str:
    """The rooms from the top floor down, each with what it imports from and how often."""
    arrows, rooms = arrows_in(sources, app), rooms_in(sources, app)
    floors, circles = floors_in(arrows), circles_in(arrows)
    lines = [f"{app}: {len(rooms)} rooms, {len(arrows)} arrows, {len(circles) or 'no'} circles"]
    lines += [f"circle: {', '.join(circle)}" for circle in circles]
    for room in sorted(rooms, key=lambda room: (-floors[room], room)):
        out = [f"{end}\u00a0{count}" for (start, end), count in sorted(arrows.items()) if start == room]
        files = f" ({rooms[room]} files)" if rooms[room] > 1 else ""
        line = f"{floors[room]:>2} {room}{files}" + (f" -> {', '.join(out)}" if out else "")
        lines += textwrap.wrap(line, 118, subsequent_indent="     ", break_on_hyphens=False)
    return "\n".join(lines).replace("\u00a0", " ")


def as_diagram(sources: Sources, app: str) -> str:
    """The same as a Mermaid graph, without the arrows that others imply: a -> c where a -> b and b -> c."""
    arrows, rooms = arrows_in(sources, app), rooms_in(sources, app)
    below = reached(arrows)
    lines = ["graph TD"] + [f"  {room}[{room}<br>{rooms[room]} files]" for room in sorted(rooms) if rooms[room] > 1]
    for (start, end), count in sorted(arrows.items()):
        if not any(end in below[between] for other, between in arrows if other == start and between != end):
            lines.append(f"  {start} -->|{count}| {end}")
    return "\n".join(lines)


def block(sources: Sources, app: str) -> str:
    return f"```mermaid\n{as_diagram(sources, app)}\n```\n\n```text\n{in_words(sources, app)}\n```\n"


def drawn(page: str, sources: Sources) -> str:
    """The page with its pictures drawn anew."""
    return BLOCK.sub(lambda found: found[1] + block(sources, found[2]) + found[3], page)


def main() -> None:
    if len(sys.argv) > 1:
        print("\n\n".join(in_words(sources_at(sys.argv[1]), app) for app in APPS))
    else:
        PAGE.write_text(drawn(PAGE.read_text(), sources_now()))


if __name__ == "__main__":
    main()
