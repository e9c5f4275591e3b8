"""Salesforce: contacts with their account, and leads."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from django.utils import timezone

from integrations.connectors.base import (
    Ask,
    BadRecord,
    Connector,
    Field,
    Json,
    Link,
    ObjectKind,
    Page,
    Property,
    Record,
)
from integrations.connectors.failures import VendorRefused
from integrations.connectors.salesforce_client import SHARE, Org, domain_of
from integrations.connectors.salesforce_reading import ID, TABLES, Part, Reader, safe
from integrations.connectors.salesforce_values import fields_of, property_of
from users.extend import Source

GRANTED: Final = {"access_token", "instance_url"}  # what a log-in gave, not what somebody typed
DESCRIBED: Final = {"contacts": "Contact", "leads": "Lead", "accounts": "Account"}
LOOKED_UP: Final = 100  # records at once


class Salesforce(Connector):
    slug = "salesforce"
    source = Source(
        slug="salesforce", name="Salesforce", icon="icons/salesforce.svg",
        fix="Read from the Salesforce field {key}. Change it in Salesforce.", how_set="Salesforce field {key}",
    )  # fmt: skip
    description = "Contacts with their account, and leads."
    fields: ClassVar[tuple[Field, ...]] = (
        Field("domain", "My Domain", secret=False, example="fernhill.my.salesforce.com"),
        Field("client_id", "Consumer key", "Of your connected app.", secret=False),
        Field(
            "client_secret", "Consumer secret", "For the client credentials flow. Leave it out with a private key.",
            required=False,
        ),
        Field("username", "User name", "For JWT: who the app acts for.", secret=False, required=False),
        Field(
            "private_key", "Private key", "For JWT: of the app's certificate, as PEM.", required=False, multiline=True
        ),
        Field(
            "share", "Most of the daily API calls", f"In percent, {SHARE} unless you say otherwise. Once your "
            "Salesforce has used so many of its calls of 24 hours, we wait.", secret=False, required=False, example="80",
        ),
    )  # fmt: skip
    objects = (
        ObjectKind("contacts", "Contacts"),
        ObjectKind("leads", "Leads", preselected=False),
        ObjectKind("accounts", "Accounts", people=False, help="The account of each contact."),
    )
    setup = (
        "In Setup make a connected app with the scope api. Switch on its client credentials flow with a user who may "
        "only read, or give it a certificate for JWT. Then copy consumer key and secret."
    )
    docs_url = "https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_client_credentials_flow.htm"
    match_property = "Email"

    def check_credentials(self, credentials: Mapping[str, Any]) -> None:
        super().check_credentials({name: value for name, value in credentials.items() if name not in GRANTED})
        domain_of(credentials["domain"])
        if credentials.get("private_key"):
            if not credentials.get("username"):
                raise VendorRefused("With a private key the user name is needed too.", path="username")
            if "PRIVATE KEY-----" not in credentials["private_key"]:
                raise VendorRefused("This is no private key in PEM: it begins with -----BEGIN.", path="private_key")
        elif not credentials.get("client_secret"):
            raise VendorRefused("Consumer secret is missing, or a private key in its place.", path="client_secret")
        share = credentials.get("share") or str(SHARE)
        if not share.isascii() or not share.isdecimal() or not 1 <= int(share) <= 100:
            raise VendorRefused("The share is a whole number from 1 to 100.", path="share")

    def check(self, link: Link) -> Json:
        org = Org(link)
        rows = rows_of(org, "SELECT Id, Name FROM Organization LIMIT 1")
        name = str((rows or [{}])[0].get("Name") or domain_of(link.credentials["domain"]))[:150]
        described(org, "contacts")  # a user who may not read them is refused now, not in the first run
        used = f" ({org.usage[0]:,} of {org.usage[1]:,} API calls used in 24 hours)" if org.usage else ""
        return {"account": f"{name}{used}", "instance": link.credentials["instance_url"]}

    def properties(self, link: Link, objects: Sequence[str]) -> list[Property]:
        """Contacts and leads share the fields of one name: a person's Email is one property, whichever they are."""
        org = Org(link)
        found: dict[str, Property] = {}
        for kind in ("contacts", "leads", "accounts"):
            if kind in objects:
                for one in described(org, kind).values():
                    made = property_of(one, kind)
                    found.setdefault(made.name, made)
        return list(found.values())

    def page(self, link: Link, ask: Ask, position: Json) -> Page:
        org = Org(link, keeps_share=True)
        return Reader(org, ask, position, None if position else types_of(org, ask)).page()

    def sample(self, link: Link, ask: Ask, count: int) -> list[Record | BadRecord]:
        org = Org(link)
        types = types_of(org, ask)
        found: list[Record | BadRecord] = []
        for name in ("contacts", "leads"):
            if name in ask.objects:
                part = Part(name, safe(ask.properties), types)
                text = part.select(", ".join(part.columns()), None) + f" ORDER BY SystemModstamp DESC LIMIT {count}"
                found += [part.record(row, ask) for row in rows_of(org, text)]
        return found[:count]

    def fetch(self, link: Link, ask: Ask, ids: Sequence[tuple[str, str]]) -> list[Record | BadRecord] | None:
        org = Org(link, keeps_share=True)
        types = types_of(org, ask)
        found: dict[tuple[str, str], Record | BadRecord] = {}
        for name in ("contacts", "leads"):
            part = Part(name, safe(ask.properties), types)
            wanted = [record for kind, record in ids if kind == name and ID.fullmatch(record)]
            for begin in range(0, len(wanted), LOOKED_UP):
                quoted = ", ".join(f"'{one}'" for one in wanted[begin : begin + LOOKED_UP])
                text = f"SELECT {', '.join(part.columns())} FROM {TABLES[name]} WHERE Id IN ({quoted})"
                found |= {(name, one.id): one for one in (part.record(row, ask) for row in rows_of(org, text))}
        now = ask.now or timezone.now()
        return [found.get((kind, record)) or Record(kind, record, now, gone=True) for kind, record in ids]

    def record_url(self, link: Link, object: str, record_id: str) -> str:
        instance = link.state.get("instance")
        return f"{instance}/{record_id}" if instance and ID.fullmatch(record_id) else ""

    def property_url(self, link: Link, name: str) -> str:
        instance = link.state.get("instance")
        table = "Account" if name.startswith("account.") else "Contact"
        return f"{instance}/lightning/setup/ObjectManager/{table}/FieldsAndRelationships/view" if instance else ""


def described(org: Org, kind: str) -> dict[str, Json]:
    return fields_of(org.ask(lambda client: getattr(client, DESCRIBED[kind]).describe()))


def rows_of(org: Org, text: str) -> list[Json]:
    found = org.ask(lambda client: client.query(text)).get("records")
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def types_of(org: Org, ask: Ask) -> Json:
    """object -> property -> type, of the properties that are asked for and there."""
    made: Json = {"contacts": {}, "leads": {}}
    accounts = "contacts" in ask.objects and any(name.startswith("account.") for name in ask.properties)
    for kind in ("contacts", "leads", *(("accounts",) if accounts else ())):
        if kind in ask.objects or kind == "accounts":
            for one in described(org, kind).values():
                known = property_of(one, kind)
                if known.name in ask.properties:
                    made["contacts" if kind == "accounts" else kind][known.name] = known.type
    return made
