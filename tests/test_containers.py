"""Dockerfile, compose.yaml and the hosted workflow say what is so: commands, settings, health, user, Python.

No Docker is needed: the commands that the files name are run as they stand.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command, get_commands, load_command_class

from tests.serving.conftest import free_port, is_up, wait_until
from tests.test_readme import settings_read

TOP = Path(__file__).resolve().parent.parent
README = (TOP / "README.md").read_text()
COMPOSE = yaml.safe_load((TOP / "compose.yaml").read_text())
OURS = ("web", "worker")
BY_LANE = {name: service for name, service in COMPOSE["services"].items() if name.startswith("celery-")}
OF_PYTHON_AND_DOCKER = {"PATH", "PYTHONUNBUFFERED", "POSTGRES_PASSWORD"}


def instructions():
    """[(stage, instruction, rest)]: long lines joined, comments left out."""
    stage, found = -1, []
    lines = [line for line in (TOP / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            stage += word == "FROM"
            found.append((stage, word, " ".join(rest.split())))
    return found


def last(word):
    """The instruction of the image itself, not of what it is built from."""
    final = max(stage for stage, *_ in instructions())
    return [rest for stage, found, rest in instructions() if (stage, found) == (final, word)][-1]


def commands():
    yield json.loads(last("CMD"))
    for name in OURS:
        yield COMPOSE["services"][name]["command"]
    for words in re.findall(r"^(?:echo .* \| )?\.venv/bin/python manage\.py (.+)$", README, re.MULTILINE):
        yield ["python", "manage.py", *shlex.split(words)]


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_every_command_is_there_and_takes_its_options(command):
    assert command[:2] == ["python", "manage.py"]
    name, *words = command[2:]
    loaded = load_command_class(get_commands()[name], name)
    loaded.create_parser("manage.py", name).parse_args(words)


def test_every_variable_is_a_setting():
    named = {pair.split("=")[0] for _, word, rest in instructions() if word == "ENV" for pair in rest.split()}
    for name in OURS:
        named |= set(COMPOSE["services"][name]["environment"])
    env_file = README.partition("> .env <<")[2].partition("\nEND\n")[0]
    in_env_file = set(re.findall(r"^([A-Z_]+)=", env_file, re.MULTILINE))
    assert in_env_file >= {"SECRET_KEY", "POSTGRES_PASSWORD", "ALLOWED_HOSTS"}
    assert (named | in_env_file) - OF_PYTHON_AND_DOCKER <= settings_read()


def test_the_address_of_the_database_is_its_service():
    database = COMPOSE["services"]["database"]["environment"]
    for name in OURS:
        url = COMPOSE["services"][name]["environment"]["DATABASE_URL"]
        password = database["POSTGRES_PASSWORD"]
        assert url == f"postgres://{database['POSTGRES_USER']}:{password}@database/{database['POSTGRES_DB']}"
    assert password.startswith("${POSTGRES_PASSWORD:?"), "said where it is missing, and nothing that anybody can guess"


def test_no_secret_is_written_down():
    for name in ("Dockerfile", "compose.yaml", ".github/workflows/ci.yml"):
        text = (TOP / name).read_text()
        assert not re.search(r"(SECRET_KEY|PASSWORD)[=:] *[\w'\"]", text), name


def test_the_image_has_what_the_product_needs_and_no_data():
    patterns = [line for line in (TOP / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]

    def is_left_out(path):
        """The last pattern that fits decides; with ! before it the path is in."""
        fit = [pattern for pattern in patterns if fnmatch(path, pattern.strip("!/"))]
        return bool(fit) and not fit[-1].startswith("!")

    for path in (".env", ".env.production", ".git", ".venv", "var", "tests", "backup.dump", "db.sqlite3"):
        assert is_left_out(path), path
    apps = [path.parent.name for path in TOP.glob("*/__init__.py") if path.parent.name != "tests"]
    assert len(apps) == 4
    for path in (*apps, "manage.py", "templates", "static", "requirements-celery.txt"):
        assert not is_left_out(path), path
    assert ".env" in (TOP / ".gitignore").read_text().splitlines()


def test_packages_come_by_hash():
    run = next(rest for _, word, rest in instructions() if word == "RUN" and "pip install" in rest)
    assert "--require-hashes -r /requirements.txt" in run
    assert ("COPY", "requirements-celery.txt /requirements.txt") in [step[1:] for step in instructions()]


def test_the_user_is_not_root():
    assert int(last("USER").split(":")[0]) > 0


def test_the_python_is_the_projects():
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    least = tuple(map(int, project["requires-python"].removeprefix(">=").split(".")))
    images = [rest.split()[0] for _, word, rest in instructions() if word == "FROM"]
    images.append(yaml.safe_load((TOP / ".github/workflows/ci.yml").read_text())["jobs"]["everything"]["container"])
    for image in images:
        version = re.fullmatch(r"python:(\d+\.\d+)-slim-\w+", image)[1]
        assert version == (TOP / ".python-version").read_text().strip()
        assert tuple(map(int, version.split("."))) >= least


def test_the_hosted_workflow_runs_what_has_to_pass():
    steps = yaml.safe_load((TOP / ".github/workflows/ci.yml").read_text())["jobs"]["everything"]["steps"]
    assert steps[-1] == {"run": ".ci/run"}
    assert os.access(TOP / ".ci/run", os.X_OK)


def test_services_wait_for_each_other_and_keep_their_data():
    services = COMPOSE["services"]
    assert services["web"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert services["worker"]["depends_on"]["web"]["condition"] == "service_healthy"
    assert "healthcheck" in services["database"]
    kept = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert kept == set(COMPOSE["volumes"])
    assert all(service["restart"] == "unless-stopped" for service in services.values())


def test_each_lane_has_a_celery_worker_of_its_own_in_the_profile():
    from celery.bin.worker import worker

    from users.jobs import LANES

    lanes = []
    for service in BY_LANE.values():
        command, app_option, app, program, *words = service["command"]
        assert (command, app_option, app, program) == ("celery", "-A", "jimo_site", "worker")
        lanes.append(words[words.index("-Q") + 1])
        known = {text for option in worker.params for text in [*option.opts, *option.secondary_opts]}
        assert {word for word in words if word.startswith("-")} <= known
        assert service["environment"] == COMPOSE["services"]["worker"]["environment"]
        assert service["depends_on"]["broker"]["condition"] == "service_healthy"
    assert lanes == list(LANES)
    profiles = {name: service.get("profiles") for name, service in COMPOSE["services"].items()}
    assert {name for name, found in profiles.items() if found == ["celery"]} == {*BY_LANE, "broker"}
    assert "TASKS_BROKER_URL=redis://broker:6379/0" in (TOP / "compose.yaml").read_text()


def test_the_health_check_asks_the_web_process_whatever_hosts_are_allowed():
    check = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
    assert check[0] == "python"
    port = free_port()
    environ = {**os.environ, "PRODUCTION": "1", "HTTPS": "1", "ALLOWED_HOSTS": "users.example.com",
               "SECRET_KEY": "x" * 50, "PORT": str(port)}  # fmt: skip
    command = [sys.executable, *check[1:]]
    assert subprocess.run(command, env=environ, capture_output=True).returncode == 1, "nobody is there yet"
    web = [sys.executable, "-m", "jimo_site.serving.granian", "--port", str(port)]
    process = subprocess.Popen(web, cwd=TOP, env=environ)
    try:
        wait_until(lambda: is_up(port))
        assert subprocess.run(command, env=environ).returncode == 0
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize(("options", "worker"), [({}, True), ({"without_worker": True}, False)])
def test_serve_says_where_and_keeps_a_worker_unless_it_runs_elsewhere(monkeypatch, capfd, options, worker):
    from jimo_site.serving.management.commands import serve

    kept = []
    monkeypatch.setattr(serve, "manage", lambda *words: None)
    monkeypatch.setattr(serve, "keep_running", lambda processes: kept.extend(one.name for one in processes))
    port = str(free_port())
    monkeypatch.setenv("PORT", port)
    monkeypatch.setenv("WEB_WORKERS", "2")
    call_command("serve", **options)
    assert f"http://127.0.0.1:{port} " in capfd.readouterr().err
    assert kept == ["web process 1", "web process 2"] + ["worker"] * worker
