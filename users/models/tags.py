"""Labels given to users by hand (or by a key with the `tags` scope)."""

from django.db import models
from django.utils import timezone

from users.ground.text_forms import check_visible

from .history import OriginKind


class Tag(models.Model):
    class Color(models.TextChoices):
        GRAY = "gray"
        BLUE = "blue"
        GREEN = "green"
        AMBER = "amber"
        RED = "red"
        TEAL = "teal"
        PINK = "pink"
        VIOLET = "violet"

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=50, validators=[check_visible])
    folded = models.TextField()  # same_look() of the name, which can be eighteen times as long
    color = models.CharField(max_length=6, choices=Color, default=Color.GRAY)
    created = models.DateTimeField(default=timezone.now)
    user_count = models.BigIntegerField(null=True, blank=True)  # computed by the worker
    counted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "folded"], name="one_tag_per_name")]

    def __str__(self) -> str:
        return self.name


class UserTag(models.Model):
    user = models.ForeignKey("users.EndUser", on_delete=models.CASCADE, related_name="user_tags", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="user_tags", db_index=False)
    added = models.DateTimeField(default=timezone.now)
    origin_kind = models.CharField(max_length=12, choices=OriginKind)
    origin_id = models.BigIntegerField(null=True, blank=True)
    origin_label = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "tag"], name="a_tag_once_per_user")]
        indexes = [models.Index(fields=["tag", "user"], name="users_of_tag")]

    def __str__(self) -> str:
        return f"{self.tag} on {self.user_id}"
