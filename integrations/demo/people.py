"""Who uses Fernhill: a seeded cast of companies and people with plans, roles, sign-up dates and habits."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

SEED = 20240615
PERSON_COUNT = 2100
MONTHS = 18
SHOWCASE_ID = "usr_maya"
SHOWCASE_EMAIL = "maya.lindqvist@harborlabs.example"

FIRST_NAMES = [
    "Ada",
    "Adrien",
    "Aiko",
    "Alice",
    "Amara",
    "Amina",
    "Anders",
    "Anna",
    "Antoine",
    "Ayo",
    "Beatriz",
    "Benoît",
    "Bilal",
    "Camille",
    "Carlos",
    "Carmen",
    "Chiara",
    "Chloé",
    "Daan",
    "Dmitri",
    "Eleni",
    "Elif",
    "Emma",
    "Enzo",
    "Erik",
    "Esther",
    "Fatima",
    "Felix",
    "Femke",
    "Fiona",
    "Gabriel",
    "Giulia",
    "Grace",
    "Hana",
    "Hannah",
    "Hugo",
    "Ibrahim",
    "Ines",
    "Ingrid",
    "Isaac",
    "Ivan",
    "Jakob",
    "Jana",
    "João",
    "Jonas",
    "Julia",
    "Kaito",
    "Karin",
    "Kofi",
    "Lars",
    "Laura",
    "Léa",
    "Leila",
    "Léo",
    "Lin",
    "Louis",
    "Lucía",
    "Lukas",
    "Magnus",
    "Malik",
    "Marco",
    "Maria",
    "Marta",
    "Mateo",
    "Mei",
    "Mila",
    "Miriam",
    "Nadia",
    "Naomi",
    "Nils",
    "Noah",
    "Noor",
    "Olga",
    "Oliver",
    "Omar",
    "Owen",
    "Paula",
    "Pedro",
    "Priya",
    "Rafael",
    "Ravi",
    "Rosa",
    "Ruth",
    "Salma",
    "Samuel",
    "Sara",
    "Sean",
    "Sofia",
    "Søren",
    "Stefan",
    "Tariq",
    "Teresa",
    "Thomas",
    "Tomás",
    "Ulla",
    "Valentina",
    "Vera",
    "Victor",
    "Wei",
    "William",
    "Yara",
    "Yusuf",
    "Zoë",
]
LAST_NAMES = [
    "Abe",
    "Adeyemi",
    "Ahmed",
    "Almeida",
    "Andersson",
    "Bakker",
    "Bauer",
    "Bernard",
    "Bianchi",
    "Bose",
    "Brown",
    "Castro",
    "Chen",
    "Costa",
    "Da_Silva",
    "Dahl",
    "Dubois",
    "Eriksen",
    "Evans",
    "Farah",
    "Ferrari",
    "Fischer",
    "Fofana",
    "Fontaine",
    "García",
    "Girard",
    "Gómez",
    "Greco",
    "Haddad",
    "Hansen",
    "Hassan",
    "Hoffmann",
    "Ito",
    "Ivanova",
    "Jansen",
    "Johansson",
    "Jones",
    "Kaya",
    "Keller",
    "Khan",
    "Kim",
    "Kowalski",
    "Kumar",
    "Lambert",
    "Laurent",
    "Lee",
    "Lehmann",
    "Lopes",
    "Martin",
    "Mendes",
    "Meyer",
    "Moreau",
    "Müller",
    "Nakamura",
    "Nguyen",
    "Nielsen",
    "Novak",
    "O'Brien",
    "Okoye",
    "Oliveira",
    "Ortiz",
    "Osei",
    "Park",
    "Patel",
    "Pereira",
    "Petit",
    "Popescu",
    "Reyes",
    "Ricci",
    "Robert",
    "Rossi",
    "Roux",
    "Sato",
    "Schmidt",
    "Silva",
    "Simon",
    "Singh",
    "Smith",
    "Söderberg",
    "Suzuki",
    "Takahashi",
    "Tanaka",
    "Taylor",
    "Torres",
    "Van_Dijk",
    "Vargas",
    "Vidal",
    "Walker",
    "Wang",
    "Weber",
    "Williams",
    "Wolf",
    "Yılmaz",
    "Zhang",
]
COMPANY_WORDS = [
    "Aster",
    "Birch",
    "Cobalt",
    "Dune",
    "Ember",
    "Fjord",
    "Granite",
    "Harbor",
    "Indigo",
    "Juniper",
    "Kestrel",
    "Lagoon",
    "Maple",
    "Nimbus",
    "Orchard",
    "Pebble",
    "Quartz",
    "Raven",
    "Sable",
    "Tundra",
    "Umber",
    "Violet",
    "Willow",
    "Zephyr",
]
COMPANY_KINDS = ["Labs", "Studio", "Logistics", "Foods", "Health", "Works", "Media", "Energy", "Finance", "Retail"]
COUNTRIES = [
    ("fr", "FR"),
    ("en", "GB"),
    ("en", "US"),
    ("de", "DE"),
    ("es", "ES"),
    ("pt", "BR"),
    ("nl", "NL"),
    ("sv", "SE"),
]
FEATURES = ["boards", "timeline", "automations", "reports", "api", "guests", "templates", "time_tracking", "forms"]
ROLES = ["admin", "member", "member", "member", "viewer"]
PLANS = [("Free", 48, 0), ("Starter", 22, 29), ("Pro", 20, 99), ("Enterprise", 10, 499)]
INDUSTRIES = ["Software", "Design", "Logistics", "Food", "Healthcare", "Media", "Energy", "Finance", "Retail"]


@dataclass(frozen=True, slots=True)
class Company:
    name: str
    domain: str
    plan: str
    price: int  # EUR a month
    team_size: int
    industry: str
    language: str
    country: str


@dataclass(frozen=True, slots=True)
class Person:
    number: int
    user_id: str
    name: str
    email: str
    role: str
    company: Company
    signed_up: datetime
    visits: tuple[datetime, ...]  # in order; the first is the sign-up
    features: tuple[str, ...]
    anonymous_first: bool  # had a visit before signing up, so that identifying merges or promotes


def ascii_name(text: str) -> str:
    """Lower-case letters for addresses: "Zoë O'Brien" becomes "zoe.obrien"."""
    special = {"ø": "o", "ı": "i", "ß": "ss"}
    plain = unicodedata.normalize("NFKD", "".join(special.get(letter, letter) for letter in text.lower()))
    return "".join(letter if letter.isalnum() else "." if letter == " " else "" for letter in plain if letter.isascii())


def companies(random: Random) -> list[Company]:
    made = []
    for word in COMPANY_WORDS:
        for kind in random.sample(COMPANY_KINDS, 5):
            plan, _, price = random.choices(PLANS, weights=[weight for _, weight, _ in PLANS])[0]
            language, country = random.choice(COUNTRIES)
            size = random.choice([4, 8, 12, 25, 40, 80, 200]) if plan != "Enterprise" else random.randint(250, 4000)
            made.append(
                Company(f"{word} {kind}", f"{word}{kind}.example".lower(), plan, price, size,
                        random.choice(INDUSTRIES), language, country)
            )  # fmt: skip
    return made


def visits(random: Random, first: datetime, now: datetime) -> tuple[datetime, ...]:
    """A handful of visits from sign-up on; one person in three has gone quiet."""
    active_until = now if random.random() < 0.66 else first + (now - first) * random.random()
    count = random.choices([1, 2, 3, 4, 6], weights=[20, 25, 25, 20, 10])[0]
    span = (active_until - first).total_seconds()
    later = sorted(first + timedelta(seconds=span * random.random() ** 0.6) for _ in range(count))
    return (first, *later)


def people(now: datetime) -> Iterator[Person]:
    """PERSON_COUNT people, the same for every build but for their times, which end at `now`."""
    random = Random(SEED)
    cast = companies(random)
    taken: set[str] = set()
    for number in range(1, PERSON_COUNT + 1):
        company = random.choices(cast, weights=[min(item.team_size, 60) for item in cast])[0]
        name = f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES).replace('_', ' ')}"
        address = ascii_name(name)
        if address in taken:
            address = f"{address}{number}"
        taken.add(address)
        # More sign-ups lately than long ago: a product that grows.
        age = timedelta(days=MONTHS * 30.4 * (1 - random.random() ** 0.6), seconds=random.randint(3600, 80000))
        signed_up = now - age - timedelta(hours=2)
        yield Person(
            number=number,
            user_id=f"usr_{10000 + number * 7}",
            name=name,
            email=f"{address}@{company.domain}",
            role=random.choice(ROLES),
            company=company,
            signed_up=signed_up,
            visits=visits(random, signed_up, now - timedelta(hours=1)),
            features=tuple(random.sample(FEATURES, random.randint(0, 5))),
            anonymous_first=random.random() < 0.35,
        )
