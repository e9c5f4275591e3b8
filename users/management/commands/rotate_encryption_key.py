"""Encrypt all stored secrets anew with the first of ENCRYPTION_KEYS, so that former keys can be dropped.

Put the new key before the former one, restart everything, run this, then drop the former one. It may run beside the
product and be run again: a secret that changes meanwhile is left as it is written, with the new key.
"""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from users.extend import encrypted_columns
from users.ground.secrets import encrypted_anew


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.ENCRYPTION_KEYS:
            raise CommandError(
                "ENCRYPTION_KEYS is not set. Put the new key there, before the former one if there is one."
            )
        lost = sum(self.rotate(name, column) for name, column in encrypted_columns.all().items())
        if lost:
            raise CommandError(
                f"{lost:,} secrets were encrypted with a key that is not given. Add that key to ENCRYPTION_KEYS (or set "
                "the former SECRET_KEY) and run this again."
            )

    def rotate(self, name: str, column: str) -> int:
        """How many could not be read."""
        label, _, field = column.rpartition(".")
        rows = apps.get_model(label)._default_manager
        done = lost = 0
        for pk, token in rows.exclude(**{field: ""}).order_by("pk").values_list("pk", field).iterator(chunk_size=500):
            try:
                made = encrypted_anew(token)
            except ValueError:
                lost += 1
                continue
            done += rows.filter(pk=pk, **{field: token}).update(**{field: made})
        self.stdout.write(f"{name}: {done:,} encrypted anew" + (f", {lost:,} could not be read" if lost else ""))
        return lost
