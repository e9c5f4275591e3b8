"""Projects, accounts and users for tests. Users enter as everywhere: through the write path."""

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone

from users.accounts.projects import create_project
from users.models import Account, EndUser, Project, ProjectMember
from users.writing.calls import Call, Origin
from users.writing.identify import identify

PASSWORD = "correct horse battery"
SERVER = Origin("key", None, "Billing")
SNIPPET = Origin("snippet", None, "Snippet", public=True)


class AccountFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Account

    email = factory.Sequence(lambda number: f"person{number}@example.com")
    name = factory.Sequence(lambda number: f"Person {number}")

    @classmethod
    def _create(cls, model_class: type[Account], *args: Any, **fields: Any) -> Account:
        email = fields.pop("email")
        return Account.objects.create_user(email, PASSWORD, **fields)


class ProjectFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Project

    name = factory.Sequence(lambda number: f"Acme {number}")

    @classmethod
    def _create(cls, model_class: type[Project], *args: Any, **fields: Any) -> Project:
        return create_project(fields.pop("name"), **fields)


def member(project: Project, role: str = "admin", **fields: Any) -> Account:
    """An account with this role in the project."""
    account = AccountFactory(**fields)
    ProjectMember.objects.create(project=project, account=account, role=role)
    return account


def user(project: Project, user_id: str | None = "u1", *, origin: Origin = SERVER, **fields: Any) -> EndUser:
    """A stored user: `user(project, "u1", name="Maya", attributes={"plan": "Pro"})`.

    Stored a second ago: what a test then writes at its own `now`, which was read before, would else be late by a
    millisecond now and then, and late values are not stored.
    """
    now = fields.pop("now", None) or timezone.now() - timedelta(seconds=1)
    answer = identify(project, Call(user_id=user_id, **fields), origin, now)
    return EndUser.objects.get(pk=answer.user)


def value_of(project: Project, person: EndUser, field: str) -> Any:
    """What is stored under a FIELD such as "custom.plan"."""
    from users.registry.attributes import registry_of

    definition = registry_of(project).find(field)
    person.refresh_from_db()
    return person.attributes.get(definition.ref) if definition else None


def values_of(project: Project, person: EndUser) -> dict[str, Any]:
    from users.registry.attributes import registry_of

    known = registry_of(project)
    person.refresh_from_db()
    return {known.by_ref(ref).field: value for ref, value in person.attributes.items()}
