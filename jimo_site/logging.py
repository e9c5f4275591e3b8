"""Logs go to standard error, without what users or callers sent."""

from logging import LogRecord


def is_no_refusal(record: LogRecord) -> bool:
    """A 503 is said where it is decided; the framework's line would add the address, for each who asked."""
    return getattr(record, "status_code", 0) != 503


def without_address(record: LogRecord) -> bool:
    """The reason stays, the address goes: it holds ids of people."""
    if record.name.startswith(("django.request", "django.security")) and isinstance(record.args, tuple):
        record.args = tuple("an address" if str(part).startswith("/") else part for part in record.args)
    return True


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {
        "no refusals": {"()": "django.utils.log.CallbackFilter", "callback": is_no_refusal},
        "no address": {"()": "django.utils.log.CallbackFilter", "callback": without_address},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["no address"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "users": {"level": "INFO"},
        # Addresses hold ids of people: "Not Found: /p/acme/users/..." says nothing an operator needs.
        "django.request": {"level": "ERROR", "filters": ["no refusals"]},
        # The same of "Forbidden (CSRF token missing): /p/acme/users/17/tags/".
        "django.security": {"filters": ["no address"]},
        "django.security.csrf": {"filters": ["no address"]},
        "django_tasks_db": {"level": "WARNING"},
        "django.tasks": {"level": "WARNING"},
    },
}
