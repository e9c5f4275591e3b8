from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from datetime import timedelta

        from django.db.models.signals import post_delete

        from integrations import sources  # registries are filled once all apps are loaded
        from integrations.imports import dry_run, files, keeping, running, undo  # noqa: F401  kinds of jobs
        from integrations.models import Import
        from users.background.periodic import Duty
        from users.extend import duties, erasers

        post_delete.connect(files.deleted, sender=Import, dispatch_uid="imports.files")
        duties.add("forget_imports", Duty(timedelta(hours=1), keeping.forget_old))
        erasers.add("imports", keeping.forget_people)
        sources.register()
