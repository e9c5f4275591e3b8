"""Fill an empty database with the demo project and print where to go."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from integrations.demo.build import build
from integrations.demo.crm.store import TOKEN
from users.models import Account, EndUser, Project


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--now", help="ISO time at which the demo's history ends (default: the clock)")
        parser.add_argument("--base", default="http://127.0.0.1:8000", help="the address printed links begin with")

    def handle(self, *args: Any, **options: Any) -> None:
        now = parse_datetime(options["now"]) if options["now"] else timezone.now()
        if now is None or now.tzinfo is None:
            raise CommandError("--now takes an ISO date-time with offset, such as 2026-11-24T10:00:00+00:00.")
        if not Project.objects.exists() and not Account.objects.exists():
            build(now, base=options["base"])
        elif not Project.objects.filter(slug=settings.DEMO_PROJECT).exists():
            raise CommandError("This database has other data. The demo goes into an empty one: set DATABASE_URL.")
        self.say_where(options["base"])

    def say_where(self, base: str) -> None:
        project = Project.objects.get(slug=settings.DEMO_PROJECT)
        maya = EndUser.objects.get(project=project, user_id="usr_maya")
        email, password, _ = settings.DEMO_LOGINS[0]
        self.stdout.write(
            f"\n  Sign in:        {base}/\n  email: {email}\n  password: {password}\n"
            f"\n  Start here:     {base}/p/{project.slug}/users/{maya.pk}/?tab=data"
            f"\n  Demo product:   {base}/demo-product/\n"
        )
        if settings.DEMO_CRM_URL:
            self.stdout.write(f"  Demo CRM:       {settings.DEMO_CRM_URL}/ (a pretend HubSpot; its token: {TOKEN})\n")
