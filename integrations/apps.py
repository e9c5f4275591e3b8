from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from datetime import timedelta

        from django.db.models.signals import post_delete

        from integrations import sources  # registries are filled once all apps are loaded
        from integrations.audiences import clock, showing, working  # noqa: F401  kinds of jobs
        from integrations.connectors.file_copies import forget_old
        from integrations.connectors.registry import register_sources
        from integrations.imports import dry_run, files, keeping, running, undo  # noqa: F401  kinds of jobs
        from integrations.models import Import
        from integrations.syncing import connecting, feeding, reading, runs, told  # noqa: F401  kinds of jobs
        from integrations.views import imports
        from integrations.webhooks import wiring
        from users.background.periodic import Duty
        from users.extend import (
            HelpPage,
            NavigationEntry,
            duties,
            encrypted_columns,
            erasers,
            feeds,
            help_pages,
            list_actions,
            navigation,
            page_tabs,
            used_by,
        )
        from users.showing.navigation import PEOPLE

        post_delete.connect(files.deleted, sender=Import, dispatch_uid="imports.files")
        duties.add("forget_imports", Duty(timedelta(hours=1), keeping.forget_old))
        duties.add("forget_fetched_files", Duty(timedelta(hours=1), forget_old))
        page_tabs.add("imports", imports.page_tabs)
        list_actions.add(
            "imports", NavigationEntry("", "Import users from CSV", "import_new", "imports.edit", "arrow-up-tray")
        )
        navigation.add(
            "imports",
            NavigationEntry(PEOPLE, "Imports", "imports", "users.view", "arrow-up-tray", ("import", "import_new")),
        )
        navigation.add(
            "connections",
            NavigationEntry(
                "Integrations",
                "Connections",
                "integrations",
                "integrations.view",
                "puzzle-piece",
                ("connection", "connection_new", "connection_mapping", "connection_credentials", "connection_leave"),
            ),
        )
        help_pages.add(
            "imports",
            HelpPage(
                "Imports", "integrations/imports/help.html", dict, "Users from a file: formats, mapping, dry run, undo."
            ),
        )
        help_pages.add(
            "connections",
            HelpPage(
                "Connections", "integrations/connections/help.html", dict,
                "Values from a CRM, a database or a file: connect, preview, run, mend, disconnect.",
            ),
        )  # fmt: skip
        help_pages.add(
            "hubspot",
            HelpPage(
                "HubSpot", "integrations/connections/hubspot_help.html", dict,
                "Contacts from HubSpot: access, matching, when it is read, webhooks.",
            ),
        )  # fmt: skip
        erasers.add("imports", keeping.forget_people)
        feeds.add("connections", feeding.Feeds())
        encrypted_columns.add("credentials", "integrations.Connection.credentials")
        encrypted_columns.add("webhook secrets", "integrations.Webhook.secret")
        encrypted_columns.add("former webhook secrets", "integrations.Webhook.former_secret")
        erasers.add("connections", connecting.forget_people)
        duties.add("start_due_runs", Duty(timedelta(seconds=10), runs.start_due_runs))
        duties.add("forget_old_runs", Duty(timedelta(hours=1), runs.forget_old_runs))
        duties.add("start_due_audiences", Duty(clock.EVERY, clock.start_due_audiences))
        used_by.add("audiences", showing.uses)
        sources.register()
        register_sources()
        wiring.wire()
