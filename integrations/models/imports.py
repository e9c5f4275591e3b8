"""Imports of users from files: what was asked, how far it is, what it did and what it could not do."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from users.database.value_json import ValueDecoder


class Import(models.Model):
    """One file and what became of it. Whatever a run writes, this row moves on in the same transaction.

    `reading` is integrations/imports/records.py:Reading, `columns` the names of the file's columns, `options` what
    integrations/imports/options.py stores. `checked` is the result of the dry run, `counts` that of the run, `undone`
    that of the undo: {"rows", "created", "changed", "unchanged", "failed", ...}.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        UNDONE = "undone", "Undone"

    class Step(models.TextChoices):
        DRY_RUN = "dry_run", "Dry run"
        RUN = "run", "Import"
        UNDO = "undo", "Undo"

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="imports")
    name = models.CharField(max_length=200)  # of the file
    file = models.CharField(max_length=80, blank=True)  # its name on the disk; empty once it was removed
    size = models.BigIntegerField(default=0)  # bytes
    reading = models.JSONField(default=dict, decoder=ValueDecoder)
    columns = models.JSONField(default=list, decoder=ValueDecoder)
    options = models.JSONField(default=dict, decoder=ValueDecoder)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    step = models.CharField(max_length=7, choices=Step, blank=True)  # what runs, or ran last
    job = models.ForeignKey("users.Job", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    done = models.BigIntegerField(default=0)  # records of this step that are dealt with, bad lines too
    total = models.BigIntegerField(null=True, blank=True)  # records of the file, once they were counted
    checked = models.JSONField(null=True, blank=True, decoder=ValueDecoder)
    counts = models.JSONField(default=dict, decoder=ValueDecoder)
    undone = models.JSONField(default=dict, decoder=ValueDecoder)
    error = models.TextField(blank=True)
    origin_kind = models.CharField(max_length=12, default="member")  # who asked: a member or a key
    origin_id = models.BigIntegerField(null=True, blank=True)
    origin_label = models.CharField(max_length=255, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="import_by_project")]

    def __str__(self) -> str:
        return self.name


class ImportedRow(models.Model):
    """What a line did to a user: an undo goes back over these. Erasing the user takes them along."""

    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    line = models.BigIntegerField()
    user = models.ForeignKey("users.EndUser", on_delete=models.CASCADE, related_name="+")
    change = models.BigIntegerField(null=True)  # AttributeChange
    created = models.BooleanField(default=False)
    listed = models.BooleanField(default=False)  # it put the user on the import's list

    def __str__(self) -> str:
        return f"line {self.line} of import {self.run_id}"


class ImportProblem(models.Model):
    """Why a line was refused, or what an undo left alone. `step` is the one that found it."""

    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems", db_index=False)
    step = models.CharField(max_length=7, choices=Import.Step)
    line = models.BigIntegerField()
    column = models.CharField(max_length=200, blank=True)
    value = models.TextField(blank=True)
    reason = models.TextField()
    # Whom the line names: erasing that person takes the row along.
    user = models.ForeignKey("users.EndUser", on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["run", "step", "line", "id"], name="import_problem_by_line")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
