"""What databases say when they refuse, sorted by what helps. Their own words are shown for mistakes in the query only:
these name tables and columns, while others may quote what is stored."""

from typing import TYPE_CHECKING, Any, Final

from integrations.connectors.failures import VendorAway, VendorBusy, VendorFailure, VendorRefused

if TYPE_CHECKING:
    from sqlalchemy import URL

LONGEST: Final = 300
SLOW: Final = (
    "The query took longer than {seconds:g} seconds. Make it faster, with an index on the cursor column perhaps."
)
WRITES: Final = "The query writes. It runs in a read-only transaction: leave out what changes anything."
LOGIN: Final = "{host} does not let this user in. Check user, password and database in the URL."
MISTAKE: Final = "The database does not understand the query: {said}"
DENIED: Final = "The database does not allow this user to read what the query names. Grant SELECT on it."
BUSY: Final = "{host} takes no more connections at the moment."
AWAY: Final = "{host} cannot be reached, or the connection broke."
BROKEN: Final = "The database could not compute the query ({code}). Try it there."

# Codes of MySQL and MariaDB.
MYSQL: Final = {
    1044: "login", 1045: "login", 1049: "login", 1698: "login", 1251: "login", 1142: "denied", 1143: "denied",
    1370: "denied", 1054: "mistake", 1060: "mistake", 1064: "mistake", 1146: "mistake", 1305: "mistake",
    1052: "mistake", 1109: "mistake", 1248: "mistake", 1222: "mistake", 1055: "mistake", 1140: "mistake",
    1792: "writes", 1290: "writes", 1969: "slow", 3024: "slow", 1317: "slow", 1040: "busy", 1203: "busy", 1226: "busy",
}  # fmt: skip
# SQLSTATE, by how it begins.
POSTGRES: Final = {
    "28": "login", "3D": "login", "42501": "denied", "42": "mistake", "25": "writes", "57014": "slow",
    "53300": "busy", "22": "broken", "0A": "mistake", "21": "broken", "P0": "broken", "38": "broken", "39": "broken",
}  # fmt: skip
POSTGRES_LOGIN: Final = (
    "authentication failed", "no pg_hba.conf entry", "no password supplied", 'database "', 'role "', "not permitted",
)  # fmt: skip
SQLITE: Final = {
    "interrupted": "slow", "readonly": "writes", "query_only": "writes", "not authorized": "writes",
    "locked": "away", "busy": "away", "no such": "mistake", "syntax": "mistake", "unrecognized": "mistake",
    "ambiguous": "mistake", "incomplete": "mistake", "misuse": "mistake", "not a database": "file", "unable to": "file",
}  # fmt: skip


def dbapi_errors() -> tuple[type[Exception], ...]:
    import sqlite3

    import psycopg
    import pymysql

    return (sqlite3.Error, psycopg.Error, pymysql.MySQLError)


def failure_of(error: Exception, kind: str, url: "URL", seconds: float) -> VendorFailure:
    found = getattr(error, "orig", None) or error
    what, said = sorted_out(found, kind)
    host = url.host or "The database"
    if url.password:
        said = said.replace(str(url.password), "…")
    match what:
        case "login":
            return VendorRefused(LOGIN.format(host=host), path="url")
        case "denied":
            return VendorRefused(DENIED, path="query")
        case "mistake":
            return VendorRefused(MISTAKE.format(said=said), path="query")
        case "writes":
            return VendorRefused(WRITES, path="query")
        case "broken":
            return VendorRefused(BROKEN.format(code=said), path="query")
        case "file":
            return VendorRefused("The file cannot be opened as an SQLite database.", path="url")
        case "slow":
            return VendorAway(SLOW.format(seconds=seconds))
        case "busy":
            return VendorBusy(BUSY.format(host=host), after=60)
    return VendorAway(AWAY.format(host=host))


def sorted_out(error: Any, kind: str) -> tuple[str, str]:
    """What went wrong, and the words that may be shown of it."""
    text = str(error)
    if kind == "postgresql":
        code = getattr(error, "sqlstate", None) or ""
        if not code:
            return ("login" if any(part in text for part in POSTGRES_LOGIN) else "away"), ""
        what = next((POSTGRES[code[:size]] for size in (5, 2) if code[:size] in POSTGRES), "away")
        words = getattr(getattr(error, "diag", None), "message_primary", "") or ""
        return what, words[:LONGEST] if what == "mistake" else code
    if kind in ("mysql", "mariadb"):
        number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        words = str(error.args[1]) if len(error.args) > 1 else ""
        what = MYSQL.get(number, "away" if number >= 2000 or number == 0 or number in (1205, 1213) else "broken")
        return what, words[:LONGEST] if what == "mistake" else str(number)
    if kind == "sqlite":
        what = next((found for part, found in SQLITE.items() if part in text), "broken")
        return what, text[:LONGEST] if what == "mistake" else type(error).__name__
    name = type(error).__name__
    return ("broken" if name in ("ProgrammingError", "DataError", "NotSupportedError") else "away"), name
