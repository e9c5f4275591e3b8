"""HubSpot: contacts, with the properties of their primary company and of their newest deal."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from integrations.connectors.base import (
    BASE_URL,
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
from integrations.connectors.hubspot_asking import Asker, account_of, definitions
from integrations.connectors.hubspot_lists import AT_ONCE, change_list, list_named, members_of_list
from integrations.connectors.hubspot_oauth import GRANTED, is_offered
from integrations.connectors.hubspot_reading import Reader
from integrations.connectors.hubspot_values import clean, property_of, split_name
from users.extend import Source

OBJECT_TYPES = {"contacts": "0-1", "companies": "0-2", "deals": "0-3"}
LONGEST_TOKEN = 2000


class HubSpot(Connector):
    slug = "hubspot"
    source = Source(
        slug="hubspot",
        name="HubSpot",
        simple_icon="hubspot",
        fix="Read from the HubSpot property {key}. Change it in HubSpot.",
        how_set="HubSpot property {key}",
    )
    description = "Contacts, with the properties of their company and newest deal."
    audiences = True
    audience_word = "static list"
    audience_batch = AT_ONCE
    fields: ClassVar[tuple[Field, ...]] = (
        Field("token", "Private app token", "Starts with pat-.", example="pat-eu1-…"),
        Field(
            "client_secret", "Client secret", "Optional: of the app whose webhooks tell us of changes at once.",
            required=False,
        ),
    )  # fmt: skip
    objects = (
        ObjectKind("contacts", "Contacts"),
        ObjectKind("companies", "Companies", people=False, help="The primary company of each contact."),
        ObjectKind("deals", "Deals", people=False, preselected=False, help="The newest deal of each contact."),
    )
    setup = (
        "In HubSpot: Settings, Integrations, Private Apps, Create. Give it the scopes crm.objects.contacts.read, "
        "crm.schemas.contacts.read and the same for companies (and deals), and crm.lists.read and crm.lists.write if "
        "segments become lists there, then copy its token."
    )
    docs_url = "https://developers.hubspot.com/docs/apps/legacy-apps/private-apps/overview"

    def sign_in(self) -> str:
        return "hubspot_authorize" if is_offered() else ""

    def check_credentials(self, credentials: Mapping[str, Any]) -> None:
        if credentials.get("refresh_token"):  # what OAuth gave, not what somebody typed
            unknown = set(credentials) - {*GRANTED, "client_secret", BASE_URL}
            if unknown:
                raise VendorRefused(f"HubSpot takes no {sorted(unknown)[0]!r}.", path=sorted(unknown)[0])
            return
        super().check_credentials(credentials)
        token = str(credentials["token"]).strip()
        if not token.isascii() or not token.isprintable() or " " in token or len(token) > LONGEST_TOKEN:
            raise VendorRefused("This is no private app token: copy it from HubSpot again.", path="token")

    def check(self, link: Link) -> Json:
        asker = Asker(link)
        found = account_of(asker)
        definitions(asker, "contacts")  # a token without the scope is refused now, not in the first run
        return found

    def properties(self, link: Link, objects: Sequence[str]) -> list[Property]:
        asker = Asker(link)
        found: list[Property] = []
        for kind in self.objects:
            if kind.slug in objects:
                described = (property_of(kind.slug, one) for one in definitions(asker, kind.slug))
                found += sorted((one for one in described if one), key=lambda one: one.label.casefold())
        return found

    def page(self, link: Link, ask: Ask, position: Json) -> Page:
        return Reader(Asker(link), ask, position).page()

    def sample(self, link: Link, ask: Ask, count: int) -> list[Record | BadRecord]:
        return Reader(Asker(link), ask, {}).sample(count)

    def fetch(self, link: Link, ask: Ask, ids: Sequence[tuple[str, str]]) -> list[Record | BadRecord] | None:
        """These records, read again: webhooks name them, and people who try a failed one again."""
        return Reader(Asker(link), ask, {}).fetch([record for kind, record in ids if kind == "contacts"])

    def make_audience(self, link: Link, name: str) -> str:
        return list_named(Asker(link), name)

    def change_audience(
        self, link: Link, audience: str, add: Sequence[str], remove: Sequence[str]
    ) -> list[tuple[str, str]]:
        return change_list(Asker(link), audience, add, remove)

    def audience_members(self, link: Link, audience: str, position: Json) -> tuple[list[str], Json | None]:
        return members_of_list(Asker(link), audience, position)

    def record_url(self, link: Link, object: str, record_id: str) -> str:
        portal, kind = link.state.get("portal"), OBJECT_TYPES.get(object)
        return (
            f"{self.home(link)}/contacts/{portal}/record/{kind}/{quote(record_id, safe='')}" if portal and kind else ""
        )

    def property_url(self, link: Link, name: str) -> str:
        portal = link.state.get("portal")
        kind, own = split_name(name)
        where = f"type={OBJECT_TYPES[kind]}&action=edit&property={quote(own, safe='')}"
        return f"{self.home(link)}/property-settings/{portal}/properties?{where}" if portal else ""

    @staticmethod
    def home(link: Link) -> str:
        return link.base_url or f"https://{clean(str(link.state.get('ui') or 'app.hubspot.com'))}"
