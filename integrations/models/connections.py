"""Connections to other companies' products, what is read from each, and the runs that read it."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from users.database.value_json import ValueDecoder


class Connection(models.Model):
    """One account at one vendor.

    `credentials` is encrypted JSON (users/ground/secrets.py), `account` {"account": how people know it, ...} as the
    connector's check() found it, `cursor` what the next run begins with (None: at the very beginning), `objects` and
    `options` what was chosen: see integrations/syncing/choices.py.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Not set up"  # logged in, nothing mapped yet
        ACTIVE = "active", "Connected"
        PAUSED = "paused", "Paused"
        BROKEN = "broken", "Broken"  # the vendor refuses: only a person can help
        LEAVING = "leaving", "Disconnecting"

    class Empty(models.TextChoices):
        KEEP = "keep", "Leave our value"
        REMOVE = "remove", "Remove our value"

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="connections")
    connector = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    credentials = models.TextField(blank=True)
    account = models.JSONField(default=dict, decoder=ValueDecoder)
    objects_read = models.JSONField(default=list, decoder=ValueDecoder)
    match_property = models.CharField(max_length=200, default="email")
    match_on = models.CharField(max_length=120, default="native.email")
    create_users = models.BooleanField(default=False)
    empty = models.CharField(max_length=6, choices=Empty, default=Empty.KEEP)
    schedule = models.PositiveIntegerField(null=True, blank=True, default=15)  # minutes; None: by hand
    state = models.CharField(max_length=7, choices=State, default=State.DRAFT)
    error = models.TextField(blank=True)  # why it is broken, or what went wrong in the last run
    error_since = models.DateTimeField(null=True, blank=True)
    cursor = models.JSONField(null=True, blank=True, decoder=ValueDecoder)
    next_run = models.DateTimeField(null=True, blank=True)
    last_synced = models.DateTimeField(null=True, blank=True)  # when a run was last done
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["state", "next_run"], name="connection_due")]

    def __str__(self) -> str:
        return self.name


class PropertyMapping(models.Model):
    """One property of the vendor and the attribute that it becomes; its source is the connector's slug.

    `options` are labels of an enumeration's values: {internal: label}.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="mappings")
    property = models.CharField(max_length=200)
    object = models.CharField(max_length=60, blank=True)
    label = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=100)
    type = models.CharField(max_length=10)
    options = models.JSONField(default=dict, decoder=ValueDecoder)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "property"], name="property_once"),
            models.UniqueConstraint(fields=["connection", "key"], name="key_once_in_a_connection"),
        ]

    def __str__(self) -> str:
        return f"{self.property} to {self.key}"


class SyncRun(models.Model):
    """One reading of a connection. Whatever it writes, this row moves on in the same transaction.

    `position` is where the connector goes on, `pages` how many were written: the run's compare-and-set.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Step(models.TextChoices):
        READ = "read", "Reading"
        LATE = "late", "Looking for users who came since"
        CLEAN = "clean", "Removing what is gone"
        AGAIN = "again", "Reading some records again"

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", "By schedule"
        MEMBER = "member", "By hand"
        KEY = "key", "By API"
        EVENT = "event", "Told by the vendor"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    full = models.BooleanField(default=False)  # reads all there is and removes what is gone
    trigger = models.CharField(max_length=8, choices=Trigger, default=Trigger.SCHEDULE)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    step = models.CharField(max_length=5, choices=Step, default=Step.READ)
    job = models.ForeignKey("users.Job", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    since = models.JSONField(null=True, blank=True, decoder=ValueDecoder)
    position = models.JSONField(default=dict, decoder=ValueDecoder)
    pages = models.BigIntegerField(default=0)
    read = models.BigIntegerField(default=0)
    matched = models.BigIntegerField(default=0)
    created_users = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    unmatched = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    removed = models.BigIntegerField(default=0)  # records that are gone, whose values went with them
    left = models.BigIntegerField(null=True, blank=True)  # records still to come, if the vendor says
    waiting_until = models.DateTimeField(null=True, blank=True)  # the vendor asked us to wait
    waiting_for = models.TextField(blank=True)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["connection", "-id"], name="run_by_connection")]
        constraints = [
            models.UniqueConstraint(
                fields=["connection"], condition=models.Q(state__in=["waiting", "running"]), name="one_run_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.connection_id}"


class SyncProblem(models.Model):
    """Why a record of a run was not written, or a value of it was not. `open` until the record is read again."""

    class Kind(models.TextChoices):
        UNMATCHED = "unmatched", "Not found"
        FAILED = "failed", "Failed"

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="problems", db_index=False)
    kind = models.CharField(max_length=9, choices=Kind)
    object = models.CharField(max_length=60)
    record = models.CharField(max_length=200)  # the vendor's id of it
    label = models.CharField(max_length=300, blank=True)
    property = models.CharField(max_length=200, blank=True)
    value = models.TextField(blank=True)
    reason = models.TextField()
    # Whom the record is about: erasing that person takes the row along.
    user = models.ForeignKey("users.EndUser", on_delete=models.CASCADE, null=True, related_name="+")
    open = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(fields=["run", "kind", "id"], name="sync_problem_by_run"),
            models.Index(fields=["record"], condition=models.Q(open=True), name="open_sync_problem"),
        ]

    def __str__(self) -> str:
        return f"{self.object} {self.record}: {self.reason}"


class SyncedRecord(models.Model):
    """A record of the vendor and the user that it is about; nobody, if nobody was found.

    `key` is what the user would be known by: they may come later. `seen` is the last run that met the record.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="records", db_index=False)
    object = models.CharField(max_length=60)
    record = models.CharField(max_length=200)
    user = models.ForeignKey("users.EndUser", on_delete=models.CASCADE, null=True, related_name="+")
    key = models.CharField(max_length=255, blank=True)
    seen = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "object", "record"], name="record_once_in_a_connection")
        ]

    def __str__(self) -> str:
        return f"{self.object} {self.record}"
