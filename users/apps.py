from django.apps import AppConfig
from django.db.backends.signals import connection_created


class UsersConfig(AppConfig):
    name = "users"
    verbose_name = "Users"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from users.background import bulk, counts, delete_project, search_terms  # noqa: F401
        from users.database.availability import remember_connection
        from users.database.contention import limit_waits
        from users.writing import retype  # noqa: F401  kinds of jobs register themselves

        connection_created.connect(limit_waits, dispatch_uid="users.contention")
        connection_created.connect(remember_connection, dispatch_uid="users.availability")
