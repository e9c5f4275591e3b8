# Web server and worker in one image: `manage.py serve` is both, compose.yaml runs each in a container of its own.
# By itself, with SQLite in a volume:
#   docker build -t jimo-attributes .
#   docker run --init -p 127.0.0.1:8000:8000 -v jimo:/app/var -e SECRET_KEY=... jimo-attributes
FROM python:3.13-slim-bookworm AS packages
# With Celery, for TASKS_BROKER_URL.
COPY requirements-celery.txt /requirements.txt
RUN python -m venv /packages \
    && /packages/bin/pip install --quiet --disable-pip-version-check --no-cache-dir --require-hashes -r /requirements.txt

FROM python:3.13-slim-bookworm
ENV PATH=/packages/bin:$PATH PYTHONUNBUFFERED=1 PRODUCTION=1 HOST=0.0.0.0 PORT=8000
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin jimo
WORKDIR /app
COPY --from=packages /packages /packages
COPY . .
# The code is root's and compiled here. var/ alone is written to: static files, collected at each start, and SQLite.
RUN python -m compileall -q . && mkdir -p var/imports && chown -R 10001 var
USER 10001
EXPOSE 8000
# A first start migrates and collects static files before it answers. The address needs no host name of ALLOWED_HOSTS.
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
CMD ["python", "manage.py", "serve"]
