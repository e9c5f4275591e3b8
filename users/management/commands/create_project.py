"""Make a project and a key with all scopes."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from users.accounts.keys import SCOPES, create_key
from users.accounts.projects import create_project
from users.ground.secrets import decrypt
from users.models import Project


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")
        parser.add_argument("--time-zone", default="UTC", help="such as Europe/Paris")
        parser.add_argument("--identity", choices=Project.Identity.values, default=Project.Identity.OFF)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["identity"] != Project.Identity.OFF:
            # Taking the setting without checking signatures would look safe and not be.
            raise CommandError("Identity verification is not built yet. Leave --identity off.")
        try:
            project = create_project(options["name"], time_zone=options["time_zone"], identity=options["identity"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        _, secret = create_key(project, "create_project", list(SCOPES), None)
        made = {
            "project_id": str(project.public_id), "secret_key": secret,
            "identity_secret": decrypt(project.identity_secret), "time_zone": project.time_zone,
        }  # fmt: skip
        if options["json"]:
            self.stdout.write(json.dumps(made))
        else:
            for name, value in made.items():
                self.stdout.write(f"{name}: {value}")
