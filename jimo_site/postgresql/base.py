from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper as Framework

from users.database.availability import Away, is_known_away


class DatabaseWrapper(Framework):
    """Each attempt takes connect_timeout while the database hangs, and one request makes several on its way out."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if is_known_away():
            raise Away
        return super().get_new_connection(conn_params)
