"""The nine attributes to begin with, from the reference product's page on attributes."""

from dataclasses import dataclass

from django.db.models import Q

from users.models import Attribute, EndUser, Project


@dataclass(frozen=True, slots=True)
class Recommended:
    key: str
    source: str
    attribute: str
    type: str
    why: str
    code: str


def push(text: str) -> str:
    return f"window.jimo.push({text});"


RECOMMENDED = (
    Recommended("user:id", "native", "user_id", "Text", "Profiles that persist", push('["do", "identify", [user.id]]')),
    Recommended("user:email", "native", "email", "Text", "People can be read, and integrations match on it", push('["set", "user:email", [user.email]]')),
    Recommended("user:name", "native", "name", "Text", "Personalization", push('["set", "user:name", [user.name]]')),
    Recommended("plan", "custom", "plan", "Text", "Segments by subscription tier", push('["set", "user:attributes", [{plan: user.plan}]]')),
    Recommended("role", "custom", "role", "Text", "Segments by permission level", push('["set", "user:attributes", [{role: user.role}]]')),
    Recommended("signup_date", "custom", "signup_date", "Date", "Cohorts, and targeting by tenure", push('["set", "user:attributes", [{signup_date: "2024-06-15"}]]')),
    Recommended("language", "native", "language", "Text", "Targeting by language", push('["set", "user:language", [user.language]]')),
    Recommended("last_active_days", "custom", "last_active_days", "Number", "Segments for re-engagement", push('["set", "user:attributes", [{last_active_days: 3}]]')),
    Recommended("feature_usage", "custom", "feature_usage", "List", "Adoption, and onboarding step by step", push('["set", "user:attributes", [{feature_usage: ["boards", "reports"]}]]')),
)  # fmt: skip


def received(project: Project) -> dict[str, bool]:
    """By recommended key: whether any value of it was ever received."""
    rows = Attribute.objects.filter(project=project).filter(Q(last_received__isnull=False) | Q(coverage__gt=0))
    found = set(rows.values_list("source", "key"))
    if EndUser.objects.filter(project=project, user_id_folded__isnull=False, merged_into=None).exists():
        found.add(("native", "user_id"))
    return {item.key: (item.source, item.attribute) in found for item in RECOMMENDED}
