"""THE table of what the API's calls of connections take: checks and OpenAPI come from it."""

from typing import Any, Final

from integrations.connectors.base import BASE_URL, Connector
from integrations.models import Connection, SyncProblem
from integrations.syncing.matching import MATCH_ON
from users.api.kinds import LIST, OBJECT, TEXT, TRUTH
from users.api.members import Body, Member, Query
from users.api.table import PAGING, TYPE

LEFT_TO: Final = "integrations/syncing/choices.py:read_choices"
UNLISTED: Final = "{name} is one of {choices}."
MATCH: Final = Body(
    Member("property", TEXT, "The vendor's property by which users are found.", "email", left_to=LEFT_TO),
    Member("on", TEXT, "What it is compared with.", choices=tuple(MATCH_ON), left_to=LEFT_TO),
)
PROPERTY: Final = Body(
    Member("property", TEXT, "The vendor's name of it.", "lifecyclestage", required=True, left_to=LEFT_TO),
    Member("key", TEXT, "The attribute's key; the property's name where it is left out.", left_to=LEFT_TO),
    Member("type", TEXT, "Told from the vendor's where it is left out.", choices=TYPE.choices, left_to=LEFT_TO),
)
CHOICES: Final = (
    Member("match", OBJECT.formed(properties=MATCH.schema()["properties"]), "How users are found.", left_to=LEFT_TO),
    Member("create_users", TRUTH, "Whether records that no user has become users.", left_to=LEFT_TO),
    Member("objects", LIST.formed(items={"type": "string"}), "Which kinds of records are read: see the connector's.", left_to=LEFT_TO),
    Member("properties", LIST, "Which properties become which attributes; all of them, as they replace those before.",
           items=PROPERTY, left_to=LEFT_TO),
    Member("schedule", TEXT, 'From "5m" to "1d", or "manual".', "15m", left_to=LEFT_TO),
    Member("empty", TEXT, "What an empty value of the vendor does to ours.", choices=tuple(Connection.Empty.values),
           left_to=LEFT_TO),
)  # fmt: skip
CREDENTIALS: Final = OBJECT.formed(additionalProperties={"type": "string"})
PAUSED: Final = Member("paused", TRUTH, "A paused connection reads nothing; its values stay.")
NAME: Final = Member("name", TEXT, "How people know it; the vendor's name where it is left out.", least=1, most=100,
                     beyond="{name} takes {least} to {most} characters.", broken="{name} is one line.",
                     unstorable="{name} contains a character that cannot be stored.")  # fmt: skip
NEW: Final = Body(
    Member("connector", TEXT, "Whose: one of GET /api/v1/connectors.", "hubspot", required=True,
           missing="connector is missing. GET /api/v1/connectors lists them.", left_to="integrations/api/connections.py:connector_named"),
    NAME,
    Member("credentials", CREDENTIALS, "What the connector takes. Never returned.", {"token": "pat-eu1-..."},
           required=True, missing="credentials is missing. GET /api/v1/connectors says what each connector takes."),
    *CHOICES, PAUSED,
)  # fmt: skip
CHANGE: Final = Body(
    NAME,
    Member("credentials", CREDENTIALS, "New ones, once the vendor takes them: reconnects a broken connection."),
    *CHOICES,
    PAUSED,
)
TRIAL: Final = Body(*CHOICES)
RUN: Final = Body(Member("full", TRUTH, "Read all there is, and remove what is gone.", default=False))
LEAVE: Final = Query(
    Member("values", TEXT, "What becomes of the values that it wrote.", default="keep", choices=("keep", "remove"),
           unlisted=UNLISTED)
)  # fmt: skip
PROPERTIES: Final = Query(
    Member("objects", TEXT, "Kinds of records, comma-separated; those of the connection where it is left out.")
)
PROBLEMS: Final = Query(
    *PAGING.members,
    Member("kind", TEXT, "Only these.", choices=tuple(SyncProblem.Kind.values), unlisted=UNLISTED),
)


def credentials_schema(found: Connector) -> dict[str, Any]:
    """What the connector takes, as JSON Schema."""
    properties: dict[str, Any] = {}
    for one in found.fields:
        properties[one.name] = {"type": "string", "title": one.label, "description": one.help, "writeOnly": one.secret}
        if one.choices:
            properties[one.name]["enum"] = [value for value, _ in one.choices]
    properties[BASE_URL] = {
        "type": "string", "format": "uri", "title": "Base address",
        "description": "Instead of the vendor's own address; only where ALLOW_PRIVATE_CONNECTIONS=1.",
    }  # fmt: skip
    return {
        "type": "object", "properties": properties, "required": [one.name for one in found.fields if one.required],
        "additionalProperties": False,
    }  # fmt: skip
