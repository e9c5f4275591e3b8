"""A team's own database, opened to read: to an address that was checked, read-only, and with a limit on time."""

import os
import socket
import sqlite3
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import connections

from integrations.connectors.failures import VendorAway, VendorFailure, VendorRefused
from integrations.connectors.sql_errors import dbapi_errors, failure_of
from integrations.outside.connections import Found, addresses_of
from integrations.outside.errors import NoAnswer, NotAllowed
from integrations.outside.sockets import deadline

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

STATEMENT_SECONDS: Final = 25.0  # of one statement, less than a job's lease; the database ends a longer one
CONNECT_SECONDS: Final = 10.0
DRIVERS: Final = {
    "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg", "postgresql+psycopg": "postgresql+psycopg",
    "mysql": "mysql+pymysql", "mysql+pymysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql", "mariadb+pymysql": "mariadb+pymysql", "sqlite": "sqlite",
}  # fmt: skip
NAMES: Final = {"postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB", "sqlite": "SQLite"}
PORTS: Final = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}
# Parameters of the address. Others could lead it elsewhere, or make a driver read this server's files.
ALLOWED: Final = {
    "postgresql": {"sslmode"},
    "mysql": {"charset", "tls"},
    "mariadb": {"charset", "tls"},
    "sqlite": set(),
}
SOCKETS: Final = {"postgresql": "host", "mysql": "unix_socket", "mariadb": "unix_socket"}  # this machine's own
NO_URL: Final = "This is no database URL. Write it like postgresql://name:password@host:5432/database."
ONLY_PRIVATE: Final = "{what} is read only where the server is run with ALLOW_PRIVATE_CONNECTIONS=1."
NO_DRIVER: Final = (
    "For {name} a Python package is missing on the server: its SQLAlchemy dialect or driver ({missing}). Install it."
)


def parsed(text: str) -> "URL":
    """The URL with the driver that is used for it. Raises VendorRefused, without quoting it: it has a password."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        raise VendorRefused(NO_URL, path="url") from None
    url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
    kind = url.get_backend_name()
    if kind not in NAMES or url.drivername not in DRIVERS.values():
        check_private(f"A database of the kind {url.drivername}")  # its driver finds the address by itself
        return url
    here = {SOCKETS[kind]} if kind in SOCKETS and settings.ALLOW_PRIVATE_CONNECTIONS else set()
    if unknown := sorted(set(url.query) - ALLOWED[kind] - here):
        allowed = " and ".join(sorted(ALLOWED[kind])) or "none"
        raise VendorRefused(f"Leave {unknown[0]!r} out of the URL. Parameters that it may have: {allowed}.", path="url")
    if kind == "sqlite":
        check_file(url.database or "")
    elif not url.host and not here & set(url.query):
        raise VendorRefused("The URL names no host. " + NO_URL.partition(". ")[2], path="url")
    return url


def check_private(what: str) -> None:
    if not settings.ALLOW_PRIVATE_CONNECTIONS:
        raise VendorRefused(ONLY_PRIVATE.format(what=what), path="url")


def check_file(path: str) -> None:
    """An SQLite file that may be read: on this server, and never the product's own."""
    check_private("An SQLite file")
    if not path.startswith("/") or not os.path.isfile(path):
        raise VendorRefused("There is no such file on the server. Write sqlite:////absolute/path.", path="url")
    if any(os.path.exists(name) and os.path.samefile(name, path) for name in own_files()):
        raise VendorRefused("This file is the product's own database. Name another one.", path="url")


def own_files() -> list[str]:
    return [str(one.settings_dict.get("NAME")) for one in connections.all() if one.vendor == "sqlite"]


def name_of(url: "URL") -> str:
    """How people know the database, without who logs in."""
    kind = NAMES.get(url.get_backend_name(), url.get_backend_name())
    if url.get_backend_name() == "sqlite":
        return f"{os.path.basename(url.database or '')} ({kind})"
    return f"{url.database or 'database'} on {url.host or 'this server'} ({kind})"


