from datetime import timedelta

from django.apps import AppConfig
from django.db.backends.signals import connection_created


def parts(action: str) -> tuple[str, str]:
    """The templates of something that is done to picked users."""
    return f"segments/bulk/{action}_button.html", f"segments/bulk/{action}_dialog.html"


class SegmentsConfig(AppConfig):
    name = "segments"
    verbose_name = "Segments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from segments.counting.common_values import count_values
        from segments.defining import deletion  # noqa: F401  kinds of jobs register themselves
        from segments.defining.consequences import affected
        from segments.defining.uses import uses
        from segments.engines.functions import add_functions
        from segments.membership import list_jobs, passes, upkeep  # noqa: F401
        from segments.membership.follow import Follower, segments_part
        from segments.membership.sizes import roll_up
        from segments.sheets import background, files  # noqa: F401
        from segments.showing import legacy, links, narrow
        from segments.showing.help import PAGE as HELP
        from segments.views import profile_tab, segment_list, user_list
        from users.background.periodic import Duty
        from users.extend import (
            BulkAction,
            NavigationEntry,
            answer_parts,
            bulk_actions,
            consequences,
            duties,
            erasers,
            followers,
            former_filters,
            help_pages,
            list_parts,
            navigation,
            page_tabs,
            profile_tabs,
            used_by,
            user_filters,
            value_filters,
        )
        from users.showing.navigation import PEOPLE
        from users.signals import definitions_changed

        connection_created.connect(add_functions, dispatch_uid="segments.functions")
        followers.add("segments", Follower())
        definitions_changed.connect(upkeep.definitions_changed, dispatch_uid="segments.upkeep")
        duties.add("roll_up_segments", Duty(timedelta(minutes=1), roll_up))
        duties.add("forget_exports", Duty(timedelta(hours=1), files.forget_old))
        erasers.add("exports", files.forget_people)
        duties.add("count_values", Duty(timedelta(minutes=10), count_values))
        duties.add("follow_clocks", Duty(timedelta(seconds=15), upkeep.follow_clocks))
        answer_parts.add("segments", segments_part)
        list_parts.add("segments", user_list.PART)
        bulk_actions.add("add_to_list", BulkAction("segments.edit", *parts("add_to_list")))
        bulk_actions.add("export", BulkAction("users.export", *parts("export")))
        page_tabs.add("segments", segment_list.page_tabs)
        profile_tabs.add("segments", profile_tab.PROFILE_TAB)
        used_by.add("segments", uses)
        consequences.add("segments", affected)
        help_pages.add("segments", HELP)
        navigation.add(
            "segments",
            NavigationEntry(
                PEOPLE,
                "Segments",
                "segments",
                "users.view",
                "rectangle-group",
                ("segment", "segment_new", "segment_rule", "segment_settings", "segment_add", "exports"),
            ),
        )
        user_filters.add("rule", narrow.by_rule)
        user_filters.add("segment", narrow.by_segment)
        former_filters.add("segments", legacy.rule_now)
        value_filters.add("segments", links.with_value)
