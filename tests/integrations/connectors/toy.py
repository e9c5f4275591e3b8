"""The connector of "A connector in an hour" in CONTRIBUTING.md: all that one has to say. Copy it and make it yours."""

from datetime import UTC, datetime

from integrations.connectors.base import BadRecord, Connector, Field, ObjectKind, Page, Property, Record
from integrations.connectors.failures import VendorAway
from integrations.connectors.json_calls import asked
from users.extend import Source

TYPES = {"int": "number", "bool": "boolean", "day": "date", "tags": "list"}


class Acme(Connector):
    slug = "acme"
    source = Source(
        "acme", "Acme CRM", icon="icons/mark.svg", fix="Read from the Acme field {key}. Change it in Acme.",
        how_set="Acme field {key}",
    )  # fmt: skip
    description = "People of Acme."
    fields = (Field("token", "Token", "In Acme: Settings, Tokens."),)
    objects = (ObjectKind("people", "People"),)
    setup = "Make a token that may read people, and copy it here."
    listed = False  # a real one leaves this line out

    def ask(self, link, path):
        """Refused, busy and away are told apart in json_calls.py, by the status of the answer."""
        headers = {"Authorization": f"Bearer {link.credentials['token']}"}
        answer, _ = asked("Acme", "GET", f"{link.base_url or 'https://api.acme.example'}{path}", headers)
        if not isinstance(answer, dict):
            raise VendorAway("Acme gave an answer that cannot be read.")
        return answer

    def check(self, link):
        return {"account": str(self.ask(link, "/account").get("name", "Acme"))}

    def properties(self, link, objects):
        fields = self.ask(link, "/fields")["fields"]
        return [
            Property(one["name"], one["label"], TYPES.get(one["kind"], "string"), "people", preselected=True,
                     identifies="email" if one["name"] == "email" else "")
            for one in fields
        ]  # fmt: skip

    def page(self, link, ask, position):
        since = ask.since["seconds"] if ask.since else 0
        answer = self.ask(link, f"/people?from={since}&after={position.get('after', '')}")
        top = max([position.get("top", since), *(one.get("changed", 0) for one in answer["people"])])
        records = [self.record(one, ask) for one in answer["people"]]
        if not answer.get("next"):
            return Page(records, cursor={"seconds": top})
        return Page(records, {"after": answer["next"], "top": top}, left=answer.get("left"))

    def record(self, one, ask):
        if "changed" not in one:
            return BadRecord("people", one["id"], "Acme does not say when this person changed.", one.get("email", ""))
        at, values = datetime.fromtimestamp(one["changed"], UTC), {name: one.get(name) for name in ask.properties}
        return Record("people", one["id"], at, values, label=one.get("email", ""), gone=one.get("deleted", False))
