"""Make an account, if there is none with this email, and give it a role in a project."""

import sys
import uuid
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from users.accounts.access_links import end_reset_links
from users.accounts.members import change_role
from users.models import Account, Project, ProjectMember


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("email")
        parser.add_argument("--project", required=True, help="the project id")
        parser.add_argument("--role", choices=ProjectMember.Role.values, default=ProjectMember.Role.VIEWER)
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        project = self.project(options["project"])
        email = options["email"].strip().lower()
        with transaction.atomic():
            account = Account.objects.filter(email=email).first() or self.make(email, options["password_stdin"])
            member, created = ProjectMember.objects.get_or_create(
                project=project, account=account, defaults={"role": options["role"]}
            )
            if not created:
                self.change(member, options["role"])
            end_reset_links(account.email, timezone.now())
        self.stdout.write(f"{email} is {options['role']} of {project.name}.")

    def change(self, member: ProjectMember, role: str) -> None:
        try:
            change_role(member, role)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None

    def project(self, text: str) -> Project:
        try:
            found = Project.objects.filter(public_id=uuid.UUID(text)).first()
        except ValueError:
            found = None
        if found is None:
            raise CommandError(f"There is no project {text}. Settings > Project shows its id.")
        return found

    def make(self, email: str, from_stdin: bool) -> Account:
        password = sys.stdin.readline().rstrip("\n") if from_stdin else getpass("Password: ")
        try:
            validate_password(password, Account(email=email))
            return Account.objects.create_user(email, password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
