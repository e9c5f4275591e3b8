"""The Demo CRM's pages for people: all contacts, one record with a form, a property. Plain HTML, nothing runs in it."""

import re
from html import escape
from typing import Final
from urllib.parse import urlsplit

from integrations.demo.crm.answering import Answer, Asked
from integrations.demo.crm.definitions import Json
from integrations.demo.crm.store import KINDS, PORTAL, Crm, Thing
from integrations.demo.people import SHOWCASE_EMAIL

LONGEST: Final = 2000  # characters of a value
MOST_LISTED: Final = 500
POLICY: Final = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
}  # fmt: skip
STYLE: Final = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
header { border-bottom: 2px solid; padding-bottom: .5rem; margin-bottom: 1rem; }
header strong { font-size: 1.2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
form { display: grid; gap: .8rem; max-width: 34rem; }
label, legend { font-weight: 600; }
input, select, button { font: inherit; padding: .45rem .6rem; min-height: 44px; box-sizing: border-box; width: 100%; }
fieldset label { display: flex; gap: .5rem; align-items: center; font-weight: 400; }
fieldset input { width: auto; min-height: 24px; }
.done { padding: .6rem .8rem; border: 1px solid; border-radius: 6px; }
small { opacity: .8; }
@media (max-width: 40rem) { .wide { display: none; } }
"""


def page(crm: Crm, asked: Asked) -> Answer:
    if asked.path == "/style.css":
        return Answer(200, STYLE.encode(), {**HEADERS, "Content-Type": "text/css; charset=utf-8"})
    with crm.lock:
        if asked.path == "/":
            return html("Contacts", listing(crm))
        if asked.path == f"/property-settings/{PORTAL}/properties":
            return html("Property", described(crm, asked))
        found = re.fullmatch(rf"/contacts/{PORTAL}/record/(0-[123])/(\d{{1,20}})", asked.path)
        thing = thing_at(crm, *found.groups()) if found else None
        if thing and asked.method == "POST":
            return save(crm, thing, asked)
        if thing:
            return html(name_of(thing), record(crm, thing, asked))
    return html("Not here", "<p>There is no such page.</p>", 404)


def thing_at(crm: Crm, number: str, own: str) -> Thing | None:
    kind = next(kind for kind, known in KINDS.items() if known == number)
    return crm.things[kind].get(crm.merged.get(own, own))


def html(title: str, body: str, status: int = 200) -> Answer:
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} - Demo CRM</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/style.css">'
        '</head><body><header><strong><a href="/">Demo CRM</a></strong><br><small>A pretend HubSpot on this machine. '
        f"It forgets all changes when the demo ends.</small></header><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return Answer(status, text.encode(), HEADERS)


def name_of(thing: Thing) -> str:
    if thing.kind == "contacts":
        name = f"{thing.properties.get('firstname') or ''} {thing.properties.get('lastname') or ''}".strip()
        return name or thing.properties.get("email") or f"Contact {thing.id}"
    return thing.properties.get("name") or thing.properties.get("dealname") or thing.id


def address(thing: Thing) -> str:
    return f"/contacts/{PORTAL}/record/{KINDS[thing.kind]}/{thing.id}"


def linked(thing: Thing) -> str:
    return f'<a href="{address(thing)}">{escape(name_of(thing))}</a>'


def neighbours(crm: Crm, thing: Thing, kind: str) -> list[Thing]:
    return [crm.things[kind][one] for one in crm.links.get((thing.kind, thing.id, kind), {}) if one in crm.things[kind]]


def listing(crm: Crm) -> str:
    living = sorted(crm.living("contacts"), key=lambda thing: name_of(thing).casefold())
    rows = []
    for thing in living[:MOST_LISTED]:
        company = ", ".join(linked(one) for one in neighbours(crm, thing, "companies"))
        email = escape(thing.properties.get("email") or "")
        rows.append(f'<tr><td>{linked(thing)}</td><td class="wide">{email}</td><td>{company}</td></tr>')
    maya = next((one for one in living if one.properties.get("email") == SHOWCASE_EMAIL), None)
    shown = f", for example {linked(maya)}," if maya else ""
    head = '<tr><th>Name</th><th class="wide">Email</th><th>Company</th></tr>'
    return f"<p>{len(living)} contacts. Open one{shown} and change a value.</p><table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def described(crm: Crm, asked: Asked) -> str:
    kind = next((kind for kind, number in KINDS.items() if number == asked.one("type")), "contacts")
    row = crm.definitions[kind].get(asked.one("property"))
    if row is None:
        return "<p>This property does not exist any more.</p>"
    options = "".join(
        f"<li>{escape(one['label'])} <small>{escape(one['value'])}</small></li>" for one in row["options"]
    )
    return f"<p><strong>{escape(row['label'])}</strong> ({escape(row['name'])}), {escape(row['type'])}</p><ul>{options}</ul>"


def editable(crm: Crm, thing: Thing) -> list[Json]:
    rows = crm.definitions[thing.kind].values()
    return [row for row in rows if not row["modificationMetadata"]["readOnlyValue"] and not row["archived"]]


def record(crm: Crm, thing: Thing, asked: Asked) -> str:
    note = '<p class="done" role="status">Saved.</p>' if asked.one("saved") else ""
    note += '<p class="done">This record is archived.</p>' if thing.archived else ""
    fields = "".join(control(row, thing.properties.get(row["name"]) or "") for row in editable(crm, thing))
    near = "".join(
        f"<li>{linked(one)}</li>" for kind in KINDS if kind != thing.kind for one in neighbours(crm, thing, kind)
    )
    form = f'<form method="post" action="{address(thing)}">{fields}<button>Save</button></form>'
    return f"{note}{form}<h2>Belongs to</h2><ul>{near or '<li>Nobody</li>'}</ul>"


def control(row: Json, value: str) -> str:
    name, label, own = escape(row["name"]), escape(row["label"]), f"of-{escape(row['name'])}"
    options = [(one["value"], one["label"]) for one in row["options"]]
    if row["fieldType"] == "checkbox":
        boxes = "".join(
            f'<label><input type="checkbox" name="{name}:{escape(one)}"{" checked" if one in value.split(";") else ""}>'
            f"{escape(shown)}</label>"
            for one, shown in options
        )
        return f'<fieldset><legend>{label}</legend><input type="hidden" name="{name}" value="">{boxes}</fieldset>'
    if options:
        known = [("", ""), *options] + ([] if value in ("", *dict(options)) else [(value, value)])
        choices = "".join(
            f'<option value="{escape(one)}"{" selected" if one == value else ""}>{escape(shown)}</option>'
            for one, shown in known
        )
        return f'<div><label for="{own}">{label}</label><select id="{own}" name="{name}">{choices}</select></div>'
    return f'<div><label for="{own}">{label}</label><input id="{own}" name="{name}" value="{escape(value)}" maxlength="{LONGEST}"></div>'


def save(crm: Crm, thing: Thing, asked: Asked) -> Answer:
    """Only from a page of ours: another site's form must not write here."""
    origin = asked.headers.get("origin", "")
    if origin and urlsplit(origin).netloc != asked.headers.get("host"):
        return html("Refused", "<p>This form came from another site.</p>", 403)
    form = asked.form
    changed: dict[str, str | None] = {}
    for row in editable(crm, thing):
        name = row["name"]
        if name not in form:
            continue
        chosen = [one["value"] for one in row["options"] if f"{name}:{one['value']}" in form]
        value = ";".join(chosen) if row["fieldType"] == "checkbox" else form[name].strip()[:LONGEST]
        if value != (thing.properties.get(name) or ""):
            changed[name] = value or None
    if changed:
        crm.change(thing, None, **changed)
    return Answer(303, b"", {**HEADERS, "Location": f"{address(thing)}?saved=1"})
