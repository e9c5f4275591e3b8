"""Background work as rows: a task is only a wake-up, so `kill -9` of any process loses nothing."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from users.database.value_json import ValueDecoder


class Job(models.Model):
    """One piece of work for `manage.py worker`; what each kind does is in users/jobs/."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, null=True, related_name="jobs")
    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    params = models.JSONField(default=dict, decoder=ValueDecoder)
    cursor = models.JSONField(null=True, blank=True, decoder=ValueDecoder)  # where the next chunk starts
    progress = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)
    result = models.JSONField(default=dict, blank=True, decoder=ValueDecoder)
    error = models.TextField(blank=True)  # why its last chunk failed, or what it waits for
    failing_since = models.DateTimeField(null=True, blank=True)  # its chunks fail, one after the other
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    # While a worker has it, until when; while it waits, from when on it may be worked on.
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    finished = models.DateTimeField(null=True, blank=True)
    # The job whose effect this one takes back.
    undoes = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="undone_by")

    class Meta:
        indexes = [models.Index(fields=["state", "lease_until"], name="job_by_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class JobItem(models.Model):
    """A user that a bulk job really changed, so that its undo touches no other."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items", db_index=False)
    user = models.ForeignKey("users.EndUser", on_delete=models.CASCADE, related_name="+")
    detail = models.JSONField(default=dict, blank=True, decoder=ValueDecoder)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "user"], name="one_item_per_user")]

    def __str__(self) -> str:
        return f"user {self.user_id} of job {self.job_id}"


class Figure(models.Model):
    """A number over all users that a page shows with its time instead of computing it, such as a list's count."""

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=160)  # for a count: "count:" and a hash of the filter
    value = models.JSONField(decoder=ValueDecoder)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="one_figure_per_name")]

    def __str__(self) -> str:
        return self.name


class WorkerBeat(models.Model):
    """When each worker process was last alive: pages say so when nothing will run what waits."""

    worker = models.CharField(max_length=80, primary_key=True)
    at = models.DateTimeField()
    lanes = models.JSONField(default=list, decoder=ValueDecoder)  # names of those it takes jobs from
    duties = models.BooleanField(default=True)  # it also does what is due by the clock

    def __str__(self) -> str:
        return self.worker
