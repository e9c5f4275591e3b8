"""Where a wrong value is fixed: one table of source and last origin, in words, each with its link."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from users.extend import Feed, sources
from users.ground.times import day_month, relative_text
from users.models import NATIVE, OriginKind
from users.models.documents import ProvenanceEntry
from users.registry.attributes import Definition
from users.showing.feeds import FeedsOf
from users.types.timestamps import from_ms

HOW_SENT = {"name": "user:name", "email": "user:email", "language": "user:language", "user_id": "identify"}
AUTOMATIC = "automatic"
ANY = "*"

# (source, origin kind) -> sentence, and which page its link leads to
FIXES: dict[tuple[str, str], tuple[str, str]] = {
    (AUTOMATIC, ANY): ("Kept by {product} from what the snippet reports. It cannot be edited.", "install"),
    ("tags", ANY): ("Given by hand here, or by a key with the scope tags. Change them at the top of this page.", "tags"),
    (NATIVE, OriginKind.SNIPPET): ("Sent by your app with {call}.", "install"),
    ("custom", OriginKind.SNIPPET): (
        "Your web app sends this with user:attributes; search its code for {key}.", "install",
    ),
    (ANY, OriginKind.KEY): ("Your server sends this with the key {label}.", "keys"),
    (ANY, OriginKind.IMPORT): ("Row {row} of {file}. Correct the file and import again, or edit here.", "registry"),
    (ANY, OriginKind.MEMBER): ("{label} set this on {day}. The next value your app sends replaces it.", "install"),
    (ANY, OriginKind.ADMIN): ("{label} set this on {day}. The next value your app sends replaces it.", "install"),
    (ANY, OriginKind.SNIPPET): ("Sent by your app with {call}.", "install"),
}  # fmt: skip
FALLBACK = ("Kept by {product}. History says what wrote it.", "ingest_log")
LINKS = {
    "install": "How your app sends it",
    "keys": "API keys",
    "registry": "Attributes",
    "tags": "Tags",
    "ingest_log": "Ingest log",
}
NOT_CONNECTED = "No {name} connection exists in this project, so changes there do not arrive here."
AUTOMATIC_KEYS = ("jimer_id", "first_seen", "last_activity", "sessions", "created")


@dataclass(frozen=True, slots=True)
class Fix:
    """A sentence, and where its link leads if there is a page to fix it on."""

    words: str
    link: str = ""
    url: str = ""
    record: str = ""  # the vendor's page of the record that the value was read from
    trouble: str = ""  # why changes there do not arrive


def fix_for(definition: Definition, entry: ProvenanceEntry | None, slug: str, feeds: FeedsOf) -> Fix:
    """Where to fix this attribute, given the provenance of its value (None if it has none)."""
    connector = sources.get(definition.source)
    if connector and connector.fix:
        words = connector.fix.format(key=definition.key, name=connector.name)
        feed = feeds.of_value(definition.source, definition.key, entry)
        if feed is None:
            return Fix(
                words, trouble=nothing_arrives(connector.name, definition.key, feeds.of_source(definition.source))
            )
        if entry:
            words = f"{words} Synced {relative_text(from_ms(entry['r']), timezone.now())} by {feed.name}."
        return Fix(words, f"Connection {feed.name}", feed.url, feeds.record(feed), feed.trouble)
    sentence, page = sentence_for(definition, entry["k"] if entry else OriginKind.SNIPPET)
    label, day = (entry["l"], day_month(from_ms(entry["t"]))) if entry else ("", "")
    row, file = row_and_file(label)
    words = sentence.format(
        product=settings.PRODUCT_NAME, call=HOW_SENT.get(definition.key, "user:attributes"), key=definition.key,
        label=label, row=row, file=file, day=day,
    )  # fmt: skip
    anchor = f"#key-{entry['o']}" if page == "keys" and entry and entry["o"] else ""
    return Fix(words, LINKS[page], reverse(page, args=[slug]) + anchor)


def nothing_arrives(name: str, key: str, there: Sequence[Feed]) -> str:
    """Why a value of the source stays as it is: its connection is gone, or reads something else."""
    if not there:
        return NOT_CONNECTED.format(name=name)
    return f"{' and '.join(feed.name for feed in there)} does not read {key} any more, so changes there do not arrive."


def sentence_for(definition: Definition, kind: str) -> tuple[str, str]:
    source = definition.source
    if source == NATIVE and definition.key in AUTOMATIC_KEYS:
        return FIXES[AUTOMATIC, ANY]
    if source == NATIVE and definition.key == "tags":
        return FIXES["tags", ANY]
    return FIXES.get((source, kind)) or FIXES.get((ANY, kind)) or FALLBACK


def row_and_file(label: str) -> tuple[str, str]:
    """ "april.csv row 212" -> ("212", "april.csv")."""
    file, _, row = label.rpartition(" row ")
    return row, file or "the import"


def group_fix(source: str, slug: str, feeds: FeedsOf) -> Fix:
    """One line for a group's header."""
    connector = sources.get(source)
    if connector and connector.fix:
        mine = feeds.of_source(source)
        words = f"Fix these in {connector.name}."
        if not mine:
            page = reverse("registry", args=[slug]) + f"?source={source}"
            return Fix(words, LINKS["registry"], page, trouble=NOT_CONNECTED.format(name=connector.name))
        feed = next((one for one in mine if feeds.record(one)), mine[0])
        trouble = next((one.trouble for one in mine if one.trouble), "")
        return Fix(words, f"Connection {feed.name}", feed.url, feeds.record(feed), trouble)
    words = (
        f"Kept by {settings.PRODUCT_NAME}; name, email and language come from your app."
        if source == NATIVE
        else "Pushed by your app or server; where to fix each is in its row."
    )
    return Fix(words, LINKS["install"], reverse("install", args=[slug]))