@contextmanager
def opened(text: str) -> "Iterator[Connection]":
    """A connection within a read-only transaction. Everything that goes wrong is raised as a VendorFailure."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError
    from sqlalchemy.pool import NullPool

    url = parsed(text)
    kind = url.get_backend_name()
    their_errors: tuple[type[Exception], ...] = (SQLAlchemyError, *dbapi_errors())
    try:
        with create_engine(plain_url(url), poolclass=NullPool, **options(url)).connect() as connection:
            if kind == "postgresql":  # for this transaction: a pooler before the database may share its session
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(STATEMENT_SECONDS * 1000)}")
            yield connection
    except VendorFailure:
        raise
    except NoSuchModuleError:
        raise VendorRefused(NO_DRIVER.format(name=kind, missing=url.drivername), path="url") from None
    except ImportError as error:
        raise VendorRefused(NO_DRIVER.format(name=kind, missing=error.name), path="url") from None
    except their_errors as error:
        raise failure_of(error, kind, url, STATEMENT_SECONDS) from None
    except (OSError, ValueError, TypeError, OverflowError):
        raise VendorAway(f"The connection to {name_of(url)} broke, or what it answered cannot be read.") from None


def plain_url(url: "URL") -> "URL":
    """What the engine is made of where we connect ourselves: the kind alone."""
    return url if url.get_backend_name() not in NAMES else url.set(query={})


def options(url: "URL") -> dict[str, Any]:
    match url.get_backend_name():
        case "sqlite":
            return {"creator": lambda: open_sqlite(url)}
        case "postgresql":
            return {"creator": lambda: open_postgres(url)}
        case "mysql" | "mariadb":
            return {"creator": lambda: open_mysql(url)}
    return {}


def open_sqlite(url: "URL") -> sqlite3.Connection:
    path = (url.database or "").replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    made = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
    made.execute("PRAGMA query_only = 1")
    end = time.monotonic() + STATEMENT_SECONDS
    made.set_progress_handler(lambda: time.monotonic() > end, 10_000)
    return made


def open_postgres(url: "URL") -> Any:
    import psycopg

    where: dict[str, Any] = {"host": url.query.get("host")}
    if url.host:
        found = checked(url)
        # The driver goes to these addresses and uses the name for certificates alone.
        where = {
            "host": ",".join([url.host] * len(found)), "hostaddr": ",".join(address[0] for _, address in found),
            "port": url.port or PORTS["postgresql"],
        }  # fmt: skip
    mode = str(url.query.get("sslmode", "prefer"))
    authorities = ssl.get_default_verify_paths().cafile if mode.startswith("verify") else None
    made = psycopg.connect(
        **where, dbname=url.database or url.username or "", user=url.username, password=url.password or None,
        sslmode=mode, sslrootcert=authorities, connect_timeout=int(CONNECT_SECONDS), prepare_threshold=None,
        passfile=os.devnull, application_name="user attributes",
    )  # fmt: skip
    made.read_only = True
    return made


def open_mysql(url: "URL") -> Any:
    import pymysql

    tls: dict[str, Any] = {}
    if url.query.get("tls"):  # checked against the system's authorities
        tls = {"ssl_verify_cert": True, "ssl_verify_identity": True}
    made = pymysql.connections.Connection(
        host=url.host or "localhost", user=url.username, password=url.password or "", database=url.database,
        charset=str(url.query.get("charset", "utf8mb4")), read_timeout=STATEMENT_SECONDS + 10, defer_connect=True,
        connect_timeout=CONNECT_SECONDS, unix_socket=url.query.get("unix_socket"), local_infile=False, **tls,
    )  # fmt: skip
    made.connect(None if made.unix_socket else tcp(checked(url), url))
    with made.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        (version,) = cursor.fetchone()
        maria = "mariadb" in version.lower()
        limit = (
            f"max_statement_time = {STATEMENT_SECONDS}" if maria
            else f"max_execution_time = {int(STATEMENT_SECONDS * 1000)}"
        )  # fmt: skip
        cursor.execute(f"SET SESSION time_zone = '+00:00', SESSION {limit}")
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
    return made


def checked(url: "URL") -> Found:
    """The addresses of the host, if each of them may be called."""
    token = deadline.set(time.monotonic() + CONNECT_SECONDS)
    try:
        return addresses_of(url.host or "", url.port or PORTS[url.get_backend_name()])
    except NotAllowed as refusal:
        raise VendorRefused(str(refusal), path="url") from None
    except NoAnswer as refusal:
        raise VendorAway(str(refusal)) from None
    finally:
        deadline.reset(token)


def tcp(found: Found, url: "URL") -> socket.socket:
    """Connected to the first of the checked addresses that takes it."""
    for _, address in found:
        try:
            made = socket.create_connection(address[:2], timeout=CONNECT_SECONDS)
        except OSError:
            continue
        made.settimeout(None)
        return made
    raise VendorAway(f"{url.host} refuses connections, or does not take one in time.")
