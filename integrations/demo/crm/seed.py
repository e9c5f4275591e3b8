"""The people of the Demo CRM: some of the demo product's, their companies and deals, and a few whom nobody knows."""

from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Final

from integrations.demo.crm.definitions import LEAD_STATES, PRODUCTS, STAGES
from integrations.demo.crm.store import Crm, Thing
from integrations.demo.people import (
    PERSON_COUNT,
    SEED,
    SHOWCASE_EMAIL,
    SHOWCASE_ID,
    Company,
    Person,
    people,
)

EVERY: Final = 7  # one in so many of the demo's people is a contact: 300
TITLES: Final = ["Head of Product", "Product Manager", "Designer", "Engineer", "Operations Lead", "Founder"]
STRANGERS: Final = [("Olu", "Stranger"), ("Petra", "Prospect"), ("Quentin", "Newcomer"), ("Rhea", "Lead")]
UNREADABLE: Final = "about a dozen"  # no number: the record that fails


def seeded(now: datetime, people_count: int = PERSON_COUNT) -> Crm:
    crm, random = Crm(), Random(SEED + 42)
    companies: dict[str, Thing] = {}
    for person in islice(people(now), 0, people_count, EVERY):
        contact = add_person(crm, person, random, now)
        at = now - timedelta(minutes=random.randint(60, 400_000))
        if person.company.domain not in companies:
            companies[person.company.domain] = add_company(crm, person.company, at)
        crm.link(contact, companies[person.company.domain])
        if person.company.price and random.random() < 0.6:
            add_deals(crm, contact, person, random, now)
    add_showcase(crm, now)
    add_odd_ones(crm, now)
    return crm


def add_person(crm: Crm, person: Person, random: Random, now: datetime) -> Thing:
    first, _, last = person.name.partition(" ")
    changed = now - timedelta(minutes=random.randint(30, 200_000))
    return crm.add(
        "contacts", max(changed, person.signed_up), person.signed_up, email=person.email, firstname=first, lastname=last,
        jobtitle=random.choice(TITLES), country=person.company.country, lifecyclestage=random.choice([*STAGES]),
        hs_lead_status=random.choice([*LEAD_STATES]), plan=person.company.plan.lower(),
        products=";".join(sorted(random.sample([*PRODUCTS], random.randint(0, 3)))) or None,
        newsletter=random.choice(["true", "false"]), lead_score=str(random.randint(5, 99)),
        contract_start=(person.signed_up + timedelta(days=3)).date().isoformat(),
        last_demo_at=(person.signed_up + timedelta(days=1)).isoformat(timespec="milliseconds"),
        app_user_id=person.user_id,
    )  # fmt: skip


def add_company(crm: Crm, company: Company, at: datetime) -> Thing:
    return crm.add(
        "companies", at, at, name=company.name, domain=company.domain, industry=company.industry.upper(),
        numberofemployees=str(company.team_size), annualrevenue=str(company.team_size * 118_000), country=company.country,
    )  # fmt: skip


def add_deals(crm: Crm, contact: Thing, person: Person, random: Random, now: datetime) -> None:
    for number in range(random.randint(1, 3)):
        born = person.signed_up + (now - person.signed_up) * random.random()
        stage = random.choice(["appointmentscheduled", "contractsent", "closedwon", "closedlost"])
        deal = crm.add(
            "deals", born, born, dealname=f"{person.company.name} {number + 1}", dealstage=stage,
            amount=str(person.company.price * random.choice([6, 12, 24])),
            closedate=(born + timedelta(days=30)).isoformat(timespec="milliseconds"),
        )  # fmt: skip
        crm.link(contact, deal)


def add_showcase(crm: Crm, now: datetime) -> None:
    at = now - timedelta(days=2)
    company = crm.add("companies", at, at, name="Harbor Labs AB", domain="harborlabs.example", industry="SOFTWARE",
                      numberofemployees="140", annualrevenue="16520000", country="SE")  # fmt: skip
    maya = crm.add(
        "contacts", at, now - timedelta(days=212), email=SHOWCASE_EMAIL, firstname="Maya", lastname="Lindqvist",
        jobtitle="Head of Product", country="SE", lifecyclestage="customer", hs_lead_status="IN_PROGRESS",
        plan="enterprise", products="api;reports", newsletter="true", lead_score="93", app_user_id=SHOWCASE_ID,
        contract_start=(now - timedelta(days=200)).date().isoformat(),
    )  # fmt: skip
    deal = crm.add("deals", at, at, dealname="Harbor Labs renewal", dealstage="contractsent", amount="11880",
                   closedate=(now + timedelta(days=23)).isoformat(timespec="milliseconds"))  # fmt: skip
    crm.link(maya, company)
    crm.link(maya, deal)


def add_odd_ones(crm: Crm, now: datetime) -> None:
    """Contacts whom no user matches, one that was archived, one that was merged, and a value that is no number."""
    at = now - timedelta(days=20)
    for first, last in STRANGERS:
        crm.add("contacts", at, at, email=f"{first}.{last}@nowhere.example".lower(), firstname=first, lastname=last,
                lifecyclestage="lead", hs_lead_status="NEW")  # fmt: skip
    living = crm.living("contacts")
    company = crm.add("companies", at, at, name="Roughly Dozen", domain="dozen.example", industry="DESIGN",
                      numberofemployees=UNREADABLE)  # fmt: skip
    crm.link(living[5], company)
    crm.change(living[5], at)
    archived = crm.add("contacts", at, at, email="gone@nowhere.example", firstname="Gone", lastname="Away")
    crm.archive(archived)
    twin = crm.add("contacts", at, at, email="second.address@nowhere.example", firstname="Twin", lastname="Entry")
    crm.merge(living[9], twin)
    crm.change(living[9], at)
