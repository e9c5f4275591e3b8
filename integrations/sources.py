"""How the connectors are called and marked wherever a value's source is shown. The connectors themselves come later."""

from users.extend import Source, sources

SOURCES = (
    Source(
        slug="hubspot",
        name="HubSpot",
        simple_icon="hubspot",
        fix="Read from the HubSpot property {key}. Change it in HubSpot.",
        how_set="HubSpot property {key}",
    ),
    Source(
        slug="salesforce",
        name="Salesforce",
        icon="icons/salesforce.svg",
        fix="Read from the Salesforce field {key}. Change it in Salesforce.",
        how_set="Salesforce field {key}",
    ),
    Source(
        slug="segment",
        name="Segment",
        icon="icons/segment.svg",
        fix="Received from Segment as the trait {key}. Change it where your Segment source sets it.",
        how_set="Segment trait {key}",
    ),
)


def register() -> None:
    for source in SOURCES:
        sources.add(source.slug, source)
