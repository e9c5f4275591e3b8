from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"
    verbose_name = "Users"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from users import retype  # noqa: F401  kinds of jobs register themselves
        from users.jobs import bulk, counts, delete_project  # noqa: F401
