"""Whatever dies is started again; whatever ends takes its children along."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.serving.conftest import TOP, wait_until

SCRIPT = """
import sys
from functools import partial
from jimo_site.serving.supervise import Kept, keep_running, start
child = [sys.executable, "-c", '''
import os, signal, sys, time
from pathlib import Path
from users.ground.long_running import end_with_parent
end_with_parent()
if sys.argv[2] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
Path(sys.argv[1], str(os.getpid())).touch()
time.sleep(60)
''', sys.argv[1], sys.argv[2]]
keep_running([Kept(name, partial(start, child, ".")) for name in ("one", "two")])
"""


@pytest.fixture
def supervisor(tmp_path):
    made = []

    def begin(kind="willing"):
        process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(tmp_path), kind], cwd=TOP, stderr=subprocess.PIPE)
        made.append(process)
        wait_until(lambda: len(children(tmp_path)) == 2)
        return process

    yield begin
    for process in made:
        process.kill()
        process.communicate()


def children(folder: Path) -> set[int]:
    return {int(path.name) for path in folder.iterdir() if is_alive(int(path.name))}


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_what_dies_is_started_again(supervisor, tmp_path, number):
    supervisor()
    before = children(tmp_path)
    victim = min(before)
    os.kill(victim, number)
    wait_until(lambda: len(children(tmp_path)) == 2 and victim not in children(tmp_path))
    assert len(before & children(tmp_path)) == 1, "the other goes on"


def test_what_dies_again_and_again_is_started_less_and_less_often(supervisor, tmp_path):
    process = supervisor()
    for _ in range(2):
        known = children(tmp_path)
        for pid in known:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda known=known: len(children(tmp_path) - known) == 2)
    process.terminate()
    said = process.communicate(timeout=20)[1].decode()
    assert [line.partition("again in ")[2] for line in said.splitlines() if "The one" in line] == ["0.2 s.", "0.6 s."]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_of_it(supervisor, tmp_path, number):
    process = supervisor()
    began = time.monotonic()
    process.send_signal(number)
    assert process.wait(20) == 0
    assert time.monotonic() - began < 5
    assert not children(tmp_path)


def test_children_do_not_outlive_what_started_them(supervisor, tmp_path):
    supervisor().kill()
    wait_until(lambda: not children(tmp_path), 5)
