"""Which webhooks are narrowed to an attribute, a tag or a segment."""

from django.urls import reverse

from integrations.models import Webhook
from users.extend import Uses
from users.models import Attribute, Project, Tag


def uses(project: Project) -> Uses:
    rows = list(Webhook.objects.filter(project=project).order_by("pk"))
    if not rows:
        return {}
    attributes = Attribute.objects.in_bulk({pk for row in rows for pk in row.attributes})
    tags = Tag.objects.in_bulk({pk for row in rows for pk in row.tags})
    made: Uses = {}
    for row in rows:
        link = (row.label, reverse("webhook", args=[project.slug, row.pk]))
        names = [attributes[pk].field for pk in row.attributes if pk in attributes]
        names += [f"tag:{tags[pk].folded}" for pk in row.tags if pk in tags]
        names += [f"segment:{pk}" for pk in row.segments]
        for name in names:
            made.setdefault(name, []).append(link)
    return made
