"""A project is one product being tracked; everything else belongs to exactly one."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from users.database.value_json import ValueDecoder
from users.ground.text_forms import check_visible


class Project(models.Model):
    class Identity(models.TextChoices):
        OFF = "off", "Off"
        MONITOR = "monitor", "Monitor"
        ENFORCE = "enforce", "Enforce"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # `project_id` of the API
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80, validators=[check_visible])
    time_zone = models.CharField(max_length=64, default="UTC")
    # Origins such as https://app.example.com that browsers may call from; empty means any.
    allowed_origins = models.JSONField(default=list, blank=True, decoder=ValueDecoder)
    identity_mode = models.CharField(max_length=8, choices=Identity, default=Identity.OFF)
    identity_secret = models.TextField(blank=True)  # encrypted, see users/ground/secrets.py
    attribute_limit = models.PositiveIntegerField(
        default=1000, validators=[MinValueValidator(1), MaxValueValidator(5000)]
    )
    public_attribute_limit = models.PositiveIntegerField(default=200)
    # Anonymous profiles idle for this many days are removed by the worker; empty keeps them.
    anonymous_days = models.PositiveIntegerField(null=True, blank=True)
    # Bumped by every change to registry, rules or settings: process caches are keyed by it.
    version = models.PositiveBigIntegerField(default=1)
    created = models.DateTimeField(default=timezone.now)
    # Set while the worker deletes the project in chunks; such a project answers as if it were gone.
    deleting_since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class ProjectMember(models.Model):
    class Role(models.TextChoices):
        VIEWER = "viewer", "Viewer"
        EDITOR = "editor", "Editor"
        ADMIN = "admin", "Admin"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="members")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role, default=Role.VIEWER)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "account"], name="one_role_per_member")]

    def __str__(self) -> str:
        return f"{self.account} as {self.role} of {self.project}"


class ProjectPreference(models.Model):
    """What one member chose in one project. Superusers without a role have one too."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    columns = models.JSONField(
        null=True, blank=True, decoder=ValueDecoder
    )  # Users list: FIELDs in order; null is the default set
    pins = models.JSONField(default=list, blank=True, decoder=ValueDecoder)  # Data tab: FIELDs in order of pinning
    data_order = models.CharField(max_length=8, default="source")  # "source" or "updated"
    dismissed = models.JSONField(
        default=dict, blank=True, decoder=ValueDecoder
    )  # cards and tour items: name -> ISO time

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "account"], name="one_preference_per_member")]

    def __str__(self) -> str:
        return f"preferences of {self.account} in {self.project}"


class AccessLink(models.Model):
    """An invitation or a password reset: a link that an admin copies, good once and for seven days."""

    class Kind(models.TextChoices):
        INVITE = "invite", "Invitation"
        RESET = "reset", "Password reset"

    kind = models.CharField(max_length=6, choices=Kind)
    token_hash = models.CharField(max_length=64, unique=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, related_name="access_links")
    email = models.EmailField()
    role = models.CharField(max_length=6, choices=ProjectMember.Role, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} for {self.email}"


class ApiKey(models.Model):
    """A secret key. Only its SHA-256 is kept: the secret has 256 random bits, so a slow hash adds nothing."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80, validators=[check_visible])
    prefix = models.CharField(max_length=16)  # first characters, to recognise a key by
    secret_hash = models.CharField(max_length=64, unique=True)
    # While a rotation is under way the former secret works too, until this time.
    previous_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)
    previous_until = models.DateTimeField(null=True, blank=True)
    scopes = models.JSONField(default=list, decoder=ValueDecoder)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    last_used = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class RateLease(models.Model):
    """How much of a bucket's current window processes have leased; see users/api/rate_limit.py."""

    bucket = models.CharField(max_length=120, primary_key=True)
    window = models.BigIntegerField()
    used = models.BigIntegerField()

    def __str__(self) -> str:
        return self.bucket
