"""The help page on webhooks."""

import json
from typing import Any

from integrations.webhooks.examples import example
from integrations.webhooks.kinds import KINDS
from users.extend import HelpPage


def context() -> dict[str, Any]:
    return {"kinds": [(kind, json.dumps(example(kind.name), indent=2)) for kind in KINDS.values()]}


PAGE = HelpPage(
    "Webhooks", "integrations/webhooks/help.html", context,
    "Be told what happens to users: events, signatures, retries and order.",
)  # fmt: skip
