"""People and browsers detected in the customer's product, and what is known about each."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from users.database.value_json import ValueDecoder, ValueEncoder

from .documents import Entries, SetAside
from .project import Project

SORTABLE = (
    "last_activity", "first_seen", "created", "sessions",
    "name_folded", "email_folded", "language_folded", "user_id_folded",
)  # fmt: skip


class EndUser(models.Model):
    """One profile. Natives are columns; every other value is in `attributes`, keyed by Attribute.ref.

    `*_folded` and `folded` hold str.casefold() of strings (and of list items), so that case is ignored
    alike and fast on both databases. All are written by users/writing/store.py alone.
    """

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="end_users", db_index=False)
    jimer_id = models.CharField(max_length=255)
    user_id = models.CharField(max_length=255, null=True, blank=True)
    name = models.TextField(null=True, blank=True)
    email = models.TextField(null=True, blank=True)
    language = models.TextField(null=True, blank=True)
    jimer_id_folded = models.TextField()
    user_id_folded = models.TextField(null=True, blank=True)
    name_folded = models.TextField(null=True, blank=True)
    email_folded = models.TextField(null=True, blank=True)
    language_folded = models.TextField(null=True, blank=True)
    first_seen = models.DateTimeField(null=True, blank=True)
    last_activity = models.DateTimeField(null=True, blank=True)
    sessions = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(default=timezone.now)

    attributes = models.JSONField(
        default=dict, blank=True, encoder=ValueEncoder, decoder=ValueDecoder
    )  # {"a17": "Pro"}, only values of the declared type
    folded = models.JSONField(
        default=dict, blank=True, encoder=ValueEncoder, decoder=ValueDecoder
    )  # {"a17": "pro"}, strings and lists
    set_aside: "models.JSONField[dict[str, SetAside], dict[str, SetAside]]" = models.JSONField(
        default=dict, blank=True, encoder=ValueEncoder, decoder=ValueDecoder
    )  # values that a type change could not keep, see documents.SetAside
    sources = models.JSONField(
        default=list, blank=True, decoder=ValueDecoder
    )  # sources with a value besides native, A-Z

    # Bumped by each write to this row or its tags; ETags and "changed meanwhile" checks compare it.
    revision = models.PositiveBigIntegerField(default=1)
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="absorbed", db_index=False
    )

    class Meta:
        # Plain columns serve both directions on both databases: a page reads the part with values first, then
        # the part without (`IS NULL`), so that the empty ones always come last (users/finding/listing.py).
        indexes = [
            models.Index(fields=["project", column, "id"], name=f"enduser_by_{column}", condition=Q(merged_into=None))
            for column in SORTABLE
        ]
        # Said this way: SQLite does not see that a user is looked for where the condition reads NOT (... IS NULL).
        indexes += [
            models.Index(fields=["merged_into"], name="enduser_absorbed", condition=Q(merged_into__isnull=False))
        ]

    def __str__(self) -> str:
        return self.user_id or self.jimer_id

    def entries(self) -> Entries:
        """The provenance of each value, in a dict of its own. Reads it where it was not selected with the user."""
        try:
            return dict(self.provenance.values)
        except Provenance.DoesNotExist:
            return {}


class Provenance(models.Model):
    """Where each value of one user came from: the Data tab needs this row, the user's, and no history.

    `values` is users.models.documents.Entries.
    """

    user = models.OneToOneField(EndUser, on_delete=models.CASCADE, primary_key=True, related_name="provenance")
    values: "models.JSONField[Entries, Entries]" = models.JSONField(default=dict, blank=True, decoder=ValueDecoder)

    def __str__(self) -> str:
        return f"provenance of {self.user_id}"


class Identities(models.Manager["Identity"]):
    def known_as(self, projects: Iterable[Any], values: Iterable[str]) -> models.QuerySet["Identity"]:
        """Of any kind. The kinds are named, all there are, because the index has them before the value."""
        return self.filter(project__in=projects, kind__in=Identity.Kind.values, value__in=values)


class Identity(models.Model):
    """An id that leads to a user. A merge moves identities to the survivor and remembers which merge did."""

    class Kind(models.TextChoices):
        USER = "user", "User ID"
        JIMER = "jimer", "Jimer ID"

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=5, choices=Kind)
    value = models.CharField(max_length=255)
    user = models.ForeignKey(EndUser, on_delete=models.CASCADE, related_name="identities")
    # Without index or constraint, as every new id would pay for them: merges are found by their users.
    merge = models.ForeignKey(
        "users.Merge", on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    created = models.DateTimeField(default=timezone.now)

    objects = Identities()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "kind", "value"], name="one_user_per_identity")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class Merge(models.Model):
    """One absorption of an anonymous profile, with what is needed to show and to undo it."""

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="+")
    survivor = models.ForeignKey(EndUser, on_delete=models.CASCADE, related_name="merges")
    absorbed = models.ForeignKey(EndUser, on_delete=models.CASCADE, related_name="merges_as_absorbed")
    at = models.DateTimeField()
    origin_kind = models.CharField(max_length=12)
    origin_id = models.BigIntegerField(null=True, blank=True)
    origin_label = models.CharField(max_length=255, blank=True)
    # What each side had and what the survivor took over; shapes in users/writing/merge.py.
    before = models.JSONField(default=dict, decoder=ValueDecoder)
    filled = models.JSONField(default=dict, decoder=ValueDecoder)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=255, blank=True)

    def __str__(self) -> str:
        return f"merge of {self.absorbed_id} into {self.survivor_id}"

    @property
    def sides(self) -> list[tuple[str, dict[str, object]]]:
        """What each side had, for the History tab."""
        return [("This profile had", self.before["survivor"]), ("The anonymous one had", self.before["absorbed"])]


class BlockedId(models.Model):
    """An id that was erased with a block: only a keyed hash is kept, and calls that name it are refused."""

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="+")
    id_hash = models.CharField(max_length=64)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "id_hash"], name="one_block_per_id")]

    def __str__(self) -> str:
        return f"blocked id {self.id_hash[:8]}"


class SearchTerm(models.Model):
    """A folded, accent-free word of a name, email or id. Prefixes are found by range, on either database alike.

    The column sorts by code point ("C" on PostgreSQL, SQLite's default), so that a prefix is a range of the index.
    """

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    term = models.CharField(max_length=64)
    user = models.ForeignKey(EndUser, on_delete=models.CASCADE, related_name="search_terms", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "term", "user"], name="one_search_term")]
        # With the term: who is known to have one word is asked for others, a thousand users at once.
        indexes = [models.Index(fields=["user", "term"], name="terms_of_user")]

    def __str__(self) -> str:
        return self.term


def all_users(project: Project) -> QuerySet[EndUser]:
    return EndUser.objects.filter(project=project, merged_into=None)
