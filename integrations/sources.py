"""How sources without a connector are called and marked. A connector says it itself: see integrations/connectors/."""

from users.extend import Source, sources

SOURCES = (
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
