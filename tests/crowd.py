"""Calls that get in each other's way, and what must be found afterwards: used by a test and by a script.

Every call brings a key of its own. In turn they write to one user whom all share, make new users, PATCH, tag, merge
browsers into a few users, and send batches that do all of it.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

type Sent = tuple[str, str, dict[str, Any], bool]  # method, path under /api/v1/, body, with a key

SHARED = "shared"
HOSTS = 4  # users into whom browsers are merged
TAGS = 20


def value_key(number: int) -> str:
    return f"key {number}"


@dataclass
class Crowd:
    """`calls` of the crowd; `before` is sent first, alone."""

    project_id: str
    count: int
    expected: dict[str, dict[str, Any]] = field(default_factory=dict)  # user id -> values
    added: Counter[str] = field(default_factory=Counter)  # user id -> what was added up
    tags: dict[str, set[str]] = field(default_factory=dict)
    browsers: dict[str, str] = field(default_factory=dict)  # Jimer ID -> the user it ends with

    def before(self) -> list[Sent]:
        people = [{"user_id": name} for name in (SHARED, *(f"host {number}" for number in range(HOSTS)))]
        browsers = [{"jimer_id": f"browser {n}", "attributes": {"seen": n}} for n in range(self.count) if n % 6 == 4]
        items = people + browsers
        return [("POST", "batch", {"batch": items[start : start + 200]}, True) for start in range(0, len(items), 200)]

    def calls(self) -> list[Sent]:
        kinds = (self.to_the_shared_one, self.new_user, self.patch, self.tag, self.merge, self.batch)
        return [kinds[number % len(kinds)](number) for number in range(self.count)]

    def expect(self, user: str, number: int) -> None:
        self.expected.setdefault(user, {})[value_key(number)] = number

    def item(self, user: str, number: int) -> dict[str, Any]:
        self.expect(user, number)
        self.added[user] += 1
        return {"user_id": user, "attributes": {value_key(number): number, "$add": {"calls": 1}}}

    def to_the_shared_one(self, number: int) -> Sent:
        return "POST", "identify", self.item(SHARED, number), True

    def new_user(self, number: int) -> Sent:
        # Two calls out of three find that another one has just made the same user.
        return "POST", "identify", self.item(f"new {number // 18}", number), True

    def patch(self, number: int) -> Sent:
        self.expect(SHARED, number)
        return "PATCH", f"users/{SHARED}", {"attributes": {value_key(number): number}}, True

    def tag(self, number: int) -> Sent:
        user, name = (SHARED, f"host {number % HOSTS}")[number % 2], f"tag {number % TAGS}"
        self.tags.setdefault(user, set()).add(name)
        return "POST", f"users/{user.replace(' ', '%20')}/tags", {"tags": [name]}, True

    def merge(self, number: int) -> Sent:
        browser, host = f"browser {number}", f"host {number // 6 % HOSTS}"
        self.browsers[browser] = host
        self.expect(host, number)
        body = {"project_id": self.project_id, "jimer_id": browser, "user_id": host}
        return "POST", "identify", body | {"attributes": {value_key(number): number}}, False

    def batch(self, number: int) -> Sent:
        items = [self.item(f"row {number} {n}", number) for n in range(3)]
        items += [self.item(SHARED, number), self.item(f"host {number % HOSTS}", number)]
        return "POST", "batch", {"batch": items[:: 1 if number % 4 else -1]}, True


def lost(crowd: Crowd, project: Any) -> list[str]:
    """What is not in the database as it must be; empty if all is."""
    from users.models import EndUser, Merge, UserTag
    from users.registry.attributes import registry_of
    from users.writing.resolve import find_user

    found, known = [], registry_of(project)

    def values(person: EndUser) -> dict[str, Any]:
        return {known.by_ref(ref).key: value for ref, value in person.attributes.items()}

    for user, wanted in crowd.expected.items():
        person = find_user(project, user)
        has = values(person) if person else {}
        found += [f"{user}: {key}" for key, value in wanted.items() if has.get(key) != value]
        if crowd.added[user] and has.get("calls") != crowd.added[user]:
            found.append(f"{user}: {has.get('calls')} calls instead of {crowd.added[user]}")
    for user, tags in crowd.tags.items():
        person = find_user(project, user)
        has_tags = set(UserTag.objects.filter(user=person).values_list("tag__name", flat=True))
        found += [f"{user}: tag {name}" for name in tags - has_tags]
    for browser, host in crowd.browsers.items():
        if find_user(project, browser) != find_user(project, host):
            found.append(f"{browser} is not {host}")
    if Merge.objects.filter(project=project).count() != len(crowd.browsers):
        found.append(f"{Merge.objects.filter(project=project).count()} merges instead of {len(crowd.browsers)}")
    people = EndUser.objects.filter(project=project, merged_into=None).count()
    if people != len(crowd.expected.keys() | crowd.tags.keys() | {f"host {n}" for n in range(HOSTS)} | {SHARED}):
        found.append(f"{people} users")
    return found
