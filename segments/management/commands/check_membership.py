"""Compare stored memberships with what the rules say; ends with 1 if any is wrong."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from segments.membership.audit import findings
from users.models import Project


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for project in Project.objects.filter(deleting_since=None):
            for finding in findings(project, timezone.now()):
                kind = "wrong" if finding.wrong else "due"
                self.stdout.write(f"{kind}: {project.slug}, segment {finding.segment.pk}: {finding.words}")
                wrong += finding.wrong
        self.stdout.write("Memberships are wrong." if wrong else "All memberships are right.")
        if wrong:
            raise SystemExit(1)
