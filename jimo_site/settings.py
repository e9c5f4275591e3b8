"""Settings from the environment; the README has the table, a test holds it to this file."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from jimo_site.logging import LOGGING  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PRODUCT_NAME = env.str("PRODUCT_NAME", default="Jimo")
PRODUCTION = env.bool("PRODUCTION", default=False)  # `make serve` sets it
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
DEMO_PROJECT = "fernhill"  # its slug: what shows off the demo is in this project alone
DEMO_LOGINS = (
    ("alex@fernhill.example", "open-sesame-alex", "admin"),
    ("edith@fernhill.example", "open-sesame-edith", "editor"),
    ("victor@fernhill.example", "open-sesame-victor", "viewer"),
)
DEMO_CRM_URL = env.str("DEMO_CRM_URL", default="")  # where `make demo` serves its pretend HubSpot
HUBSPOT_CLIENT_ID = env.str("HUBSPOT_CLIENT_ID", default="")
HUBSPOT_CLIENT_SECRET = env.str("HUBSPOT_CLIENT_SECRET", default="")
SECRET_KEY = env.str("SECRET_KEY", default="")
if PRODUCTION and (not SECRET_KEY or len(SECRET_KEY) < 32):
    raise ImproperlyConfigured(
        "SECRET_KEY is missing or shorter than 32 characters. Set it to a long random text and keep it: it signs "
        "sessions and encrypts secrets. For example: "
        "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG is on: it shows code and settings to visitors. Unset DEBUG in production.")
SECRET_KEY = SECRET_KEY or "for-development-only-" + "0123456789abcdef" * 3
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])  # the first encrypts, the others still decrypt
if PRODUCTION and any(len(key) < 32 for key in ENCRYPTION_KEYS):
    raise ImproperlyConfigured("Each of ENCRYPTION_KEYS is a random text of at least 32 characters.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
PUBLIC_RATE_LIMIT = env.str("PUBLIC_RATE_LIMIT", default="300/m")
SECRET_RATE_LIMIT = env.str("SECRET_RATE_LIMIT", default="1000/s")

INSTALLED_APPS = [
    "jimo_site.admin.AdminApp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "rest_framework",
    "django_filters",
    "django_tables2",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "heroicons",
    "django_simple_icons",
    "django_tasks_db",
    "jimo_site.serving",
    "users",
    "segments",
    "integrations",
]
MIDDLEWARE = [
    "users.api.middleware.ApiMiddleware",  # answers calls itself: what follows is for pages
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "jimo_site.caching.NotKept",
    "users.views.errors.WhileAway",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "users.views.errors.BusyPages",
]
ROOT_URLCONF = "jimo_site.urls"
WSGI_APPLICATION = "jimo_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "users.showing.frame.frame",
            ],
            "builtins": [
                "users.showing.marks",
                "users.showing.values",
                "users.showing.times",
                "users.showing.problems",
                "jimo_site.modules",
            ],
        },
    },
]
FORM_RENDERER = "users.showing.frame.FieldRenderer"

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'var' / 'jimo.sqlite3'}")
}
DATABASE = DATABASES["default"]
LOCK_WAIT = 4.0  # seconds that a statement waits for another transaction; see users/database/contention.py
if DATABASE["ENGINE"].endswith("sqlite3"):
    DATABASE["ENGINE"] = "jimo_site.sqlite"
    Path(DATABASE["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": LOCK_WAIT,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64000; "
        "PRAGMA wal_autocheckpoint=4000;",  # pages: a new user writes twenty, most of them again and again
    }
    if env.str("JIMO_TEST_SQLITE", default=""):  # the suite's file: threads and the live server share it
        DATABASE["TEST"] = {"NAME": env.str("JIMO_TEST_SQLITE")}
    DATABASE["CONN_MAX_AGE"] = None
else:
    DATABASE["ENGINE"] = "jimo_site.postgresql"
    DATABASE["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
    DATABASE["CONN_HEALTH_CHECKS"] = True
    # Of a network that swallows packets; a server that hangs behind one that does not is the concern of
    # users/database/availability.py.
    DATABASE["OPTIONS"] = {"connect_timeout": 3, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
                           "tcp_user_timeout": 10_000, **DATABASE.get("OPTIONS", {})}  # fmt: skip
    # For users/database/statements.py; the ORM prepares nothing. Off behind a pooler that cannot keep prepared
    # statements.
    if env.bool("PREPARED_STATEMENTS", default=True):
        DATABASE["OPTIONS"]["prepare_threshold"] = 2

AUTH_USER_MODEL = "users.Account"
CSRF_FAILURE_VIEW = "users.views.errors.csrf_failure"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = ["users.accounts.hashing.TurnTakingArgon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
FORMAT_MODULE_PATH = "jimo_site.formats"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "var" / "static"
# Uploaded files wait here for their import. Servers and workers share it.
IMPORTS_DIR = env.str("IMPORTS_DIR", default=str(BASE_DIR / "var" / "imports"))
# Whether webhooks and connectors may call this machine and private networks: for tests and the demo.
ALLOW_PRIVATE_CONNECTIONS = env.bool("ALLOW_PRIVATE_CONNECTIONS", default=False)
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_ALLOW_ALL_ORIGINS = True  # jimo.js is loaded by other people's pages
WHITENOISE_MAX_AGE = 300  # files under their plain names, jimo.js above all; hashed ones stay for ever
if PRODUCTION:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "jimo_site.modules.Storage"},
    }

# A queue for each lane of users/jobs/lanes.py; a kind of job in a lane that is not there is refused as it registers.
TASKS: dict[str, dict[str, Any]] = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}
TASKS_BROKER_URL = env.str("TASKS_BROKER_URL", default="")
if TASKS_BROKER_URL:
    if not TASKS_BROKER_URL.startswith(("redis://", "rediss://", "amqp://", "amqps://")):
        raise ImproperlyConfigured(
            "TASKS_BROKER_URL is neither Redis (or Valkey) nor RabbitMQ: it begins with redis:// or amqp://, such as "
            "redis://127.0.0.1:6379/0 or amqp://user:password@127.0.0.1:5672//."
        )
    if find_spec("celery") is None:
        raise ImproperlyConfigured(
            "TASKS_BROKER_URL is set, but Celery is not installed: pip install --require-hashes -r "
            "requirements-celery.txt"
        )
    TASKS["default"]["BACKEND"] = "jimo_site.broker.CeleryBackend"
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "users.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
from users.api.about import SETTINGS as SPECTACULAR_SETTINGS  # noqa: E402, F401  one place says what the API is

DJANGO_TABLES2_TEMPLATE = "components/table.html"

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
# HTTPS=1 for a public address; on loopback plain HTTP is served as it is.
HTTPS = env.bool("HTTPS", default=False)
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

TESTING = "pytest" in sys.modules
