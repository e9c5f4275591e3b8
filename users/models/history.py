"""What was written, by whom, and what had to be explained."""

from django.db import models

from users.database.value_json import ValueDecoder

from .documents import Changes


class OriginKind(models.TextChoices):
    """What wrote: the second half of every "who did this" in the product."""

    SNIPPET = "snippet", "Snippet"
    KEY = "key", "Server key"
    IMPORT = "import", "Import"
    SYNC = "sync", "Sync"
    MEMBER = "member", "Member"
    ADMIN = "admin", "Django admin"
    SYSTEM = "system", "Jimo"


class AttributeChange(models.Model):
    """One write that changed something; append-only.

    `changes` is users.models.documents.Changes.
    """

    class Kind(models.TextChoices):
        WRITE = "write"
        CREATED = "created"
        MERGE = "merge"
        UNMERGE = "unmerge"
        RESTORE = "restore"  # takes one attribute of `undoes` back: history shows both as one line

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey("users.EndUser", on_delete=models.CASCADE, related_name="changes", db_index=False)
    # Whom it was written for, when a merge moved it to the survivor; null when that is `user`.
    written_for = models.ForeignKey(
        "users.EndUser", on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.WRITE)
    merge = models.ForeignKey(
        "users.Merge", on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    undoes = models.ForeignKey(
        "self", on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    origin_kind = models.CharField(max_length=12, choices=OriginKind)
    origin_id = models.BigIntegerField(null=True, blank=True)
    origin_label = models.CharField(max_length=255, blank=True)
    written_at = models.DateTimeField()  # the client's time, clamped to received_at
    received_at = models.DateTimeField()
    changes: "models.JSONField[Changes, Changes]" = models.JSONField(default=dict, decoder=ValueDecoder)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-received_at", "-id"], name="change_by_user"),
            models.Index(fields=["undoes"], name="change_undone", condition=models.Q(undoes__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"change {self.pk} of user {self.user_id}"


class IngestEntry(models.Model):
    """A call with something to explain: rejected, stale, converted or refused.

    `verdicts` = [{"attribute": "custom.team_size", "verdict": "rejected", "reason": "...", "sent": short text}]
    with natives as "native.email". `error` explains a refused call as a whole.
    """

    class Outcome(models.TextChoices):
        PARTLY = "partly", "Partly stored"
        REFUSED = "refused", "Refused"

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(
        "users.EndUser", on_delete=models.CASCADE, null=True, blank=True, related_name="ingest_entries", db_index=False
    )  # found by ingest_by_user
    received_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True, blank=True)
    call = models.CharField(max_length=20)  # "identify", "batch", "patch", "tags", "import", "sync", "dashboard"
    outcome = models.CharField(max_length=7, choices=Outcome)
    origin_kind = models.CharField(max_length=12, choices=OriginKind)
    origin_id = models.BigIntegerField(null=True, blank=True)
    origin_label = models.CharField(max_length=255, blank=True)
    sent_user_id = models.CharField(max_length=255, blank=True)
    sent_jimer_id = models.CharField(max_length=255, blank=True)
    error = models.TextField(blank=True)
    verdicts = models.JSONField(default=list, decoder=ValueDecoder)

    class Meta:
        indexes = [
            models.Index(fields=["project", "-received_at", "-id"], name="ingest_by_time"),
            models.Index(fields=["user", "-received_at", "-id"], name="ingest_by_user"),
        ]

    def __str__(self) -> str:
        return f"{self.call} {self.outcome} at {self.received_at:%Y-%m-%d %H:%M:%S}"


class CallCount(models.Model):
    """Calls per minute that need no line of their own. Appended as deltas by each process, rolled up by the worker."""

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    minute = models.DateTimeField()
    origin_kind = models.CharField(max_length=12)
    origin_id = models.BigIntegerField(null=True, blank=True)
    unchanged = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["project", "-minute"], name="calls_by_minute")]

    def __str__(self) -> str:
        return f"{self.unchanged} unchanged calls at {self.minute:%Y-%m-%d %H:%M}"


class SeenMessage(models.Model):
    """A message id and the answer its call got: for 24 hours a repeat gets the same answer."""

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    message_id = models.CharField(max_length=255)
    received_at = models.DateTimeField(db_index=True)
    user = models.ForeignKey("users.EndUser", on_delete=models.CASCADE, null=True, related_name="+")
    answer = models.JSONField(decoder=ValueDecoder)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "message_id"], name="one_answer_per_message")]

    def __str__(self) -> str:
        return self.message_id
