"""What a member chose in a project. Reading writes nothing: a row is made with the first choice."""

from users.models import Account, Project, ProjectPreference


def preference(account: Account, project: Project) -> ProjectPreference:
    found = ProjectPreference.objects.filter(account=account, project=project).first()
    return found or ProjectPreference(account=account, project=project)


def save_preference(chosen: ProjectPreference, *fields: str) -> None:
    """Write the choice; two tabs that make the first one at once end with the later."""
    values = {field: getattr(chosen, field) for field in fields}
    ProjectPreference.objects.update_or_create(account=chosen.account, project=chosen.project, defaults=values)
