"""SQL: the rows of a query against the team's own database, each of them about a person.

Rows are read in an order that another process can go on in: by the cursor column and the id where there is one, else
by the id. With a cursor column a run reads what changed since the last one; without, everything.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from integrations.connectors.base import (
    Ask,
    BadRecord,
    Connector,
    Field,
    Json,
    Link,
    ObjectKind,
    Page,
    Property,
    Record,
)
from integrations.connectors.failures import VendorRefused
from integrations.connectors.sql_database import name_of, opened, parsed
from integrations.connectors.sql_query import (
    behind,
    checked_query,
    digest,
    id_text,
    plain_cell,
    restored,
    rows_of,
    stored,
)
from integrations.connectors.sql_query import value as parameter
from integrations.connectors.sql_types import is_truth, type_of, with_truths
from users.extend import Source
from users.types.date import stored_date
from users.types.fitting import Misfit

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

OBJECT: Final = "rows"
ROWS: Final = 500  # of a page
LOOKED_AT: Final = 50  # rows from which types are told
MOST_TIES: Final = 500  # rows at the last place of the cursor that are known one by one
TAIL: Final = 20  # rows at the end of a page that the next one knows

type Row = dict[str, Any]


class Sql(Connector):
    slug = "sql"
    source = Source(
        slug="sql", name="SQL", icon="icons/sql.svg",
        fix="Read from the column {key} of your database. Change it there, or change the query.",
        how_set="SQL column {key}",
    )  # fmt: skip
    description = "Rows of a query against your own database or warehouse."
    fields = (
        Field(
            "url", "Database URL", example="postgresql://reader:password@db.example.com:5432/shop",
            help="PostgreSQL, MySQL, MariaDB or SQLite; others where their SQLAlchemy dialect is installed.",
        ),
        Field(
            "query", "Query", secret=False, multiline=True, help="One SELECT, with a row for each person.",
            example="SELECT id, email, plan, seats, updated_at FROM customers",
        ),
        Field("id_column", "Id column", secret=False, example="id", help="A user id or an email, once in the result."),
        Field(
            "cursor_column", "Cursor column", secret=False, required=False, example="updated_at",
            help="When a row changed, or a number that grows with each change. Then only changed rows are read.",
        ),
    )  # fmt: skip
    objects = (ObjectKind(OBJECT, "Rows"),)
    setup = (
        "Make a database user that may only read the tables of the query, and let this server in at your firewall. "
        "An index on the cursor column keeps it quick."
    )
    has_host = False
    match_property = "id"
    match_on = "native.user_id"

    def check_credentials(self, credentials: Mapping[str, Any]) -> None:
        super().check_credentials(credentials)
        checked_query(credentials["query"])
        parsed(credentials["url"])
        if credentials.get("cursor_column") == credentials["id_column"]:
            raise VendorRefused("The cursor column is another one than the id column.", path="cursor_column")

    def check(self, link: Link) -> Json:
        asked = Query(link)
        with opened(asked.url) as connection:
            names, rows = run(connection, rows_of(asked.text).limit(LOOKED_AT))
        asked.check_columns(names)
        return {"account": name_of(parsed(asked.url)), "identifies": identifies(rows, asked.id)}

    def matches(self, link: Link, account: Json) -> tuple[str, str]:
        return link.credentials["id_column"], f"native.{account.get('identifies', 'user_id')}"

    def properties(self, link: Link, objects: Sequence[str]) -> list[Property]:
        asked = Query(link)
        with opened(asked.url) as connection:
            names, codes, rows = described(connection, rows_of(asked.text).limit(LOOKED_AT))
        asked.check_columns(names)
        return [
            Property(
                name, name, type_of([row[name] for row in rows], code, connection.dialect.name), OBJECT,
                preselected=name not in (asked.id, asked.cursor),
                identifies=identifies(rows, name) if name == asked.id else "",
            )
            for name, code in zip(names, codes, strict=True)
        ]  # fmt: skip

    def page(self, link: Link, ask: Ask, position: Json) -> Page:
        return self.read(link, ask, position, ROWS)

    def sample(self, link: Link, ask: Ask, count: int) -> list[Record | BadRecord]:
        return list(self.read(link, ask, {}, count).records)[:count]

    def fetch(self, link: Link, ask: Ask, ids: Sequence[tuple[str, str]]) -> list[Record | BadRecord] | None:
        from sqlalchemy import column

        asked = Query(link)
        if asked.kind not in ("postgresql", "mysql", "mariadb"):
            return None  # how a text is compared with their numbers is not known
        wanted = [parameter(record) for _, record in ids]
        with opened(asked.url) as connection:
            _, rows = run(connection, rows_of(asked.text).where(column(asked.id).in_(wanted)))
        found = {one.id: one for one in (asked.record(row, ask) for row in rows)}
        now = ask.now or timezone.now()
        return [found.get(record) or Record(kind, record, now, gone=True) for kind, record in ids]

    def read(self, link: Link, ask: Ask, position: Json, count: int) -> Page:
        asked = Query(link)
        with opened(asked.url) as connection:
            place = position or asked.beginning(connection, ask.since)
            limit = count + len(place["known"])
            names, rows = run(connection, asked.select(place).limit(limit))
            asked.check_columns(names)
            more = len(rows) == limit
            after = asked.place_behind(place, rows, more) if rows else place
            ended = not more and (place["part"] == "unset" or not after["whole"])
            nameless = asked.nameless(connection) if ended and after["whole"] else []
        vanished = [name for name in ask.properties if name not in names]
        known = set(place["known"])
        fresh = [row for row in rows if digest(row) not in known]
        records = [asked.record(row, ask) for row in fresh]
        if ended:
            cursor = {"top": after["top"], "of": asked.mark} if after["top"] else None
            return Page([*records, *nameless], cursor=cursor, vanished=vanished, whole=after["whole"])
        if not more:  # all that have a place in the cursor's order are read: on to those without
            after = {"part": "unset", "known": [], "top": after["top"], "whole": True}
        return Page(records, position=after, vanished=vanished)


class Query:
    """The query of a connection, and how its rows are read in order.

    A place is {"part": "placed" or "unset" (the cursor is null, or there is none), "at": where, "strictly": whether
    only behind it, "known": digests of rows that were read already, "top": the highest place of the cursor with how many
    rows are at it and their digests, "whole": whether this run reads everything}.
    """

    def __init__(self, link: Link) -> None:
        self.url: str = link.credentials["url"]
        self.kind = parsed(self.url).get_backend_name()
        self.text = checked_query(link.credentials["query"])
        self.id: str = link.credentials["id_column"].strip()
        self.cursor: str = (link.credentials.get("cursor_column") or "").strip()
        self.mark = digest({"query": self.text, "id": self.id, "cursor": self.cursor})

    def check_columns(self, names: Sequence[str]) -> None:
        for path, name in (("id_column", self.id), ("cursor_column", self.cursor)):
            if name and name not in names:
                there = ", ".join(list(names)[:20])
                raise VendorRefused(f"The query has no column {name!r}. It has {there}.", path=path)
        twice = [name for at, name in enumerate(names) if name in names[:at]]
        if twice:
            raise VendorRefused(f"Two columns are called {twice[0]!r}. Name one otherwise: AS ...", path="query")

    def beginning(self, connection: "Connection", since: Json | None) -> Json:
        part = "placed" if self.cursor else "unset"
        if not since or since["of"] != self.mark:  # another query has places of its own
            return {"part": part, "known": [], "top": None, "whole": True}
        top = since["top"]
        place = {"part": part, "at": [top["place"]], "known": top["digests"], "top": top, "whole": False}
        if top["count"] <= MOST_TIES:
            return {**place, "strictly": False}  # rows that came to the same place since are read, the others known
        if self.at_top(connection, top) == top["count"]:
            return {**place, "strictly": True}
        return {**place, "strictly": False, "known": [], "top": None}

    def at_top(self, connection: "Connection", top: Json) -> int:
        from sqlalchemy import column, func, select

        there = rows_of(self.text).where(column(self.cursor) == parameter(restored(top["place"]))).subquery("tied")
        return int(connection.execute(select(func.count()).select_from(there)).scalar_one())

    def select(self, place: Json) -> "Select[Any]":
        from sqlalchemy import column

        placed = place["part"] == "placed"
        names = [self.cursor, self.id] if placed else [self.id]
        found = rows_of(self.text).where(column(self.id).is_not(None))
        if self.cursor:
            found = found.where(column(self.cursor).is_not(None) if placed else column(self.cursor).is_(None))
        if at := place.get("at"):
            found = found.where(behind(names[: len(at)], [restored(one) for one in at], place["strictly"]))
        return found.order_by(*(column(name) for name in names))

    def place_behind(self, place: Json, rows: list[Row], more: bool) -> Json:
        names = [self.cursor, self.id] if place["part"] == "placed" else [self.id]
        at = [stored(rows[-1][name], name) for name in names]
        stuck = more and at == place.get("at")
        if stuck and place["strictly"]:
            raise VendorRefused(f"Rows cannot be told apart by {' and '.join(names)}: too many are at one place.")
        tail = [digest(row) for row in rows[-TAIL:]]
        known = set(place["known"])
        fresh = [row for row in rows if digest(row) not in known]
        top = self.top_of(place["top"], fresh) if fresh and place["part"] == "placed" else place["top"]
        return {
            "part": place["part"], "at": at, "strictly": stuck, "known": [] if stuck else tail, "top": top,
            "whole": place["whole"],
        }  # fmt: skip

    def top_of(self, top: Json | None, rows: list[Row]) -> Json:
        last = stored(rows[-1][self.cursor], self.cursor)
        tied = [digest(row) for row in rows if row[self.cursor] == rows[-1][self.cursor]]
        if not top or top["place"] != last:
            return {"place": last, "count": len(tied), "digests": tied[:MOST_TIES]}
        new = [one for one in tied if one not in set(top["digests"])]
        return {"place": last, "count": top["count"] + len(new), "digests": [*top["digests"], *new][:MOST_TIES]}

    def nameless(self, connection: "Connection") -> list[BadRecord]:
        from sqlalchemy import column

        _, rows = run(connection, rows_of(self.text).where(column(self.id).is_(None)).limit(1))
        reason = f"Rows without a value in {self.id} are left out: they name nobody."
        return [BadRecord(OBJECT, "", reason)] if rows else []

    def record(self, row: Row, ask: Ask) -> Record | BadRecord:
        try:
            name = id_text(row[self.id])
        except Misfit as misfit:
            return BadRecord(OBJECT, str(row[self.id])[:200].replace("\x00", ""), misfit.reason)
        try:
            values = {key: plain_cell(row[key], self.kind) for key in ask.properties if key in row}
        except (ValueError, OverflowError, RecursionError):
            return BadRecord(OBJECT, name, "A value of the row cannot be read.", label=name)
        now = ask.now or timezone.now()
        return Record(OBJECT, name, moment(row.get(self.cursor)) or now, values, label=name)


def run(connection: "Connection", statement: "Select[Any]") -> tuple[list[str], list[Row]]:
    names, _, rows = described(connection, statement)
    return names, rows


def described(connection: "Connection", statement: "Select[Any]") -> tuple[list[str], list[Any], list[Row]]:
    """Names of the columns, their types as the driver has them, and the rows, by a cursor of the server."""
    result = connection.execution_options(stream_results=True, max_row_buffer=ROWS).execute(statement)
    names = list(result.keys())
    codes = [tuple(column[1:]) for column in result.cursor.description] if result.cursor else [()] * len(names)
    truths = [at for at, code in enumerate(codes) if is_truth(code, connection.dialect.name)]
    rows = [dict(zip(names, with_truths(cells, truths), strict=True)) for cells in result.fetchall()]
    return names, codes, rows


def identifies(rows: list[Row], name: str) -> str:
    texts = [str(row[name]) for row in rows if row[name] is not None]
    return "email" if (texts and all("@" in text for text in texts)) or "mail" in name.lower() else "user_id"


def moment(cell: Any) -> datetime | None:
    """When the row changed, if the cursor says so. Times without a zone are taken as UTC."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=UTC) if cell.tzinfo is None else cell.astimezone(UTC)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=UTC)
    if isinstance(cell, str) and (text := stored_date(cell.strip().replace(" ", "T", 1))):
        return datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00+00:00")
    return None
