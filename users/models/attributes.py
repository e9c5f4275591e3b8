"""The registry: which attributes a project has, and of what type."""

from django.db import models
from django.utils import timezone

from users.ground.text_forms import check_visible

NATIVE = "native"
CUSTOM = "custom"


class Attribute(models.Model):
    """A definition `(project, source, key)`. Native ones are created with the project.

    Values are stored under `ref`: the bare key for native attributes ("email"), "a<id>" for all others,
    never customer text (JSON paths treat digits, quotes, dots and non-ASCII keys differently everywhere).
    """

    class Type(models.TextChoices):
        STRING = "string"
        NUMBER = "number"
        BOOLEAN = "boolean"
        DATE = "date"
        LIST = "list"

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="attributes")
    source = models.CharField(max_length=40)  # "native", "custom", or a connector's slug
    key = models.CharField(max_length=100)
    type = models.CharField(max_length=7, choices=Type)
    name = models.CharField("display name", max_length=100, blank=True, validators=[check_visible])
    description = models.TextField(blank=True, max_length=1000)
    sensitive = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    created = models.DateTimeField(default=timezone.now)
    created_by_public = models.BooleanField(default=False)  # counts against `public_attribute_limit`
    last_received = models.DateTimeField(null=True, blank=True)  # written at most once a minute
    # Computed by the worker and shown with their time.
    coverage = models.BigIntegerField(null=True, blank=True)  # users that have a value
    coverage_at = models.DateTimeField(null=True, blank=True)
    # The job that is converting values to `type`; leftovers count as absent meanwhile.
    converting = models.ForeignKey("users.Job", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "source", "key"], name="one_definition_per_key")]

    def __str__(self) -> str:
        return self.field

    @property
    def field(self) -> str:
        """FIELD of the rule language and of addresses: `custom.plan`."""
        return f"{self.source}.{self.key}"

    @property
    def ref(self) -> str:
        return self.key if self.source == NATIVE else f"a{self.pk}"

    @property
    def label(self) -> str:
        return self.name or self.key
