from datetime import timedelta

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class SegmentsConfig(AppConfig):
    name = "segments"
    verbose_name = "Segments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from segments import narrow, passes, upkeep  # noqa: F401  passes register their kind of job
        from segments.follow import Follower, segments_part
        from segments.functions import add_functions
        from segments.sizes import roll_up
        from users.extend import answer_parts, duties, followers, user_filters
        from users.jobs.periodic import Duty
        from users.signals import definitions_changed

        connection_created.connect(add_functions, dispatch_uid="segments.functions")
        followers.add("segments", Follower())
        definitions_changed.connect(upkeep.definitions_changed, dispatch_uid="segments.upkeep")
        duties.add("roll_up_segments", Duty(timedelta(minutes=1), roll_up))
        duties.add("follow_clocks", Duty(timedelta(minutes=1), upkeep.follow_clocks))
        answer_parts.add("segments", segments_part)
        user_filters.add("rule", narrow.by_rule)
        user_filters.add("segment", narrow.by_segment)
