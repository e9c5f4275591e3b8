"""Segments, who is in them, and how that came about."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from users.database.value_json import ValueDecoder
from users.ground.text_forms import check_visible

DELETING = "deleting"  # a state that is none of State: for everyone else the segment is gone


class LiveSegments(models.Manager["Segment"]):
    def get_queryset(self) -> models.QuerySet["Segment"]:
        return super().get_queryset().exclude(state=DELETING)


class Segment(models.Model):
    """An audience: dynamic (a rule) or static (a list).

    `rule` is the JSON of segments/language/rules.py. `count` is exact together with the deltas that were not rolled
    up yet (segments/membership/sizes.py). `refreshed_at` is when the clock was last followed, for rules that go by
    it.
    """

    class State(models.TextChoices):
        READY = "ready", "Ready"
        COMPUTING = "computing", "Computing"
        BROKEN = "broken", "Broken"

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="segments")
    name = models.CharField(max_length=80, validators=[check_visible])
    description = models.TextField(blank=True, max_length=1000)
    icon = models.CharField(max_length=40, default="user-group")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    static = models.BooleanField(default=False)
    rule = models.JSONField(null=True, blank=True, decoder=ValueDecoder)
    visible_to_browsers = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State, default=State.COMPUTING)
    state_reason = models.TextField(blank=True)
    by_clock = models.BooleanField(default=False)
    count = models.BigIntegerField(default=0)
    counted_at = models.DateTimeField(default=timezone.now)
    refreshed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(default=timezone.now)
    updated = models.DateTimeField(default=timezone.now)

    objects = LiveSegments()

    class Meta:
        indexes = [models.Index(fields=["project", "name"], name="segment_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def uncounted(self) -> bool:
        """New, and its first pass is still to come: its count says nothing yet."""
        return self.state == self.State.COMPUTING and self.refreshed_at is None


class SegmentVersion(models.Model):
    """A rule as it was saved, by whom."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    rule = models.JSONField(null=True, decoder=ValueDecoder)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    label = models.CharField(max_length=255, blank=True)  # the member's name, or the key's
    note = models.CharField(max_length=80, blank=True)  # "Restored version 2"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "number"], name="one_version_per_number")]

    def __str__(self) -> str:
        return f"version {self.number} of segment {self.segment_id}"


class Cause(models.TextChoices):
    """Why a user entered or left."""

    CHANGE = "change", "A value changed"
    RULE = "rule", "The rule was saved"
    CLOCK = "clock", "Time passed"
    LIST = "list", "The list was edited"
    MERGE = "merge", "Profiles were merged"


class Membership(models.Model):
    """A user is in a segment, since when."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    user = models.ForeignKey("users.EndUser", on_delete=models.CASCADE, related_name="memberships", db_index=False)
    entered_at = models.DateTimeField()
    cause = models.CharField(max_length=6, choices=Cause)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "segment"], name="in_a_segment_once")]
        indexes = [models.Index(fields=["segment", "user"], name="members_of_segment")]

    def __str__(self) -> str:
        return f"user {self.user_id} in segment {self.segment_id}"


class MembershipMove(models.Model):
    """A user entered or left, and why; append-only."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="moves", db_index=False)
    user = models.ForeignKey("users.EndUser", on_delete=models.CASCADE, related_name="moves", db_index=False)
    at = models.DateTimeField()
    entered = models.BooleanField()
    cause = models.CharField(max_length=6, choices=Cause)

    class Meta:
        indexes = [
            models.Index(fields=["segment", "-at", "-id"], name="moves_of_segment"),
            models.Index(fields=["user", "-at", "-id"], name="moves_of_user"),
        ]

    def __str__(self) -> str:
        return f"user {self.user_id} {'entered' if self.entered else 'left'} segment {self.segment_id}"


class SegmentDelta(models.Model):
    """Users that entered and left in one write. Appended, never updated, so that no two calls meet in one row."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="deltas")
    at = models.DateTimeField()
    entered = models.IntegerField()
    gone = models.IntegerField()

    def __str__(self) -> str:
        return f"+{self.entered} -{self.gone} in segment {self.segment_id}"


class SegmentDay(models.Model):
    """A day of a segment in the project's zone, rolled up: how many entered and left, and its size when the day was last counted."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    entered = models.BigIntegerField(default=0)
    gone = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="one_row_per_segment_and_day")]

    def __str__(self) -> str:
        return f"segment {self.segment_id} on {self.day}"
