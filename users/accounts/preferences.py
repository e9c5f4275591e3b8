"""What a member chose in a project. Reading writes nothing: a row is made with the first choice."""

from datetime import datetime

from django.db import transaction

from users.models import Account, Project, ProjectPreference

MOST_DISMISSED = 200


def preference(account: Account, project: Project) -> ProjectPreference:
    found = ProjectPreference.objects.filter(account=account, project=project).first()
    return found or ProjectPreference(account=account, project=project)


def save_preference(chosen: ProjectPreference, *fields: str) -> None:
    """Write the choice; two tabs that make the first one at once end with the later."""
    values = {field: getattr(chosen, field) for field in fields}
    ProjectPreference.objects.update_or_create(account=chosen.account, project=chosen.project, defaults=values)


def dismiss_card(account: Account, project: Project, name: str, at: datetime) -> None:
    """Add to what the member put away. Cards of one page do so at the same instant; none is lost."""
    with transaction.atomic():
        ProjectPreference.objects.get_or_create(account=account, project=project)
        chosen = ProjectPreference.objects.select_for_update().get(account=account, project=project)
        if name not in chosen.dismissed:
            kept = dict(list(chosen.dismissed.items())[1 - MOST_DISMISSED :])
            chosen.dismissed = {**kept, name: at.isoformat()}
            chosen.save(update_fields=["dismissed"])
