"""Segments in the Django admin, to look at: they are changed in the dashboard, where rules are checked."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from segments.models import Membership, MembershipMove, Segment, SegmentDay, SegmentDelta, SegmentVersion
from users.admin.read_only import ReadOnlyAdmin


@admin.register(Segment)
class SegmentAdmin(ReadOnlyAdmin):
    list_display = ("name", "project", "static", "state", "version", "count", "archived", "in_dashboard")
    list_filter = ("state", "static", "archived")
    list_select_related = ("project",)
    search_fields = ("name",)

    @admin.display(description="Dashboard")
    def in_dashboard(self, row: Any) -> str:
        return format_html('<a href="{}">View in dashboard</a>', reverse("segment", args=[row.project.slug, row.pk]))


@admin.register(SegmentVersion)
class SegmentVersionAdmin(ReadOnlyAdmin):
    list_display = ("segment", "number", "label", "note", "saved_at")
    list_select_related = ("segment",)
    search_fields = ("segment__name", "label")


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ("segment", "user_id", "entered_at", "cause")
    list_select_related = ("segment",)
    search_fields = ("user__user_id",)


@admin.register(MembershipMove)
class MembershipMoveAdmin(ReadOnlyAdmin):
    list_display = ("segment", "user_id", "entered", "cause", "at")
    list_select_related = ("segment",)
    search_fields = ("user__user_id",)


@admin.register(SegmentDelta)
class SegmentDeltaAdmin(ReadOnlyAdmin):
    list_display = ("segment", "at", "entered", "gone")
    list_select_related = ("segment",)
    search_fields = ("segment__name",)


@admin.register(SegmentDay)
class SegmentDayAdmin(ReadOnlyAdmin):
    list_display = ("segment", "day", "size", "entered", "gone")
    list_select_related = ("segment",)
    search_fields = ("segment__name",)
