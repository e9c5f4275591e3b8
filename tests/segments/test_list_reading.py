"""Lists of users as people have them: pasted, from a spreadsheet, exported here; nothing is dropped without a word."""

import csv
import io

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segments.models import Membership
from segments.sheets.export import columns_of
from segments.sheets.list_reading import Unclear, find_users
from segments.sheets.people import Layout, members_of
from segments.sheets.writers import WRITERS
from tests.factories import ProjectFactory, member, user
from tests.reading import html_of
from tests.segments.test_membership import segment
from users.ground.spreadsheets import formula, guarded, unguarded
from users.models import Attribute, EndUser
from users.registry.attributes import bump_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(project):
    for name in ("u1", "u2", "u3", "acme;42", "Acme, Inc."):
        user(project, name, email=f"{name[:2]}{len(name)}@acme.test", name=f"Person, {name}")
    return project


def read(project, text, column=""):
    """(User IDs found, lines that named nobody, what was said)."""
    found = find_users(project, text, column)
    ids = dict(EndUser.objects.values_list("pk", "user_id"))
    return [ids[pk] for pk in found.users], [(item["line"], item["text"]) for item in found.missing], found.notes


@pytest.mark.parametrize(("text", "ids", "missed"), [
    ("u1\nu2", ["u1", "u2"], []),
    ("u1, u2, u3", ["u1", "u2", "u3"], []),
    ("u1;u2|u9", ["u1", "u2"], [(1, "u9")]),
    ("u1, ghost, u3\nu2", ["u1", "u3", "u2"], [(1, "ghost")]),
    ("u1,u2\nu3;ghost", ["u1", "u2", "u3"], [(2, "ghost")]),
    ("u1\tu25@acme.test", ["u1"], [(1, "u25@acme.test")]),
    ("Acme, Inc.\nacme;42\nacme;43", ["Acme, Inc.", "acme;42"], [(3, "acme"), (3, "43")]),
    ('"Acme, Inc."\r\n"u1"', ["Acme, Inc.", "u1"], []),
    ('u1\n"u2\nu3', ["u1", "u3"], [(2, '"u2')]),
    ("User ID;Name\nu1;Maya\n\nu9;Bo\n;", ["u1"], [(4, "u9"), (5, "")]),
    ("name,E-Mail\nMaya,U12@ACME.TEST", ["u1"], []),
    ("native.user_id\nu1\n", ["u1"], []),
    ("email\nu12@acme.test", ["u1"], []),
    ("User ID\nu1, u2;ghost", ["u1", "u2"], [(2, "ghost")]),
    ("User ID\nacme;42\n\"u3\"", ["acme;42", "u3"], []),
    ("sep=|\r\nid|plan\r\nu1|Pro", ["u1"], []),
    ("Maya\tu1\nBo\tu2", ["u1", "u2"], []),
    ("u1\tu12@acme.test\nu2\tu22@acme.test", ["u1", "u2"], []),
    ("u1\tu2\nu3\tghost", ["u1", "u2", "u3"], [(2, "ghost")]),
    ("id,user id\n7,u1\n8,u2", ["u1", "u2"], []),
    ("id,login,plan\n7,u1,Pro\n8,u2,Pro", ["u1", "u2"], []),
    ('{"native.user_id": "u1", "native.name": "Maya"}\n{"native.name": 1, "native.email": "u22@acme.test"}\nu3',
     ["u1", "u2"], [(3, "u3")]),
    ("{u1}\nu2", ["u2"], [(1, "{u1}")]),
])  # fmt: skip
def test_what_a_list_names(people, text, ids, missed):
    assert read(people, text)[:2] == (ids, missed)


def test_what_was_not_read_is_said(people):
    _, _, notes = read(people, "Name,User ID,Plan\nMaya,u1,Pro")
    assert notes == ["Line 1 was read as the header.", "Users were found by User ID. Not read: Name and Plan."]
    assert read(people, "Maya;u1\nBo;u2")[2] == ["Users were found by column 2. Not read: column 1."]
    found = find_users(people, "u1\nu2\nu1\nu12@acme.test")
    assert (len(found.users), found.repeated) == (2, [3, 4])


def test_a_user_whose_id_is_a_header_counts(people):
    user(people, "email")
    assert read(people, "email\nu1")[0] == ["email", "u1"]


def test_ids_go_by_the_kind_that_the_header_says(people):
    shadow = user(people, "shadow")
    user(people, shadow.jimer_id)
    assert read(people, f"native.jimer_id\n{shadow.jimer_id}")[0] == ["shadow"]
    assert read(people, f"native.user_id\n{shadow.jimer_id}")[0] == [shadow.jimer_id]


