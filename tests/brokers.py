"""Real Redis and RabbitMQ from Debian's packages, each on a port of its own; they end with whoever started them."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from tests.serving.conftest import free_port

EPMD, RABBITMQ = "/usr/bin/epmd", "/usr/lib/rabbitmq/bin/rabbitmq-server"


def needed(program, package):
    """Its path. A machine without it is told what to install: no test is skipped."""
    found = shutil.which(program)
    assert found, f"{program} is missing. On Debian: apt-get install -y {package}"
    return found


def wait_for(port, process, seconds):
    end = time.monotonic() + seconds
    while True:
        assert process.poll() is None, "the broker ended"
        assert time.monotonic() < end, "the broker does not start"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)


@contextmanager
def ending(*processes):
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def redis():
    """Its address."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        words = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        server = needed("valkey-server" if shutil.which("valkey-server") else "redis-server", "redis-server")
        process = subprocess.Popen([server, *map(str, words)], stdout=subprocess.DEVNULL)
        with ending(process):
            wait_for(port, process, 20)
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def rabbitmq():
    """Its address. Erlang's name server comes first and by itself: the one that RabbitMQ would start stays for ever."""
    port, names, links = free_port(), free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "plugins").write_text("[].")
        environment = {
            **os.environ, "HOME": folder, "ERL_EPMD_PORT": str(names), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"jimo{port}@localhost", "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1", "RABBITMQ_DIST_PORT": str(links), "RABBITMQ_LOGS": "-",
            "RABBITMQ_MNESIA_BASE": f"{folder}/data", "RABBITMQ_LOG_BASE": f"{folder}/logs",
            "RABBITMQ_PID_FILE": f"{folder}/pid", "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_CONFIG_FILE": f"{folder}/none", "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        }  # fmt: skip
        epmd = subprocess.Popen([needed(EPMD, "rabbitmq-server")], env=environment)
        with ending(epmd):
            server = [needed(RABBITMQ, "rabbitmq-server")]
            process = subprocess.Popen(server, env=environment, stdout=subprocess.DEVNULL)
            with ending(process):
                wait_for(port, process, 60)
                yield f"amqp://guest:guest@127.0.0.1:{port}//"


BROKERS = {"redis": redis, "rabbitmq": rabbitmq}
