"""The HubSpot connector with HubSpot's own client, against a server of ours that answers as HubSpot publishes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from integrations.connectors.base import Ask, BadRecord, Link, Page, Record
from integrations.connectors.hubspot import HubSpot
from integrations.demo.crm.answering import Answer, Asked, refused
from integrations.demo.crm.server import Server, running
from integrations.demo.crm.store import TOKEN, Crm

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@dataclass
class Vendor:
    """The pretend HubSpot in a test's hands."""

    server: Server
    faults: list[tuple[str, Answer, int]] = field(default_factory=list)  # part of the path, answer, how often
    connector: HubSpot = field(default_factory=HubSpot)

    @property
    def crm(self) -> Crm:
        return self.server.crm

    @property
    def link(self) -> Link:
        return Link({"token": TOKEN, "base_url": self.server.url})

    def fail(self, path: str, answer: Answer, times: int = 1) -> None:
        self.faults.append((path, answer, times))

    def says(self, path: str, status: int, category: str = "ERROR", times: int = 1, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.fail(path, refused(status, "SECRET words of the vendor", category, named), times)

    def meddle(self, asked: Asked) -> Answer | None:
        for number, (path, answer, times) in enumerate(self.faults):
            if path in asked.path and times:
                self.faults[number] = (path, answer, times - 1)
                return answer
        return None

    def contact(self, number: int, at: datetime = NOW, **properties: str | None):
        given = {"email": f"p{number}@x.example", "firstname": f"P{number}", **properties}
        return self.crm.add("contacts", at, NOW - timedelta(days=9), **given)

    def pages(self, *properties: str, since: dict | None = None, link: Link | None = None, **more) -> list[Page]:
        ask = Ask(["contacts"], properties or ("email",), since, NOW, **more)
        found: list[Page] = []
        position: dict = {}
        while not found or found[-1].position is not None:
            found.append(self.connector.page(link or self.link, ask, position))
            position = found[-1].position or {}
            assert len(found) < 400, "it never ends"
        return found

    def read(self, *properties: str, **more) -> list[Record]:
        found = [one for page in self.pages(*properties, **more) for one in page.records]
        assert not [one for one in found if isinstance(one, BadRecord)]
        return found

    def values(self, *properties: str, **more) -> dict[str, dict]:
        return {one.id: dict(one.values) for one in self.read(*properties, **more) if not one.gone}

    def paths(self) -> list[str]:
        return [asked.path for asked in self.server.asked]


def since(at: datetime) -> dict:
    return {"since": round(at.timestamp() * 1000)}


@pytest.fixture
def vendor(settings) -> Iterator[Vendor]:
    settings.ALLOW_PRIVATE_CONNECTIONS = True
    with running(Crm()) as server:
        made = Vendor(server)
        server.meddle, server.asked = made.meddle, []
        yield made