def test_where_no_column_leads_to_users_one_is_chosen(people):
    text = "Kunde,Stadt\n0,Bonn\n1,Ulm\n"
    with pytest.raises(Unclear) as unclear:
        read(people, text)
    assert [(item.name, item.samples) for item in unclear.value.columns] == [
        ("column 1", ["Kunde", "0", "1"]), ("column 2", ["Stadt", "Bonn", "Ulm"]),
    ]  # fmt: skip
    assert read(people, text, "0")[1] == [(1, "Kunde"), (2, "0"), (3, "1")]
    assert len(read(people, text, "each")[1]) == 6
    late = "\n".join([*(f"x{number},a" for number in range(300)), "b,u1"])
    with pytest.raises(Unclear):
        read(people, late)
    assert read(people, late, "1")[0] == ["u1"]


@given(st.text(st.sampled_from("'=+-@\t\r\n \u200b\uff1dab"), max_size=8))
def test_the_apostrophe_before_a_formula_comes_off_again(text):
    assert unguarded(guarded(text)) == text
    assert not formula(guarded(text))


def at(project, path):
    return f"/p/{project.slug}/segments/{path}"


PIECES = "=+-@'\",;|\t\n\r{[ aé日x1.native\u200b"
NAMES = st.text(st.sampled_from(PIECES), max_size=12).map(lambda text: f"{text}usr")
COLUMNS = st.lists(
    st.sampled_from(["native.name", "native.email", "native.tags", "custom.note", "custom.uid", "native.jimer_id"]),
    unique=True,
)
WRITTEN = {
    "as it is": lambda text: text.encode(),
    "with a mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16 without a mark": lambda text: text.encode("utf-16-le"),
}


def separated(text, mark):
    """The CSV as a spreadsheet of another country saves it."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=mark).writerows(csv.reader(io.StringIO(text, newline="")))
    return buffer.getvalue()


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(NAMES, min_size=1, max_size=5), columns=COLUMNS, data=st.data(),
    ident=st.sampled_from(["native.user_id", "native.jimer_id"]), mark=st.sampled_from(",;\t|"),
    layout=st.builds(Layout, mark=st.booleans(), readable=st.booleans()), written=st.sampled_from(sorted(WRITTEN)),
    kind=st.sampled_from(["csv", "jsonl"]),
)  # fmt: skip
def test_what_an_export_writes_the_upload_reads_back_completely(
    db, names, columns, data, ident, mark, layout, written, kind
):
    project = ProjectFactory()
    for number, name in enumerate(names):
        user(project, name, name=names[-1], email=f"'{number}@x.test", attributes={"note": name, "uid": "usr"})
    Attribute.objects.filter(project=project, key="uid").update(name="User ID")
    bump_version(project.pk)
    chosen = data.draw(st.permutations(sorted({ident, *columns})))
    if "native.jimer_id" in chosen:
        user(project, None, jimer_id=f"{names[0]}-visitor", name="=1")
    first, second = (segment(project, title, static=True) for title in ("First", "Second"))
    here = [
        Membership(segment=first, user=person, entered_at=person.created)
        for person in EndUser.objects.filter(project=project)
    ]
    Membership.objects.bulk_create(here)
    client = Client()
    client.force_login(member(project, "editor"))
    text = "".join(WRITERS[kind](members_of(first), columns_of(first.project, chosen), layout))
    sent = WRITTEN[written](separated(text, mark) if kind == "csv" else text)
    answer = client.post(at(project, f"{second.pk}/add/"), {"file": ContentFile(sent, f"list.{kind}"), "do": "add"})
    assert "led to nobody" not in answer.content.decode(), text
    added = Membership.objects.filter(segment=second).values_list("user", flat=True)
    assert set(added) == {membership.user_id for membership in here}, text


def test_the_page_says_what_became_of_each_line(people):
    listed, client = segment(people, "By hand", static=True), Client()
    client.force_login(member(people, "editor"))
    address = at(people, f"{listed.pk}/add/")
    lines = "\n".join(["u1", *(f"ghost {number}" for number in range(1003)), "u1", "u1"])
    given_both = {
        "text": lines,
        "file": ContentFile(b"Name,E-mail\nMaya,u22@acme.test\nBo,u12@acme.test\n", "crm.csv"),
        "do": "add",
    }
    page = html_of(client.post(address, given_both))
    assert "2 users added" in page
    assert "2 name a user who was named before: lines 1,005–1,006" in page
    assert "1 names a user who was named before: line 3." in page
    assert "1,003 led to nobody" in page
    assert "3 more: No user has this id or email." in page
    assert "lines 1,002–1,004" in page
    assert "Users were found by E-mail. Not read: Name." in page
    asked = client.post(address, {"text": "a,b\nc,d", "do": "add"})
    assert asked.status_code == 422
    assert '<option value="1"> column 2: b, d </option>' in html_of(asked)
    assert "a,b\nc,d</textarea>" in asked.content.decode()
    assert client.post(address, {"text": "u3,b\nc,d", "do": "add", "column": "1"}).status_code == 200
    assert Membership.objects.filter(segment=listed).count() == 2
    bad = client.post(address, {"file": ContentFile(b"u1\n\xe9\n", "list.csv"), "do": "add"})
    assert bad.status_code == 422
    assert "neither UTF-8 nor UTF-16" in bad.content.decode()
