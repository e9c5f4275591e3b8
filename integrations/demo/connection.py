"""The demo's connection: HubSpot, as the Demo CRM plays it, with one record that fails and a few that nobody has."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings

from integrations.connectors.base import BASE_URL
from integrations.connectors.registry import connectors
from integrations.demo.crm.seed import seeded
from integrations.demo.crm.server import running
from integrations.demo.crm.store import TOKEN
from integrations.models import Connection, SyncRun
from integrations.syncing.choices import keep_choices, read_choices
from integrations.syncing.connecting import connect
from integrations.syncing.links import link_of, sealed
from integrations.syncing.runs import start_run
from users.jobs.machinery import claim_and_run
from users.models import Account, Project

CHOSEN: Final[dict[str, Any]] = {
    "objects": ["contacts", "companies"],
    "properties": [
        {"property": "jobtitle", "key": "jobtitle"},
        {"property": "hs_lead_status", "key": "hs_lead_status"},
        {"property": "company.numberofemployees", "key": "numberofemployees"},
    ],
}


def build_connection(project: Project, owner: Account, now: datetime) -> None:
    """Read once from a Demo CRM of this process; after that from the one that runs beside the demo."""
    found = connectors()["hubspot"]
    with running(seeded(now)) as server:
        credentials = {"token": TOKEN, BASE_URL: server.url}
        connection = connect(project, found, credentials, now - timedelta(days=9), by=owner)
        link = link_of(connection)
        keep_choices(connection, found, read_choices(connection, found, link, CHOSEN), now)
        run = start_run(connection, SyncRun.Trigger.MEMBER, now, full=True, by=owner)
        assert run.job is not None
        claim_and_run(run.job.pk)
    stored = sealed({"token": TOKEN, BASE_URL: settings.DEMO_CRM_URL})
    Connection.objects.filter(pk=connection.pk).update(credentials=stored)
