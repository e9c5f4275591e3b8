"""Real databases of a customer, for the SQL connector: PostgreSQL from a wheel, MariaDB from Debian, SQLite.

All are asked over TCP, as they would be, except SQLite, which is a file.
"""

import atexit
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pymysql

from tests.database import start_postgres

NO_MARIADB = "MariaDB's server is missing. On Debian: apt-get install -y --no-install-recommends mariadb-server"
PASSWORD = "a-pass:word/with@marks"
QUOTED = "a-pass%3Aword%2Fwith%40marks"


class Shop:
    """A database with `url` for the connector and `run` for whoever fills it."""

    truth = "boolean"
    instant = "timestamp(6)"

    def __init__(self, url):
        self.url = url

    def run(self, *statements):
        raise NotImplementedError


class Postgres(Shop):
    instant = "timestamptz"

    def __init__(self):
        self.folder, self.port = postgres_server()
        self.run("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
        super().__init__(f"postgresql://reader:{QUOTED}@localhost:{self.port}/postgres")

    def run(self, *statements):
        with psycopg.connect(host=self.folder, user="postgres", dbname="postgres", autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.execute("GRANT ALL ON SCHEMA public TO reader")
            connection.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO reader")


class Maria(Shop):
    instant = "datetime(6)"

    def __init__(self):
        self.port = mariadb_server()
        with self.connected() as connection, connection.cursor() as cursor:
            cursor.execute("DROP DATABASE IF EXISTS shop")
            cursor.execute("CREATE DATABASE shop")
        super().__init__(f"mysql://reader:{QUOTED}@localhost:{self.port}/shop")

    def connected(self, **more):
        return pymysql.connect(host="127.0.0.1", port=self.port, user="root", autocommit=True, **more)

    def run(self, *statements):
        with self.connected(database="shop") as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


class Sqlite(Shop):
    truth, instant = "integer", "text"

    def __init__(self):
        self.path = Path(tempfile.mkdtemp(prefix="jimo-shop-")) / "shop.sqlite3"
        atexit.register(shutil.rmtree, self.path.parent, ignore_errors=True)
        sqlite3.connect(self.path).close()
        self.run("VACUUM")
        super().__init__(f"sqlite:///{self.path}")

    def run(self, *statements):
        with sqlite3.connect(self.path, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()


SHOPS = {"postgresql": Postgres, "mysql": Maria, "sqlite": Sqlite}


@cache
def postgres_server():
    """The folder of its socket, and a port of this machine that leads to it."""
    url = os.environ.get("JIMO_TEST_POSTGRES") or start_postgres()
    folder = parse_qs(urlsplit(url).query)["host"][0]
    with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS plpgsql")
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'reader'").fetchone()
        if not known:
            connection.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")  # type: ignore[arg-type]
    return folder, forwarded(f"{folder}/.s.PGSQL.5432")


def forwarded(path):
    """A port of 127.0.0.1 whose connections lead to the socket: the wheel's server listens there alone."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source, target):
        try:
            while piece := source.recv(65536):
                target.sendall(piece)
        except OSError:
            pass
        for one in (source, target):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def serve():
        while True:
            came, _ = listener.accept()
            server = socket.socket(socket.AF_UNIX)
            server.connect(path)
            for pair in ((came, server), (server, came)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


@cache
def mariadb_server():
    program = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program, NO_MARIADB
    folder = tempfile.mkdtemp(prefix="jimo-maria-")
    me = ["--user=root"] if os.geteuid() == 0 else []
    common = ["--no-defaults", f"--datadir={folder}/data", *me]
    subprocess.run(
        ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    started = subprocess.Popen(
        [program, *common, f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/socket",
         "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--skip-log-bin", "--skip-name-resolve"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def stop():
        started.kill()
        started.wait()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    for _ in range(300):
        try:
            with pymysql.connect(host="127.0.0.1", port=port, user="root") as connection, connection.cursor() as cursor:
                cursor.execute(f"CREATE USER reader@'%' IDENTIFIED BY '{PASSWORD}'")
                cursor.execute("GRANT ALL ON *.* TO reader@'%'")
            return port
        except pymysql.OperationalError:
            assert started.poll() is None, "MariaDB did not start"
            time.sleep(0.1)
    raise AssertionError("MariaDB did not answer within 30 seconds")
