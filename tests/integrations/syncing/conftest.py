"""A project that is connected with the toy vendor."""

import pytest

from integrations.models import Connection, SyncRun
from integrations.syncing import runs
from tests.factories import user
from tests.integrations.syncing.toy import install
from tests.users.api.conftest import Api
from users.accounts.keys import SCOPES, create_key
from users.jobs.machinery import run_all_jobs


@pytest.fixture
def vendor():
    return install()


MAPPED = [{"property": "plan"}, {"property": "seats"}, {"property": "topics"}]
CHOSEN = {"properties": MAPPED, "schedule": "15m"}


class ConnectionsApi(Api):
    def connect(self, **more):
        """A connection with all of the toy's properties; its id."""
        body = {"connector": "toy", "credentials": {"token": "good"}, **CHOSEN, **more}
        response = self.post("connections", body)
        assert response.status_code == 201, response.body
        return response.body["id"]

    def run(self, pk, *, full=False):
        """A run once nothing runs any more, as the API says it."""
        response = self.post(f"connections/{pk}/runs", {"full": full})
        assert response.status_code == 202, response.body
        run_all_jobs()
        return self.get(f"connections/{pk}/runs/{response.body['id']}").body

    def counts(self, pk, **more):
        """What a run came to, without the zeros."""
        run = self.run(pk, **more)
        assert run["state"] == "done", run
        return {name: count for name, count in run["counts"].items() if count}

    def problems(self, pk, run):
        return self.get(f"connections/{pk}/runs/{run}/problems").body["results"]


@pytest.fixture
def api(project, vendor):
    _, secret = create_key(project, "Warehouse", list(SCOPES), None)
    return ConnectionsApi(project, secret)


@pytest.fixture
def sam(project):
    return user(project, user_id="u1", email="Sam@Example.com")


def values_of(api, ident="u1"):
    """What the user has from the toy: key -> value."""
    found = api.get(f"users/{ident}").body["attributes"]
    return {item["key"]: item["value"] for item in found if item["source"] == "toy"}


def connection_of(pk):
    return Connection.objects.get(pk=pk)


def start_by_clock(now):
    runs.start_due_runs(now)
    run_all_jobs()
    return SyncRun.objects.order_by("-pk").first()
