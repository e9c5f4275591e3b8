"""Segments that are kept as a tag or a list at a vendor, and who is in there."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from integrations.models.connections import Connection


class Audience(models.Model):
    """A segment kept at a vendor.

    `vendor_id` is the vendor's id of its tag or list, "" until it is made. `fill_after` is the last user whom the first
    fill met. Who entered and left is followed up to `followed_to`. `there` counts its `placed` rows, `absent` the
    members who have no record at the vendor, `failed` the records that the vendor did not take since the last
    comparison. `job` is what works on it, one at a time.
    """

    class State(models.TextChoices):
        FILLING = "filling", "Filling"
        ACTIVE = "active", "In sync"
        PAUSED = "paused", "Paused"
        BROKEN = "broken", "Broken"  # only a person can help

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="audiences")
    segment = models.ForeignKey("segments.Segment", on_delete=models.SET_NULL, null=True, related_name="audiences")
    name = models.CharField(max_length=100)
    vendor_id = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=7, choices=State, default=State.FILLING)
    error = models.TextField(blank=True)
    error_since = models.DateTimeField(null=True, blank=True)
    waiting_until = models.DateTimeField(null=True, blank=True)  # the vendor asked us to wait, or is away
    waiting_for = models.TextField(blank=True)
    fill_after = models.BigIntegerField(default=0)
    filled = models.BigIntegerField(default=0)
    filled_at = models.DateTimeField(null=True, blank=True)  # when the first fill was done
    followed_to = models.DateTimeField(default=timezone.now)
    there = models.BigIntegerField(default=0)
    absent = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    failed_reason = models.TextField(blank=True)
    compared = models.DateTimeField(null=True, blank=True)
    next_comparison = models.DateTimeField(null=True, blank=True)
    drift_added = models.BigIntegerField(default=0)  # what the last comparison put back
    drift_removed = models.BigIntegerField(default=0)
    job = models.ForeignKey("users.Job", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "segment"], name="audience_once_in_a_connection"),
            models.UniqueConstraint(fields=["connection", "name"], name="audience_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class PlacedRecord(models.Model):
    """A record that is in the vendor's tag or list, as far as we know. `seen` is the last comparison that met it."""

    audience = models.ForeignKey(Audience, on_delete=models.CASCADE, related_name="placed", db_index=False)
    record = models.CharField(max_length=200)
    at = models.DateTimeField()
    seen = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["audience", "record"], name="placed_once")]
        indexes = [models.Index(fields=["audience", "id"], name="placed_in_order")]

    def __str__(self) -> str:
        return self.record


class TouchedRecord(models.Model):
    """A record whose user is another one now, or that is gone: whether it belongs into the audience is decided anew."""

    audience = models.ForeignKey(Audience, on_delete=models.CASCADE, related_name="touched", db_index=False)
    record = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["audience", "id"], name="touched_in_order")]

    def __str__(self) -> str:
        return self.record
