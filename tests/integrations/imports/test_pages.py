"""The Imports pages: a file becomes a draft, is mapped, tried out, run, looked at and taken back."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from integrations.models import Import, ImportProblem
from tests.factories import member, user, values_of
from tests.integrations.imports.sample import draft
from tests.reading import html_of
from users.jobs.machinery import run_all_jobs
from users.models import EndUser

pytestmark = pytest.mark.django_db
TABLE = "id,plan,seats,note\nu1,Pro,3,x\nu2,Free,many,y\n"


@pytest.fixture
def client(project):
    found = Client()
    found.force_login(member(project, "editor"))
    return found


def address(project, name, *more):
    return reverse(name, args=[project.slug, *more])


def uploaded(client, project, data=TABLE, name="april.csv"):
    client.post(address(project, "import_new"), {"file": SimpleUploadedFile(name, data.encode())})
    return Import.objects.latest("pk")


def chosen(**more):
    keys = {"key-0": "native.user_id", "key-1": "plan", "key-2": "seats", "key-3": ""}
    return {**keys, "type-1": "string", "type-2": "number", "on": "native.user_id", **more}


def test_whole_way_from_file_to_undo(client, project):
    person = user(project, "u1", attributes={"plan": "Free"})
    found = uploaded(client, project)
    page = html_of(client.get(address(project, "import", found.pk)))
    assert "Where the columns go" in page
    assert 'value="native.user_id"' in page
    client.post(address(project, "import_start", found.pk), chosen(do="try"))
    assert "Running" in html_of(client.get(address(project, "import", found.pk)))
    run_all_jobs()
    page = html_of(client.get(address(project, "import", found.pk)))
    assert "&quot;many&quot; is not a number" in page or '"many" is not a number' in page
    assert "<del>Free</del>" in page
    client.post(address(project, "import_start", found.pk), chosen(do="run"))
    run_all_jobs()
    page = html_of(client.get(address(project, "import", found.pk)))
    assert "Done" in page
    assert values_of(project, person) == {"custom.plan": "Pro", "custom.seats": 3}
    refused = b"".join(client.get(address(project, "import_refused", found.pk)).streaming_content).decode()
    assert refused.splitlines()[0] == "id,plan,seats,note,Why it was refused"
    assert refused.splitlines()[1].startswith('u2,Free,many,y,"seats: ""many"" is not a number')
    client.post(address(project, "import_act", found.pk), {"do": "undo"})
    run_all_jobs()
    assert "1 restored" in html_of(client.get(address(project, "import", found.pk)))
    assert values_of(project, person) == {"custom.plan": "Free"}


def test_reading_a_file_otherwise_keeps_the_other_choices(client, project):
    found = uploaded(client, project, "user_id;plan\nu1;Pro\n")
    choices = {"key-0": "native.user_id", "key-1": "plan", "on": "native.user_id"}
    others = {"mode": "update", "empty": "remove", "several": "all", "tag": "webinar"}
    client.post(address(project, "import_start", found.pk), choices | others | {"do": "try"})
    run_all_jobs()
    client.post(address(project, "import_reading", found.pk), {"separator": ";", "encoding": "utf-8", "quote": "'"})
    found.refresh_from_db()
    assert found.reading["header"] is False
    assert {name: found.options[name] for name in others} == others


def test_corrected_file_of_refused_lines_is_imported(client, project):
    found = uploaded(client, project)
    client.post(address(project, "import_start", found.pk), chosen(do="run"))
    run_all_jobs()
    refused = b"".join(client.get(address(project, "import_refused", found.pk)).streaming_content).decode()
    again = uploaded(client, project, refused.replace("many", "9", 1))
    assert "Why it was refused" not in [column["name"] for column in again.options["columns"]]
    client.post(address(project, "import_start", again.pk), chosen(do="run"))
    run_all_jobs()
    assert values_of(project, EndUser.objects.get(user_id="u2"))["custom.seats"] == 9


def test_pasted_table_is_a_draft(client, project):
    client.post(address(project, "import_new"), {"text": "id\tplan\nu1\tPro\n"})
    assert Import.objects.get().columns == ["id", "plan"]


def test_nothing_chosen_and_what_is_no_table_are_said(client, project):
    assert client.post(address(project, "import_new"), {}).status_code == 422
    response = client.post(address(project, "import_new"), {"file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04no")})
    assert (response.status_code, Import.objects.count()) == (422, 0)


def test_reading_can_be_corrected(client, project):
    found = uploaded(client, project, "id;plan\nu1;Pro\n")
    client.post(address(project, "import_reading", found.pk), {"encoding": "utf-8", "separator": ",", "quote": '"'})
    found.refresh_from_db()
    assert found.columns == ["Column 1"]
    sent = {"encoding": "cp1252", "separator": ";", "quote": '"', "header": "on"}
    client.post(address(project, "import_reading", found.pk), sent)
    found.refresh_from_db()
    assert (found.columns, found.reading["encoding"]) == (["id", "plan"], "cp1252")


def test_wrong_mapping_is_said_on_the_page(client, project):
    found = uploaded(client, project)
    response = client.post(address(project, "import_start", found.pk), chosen(**{"key-0": "", "do": "run"}))
    assert response.status_code == 422
    assert "Nothing names the users" in html_of(response)
    assert not EndUser.objects.exists()


def test_draft_is_discarded_with_its_file(client, project, files):
    found = uploaded(client, project)
    assert len(files()) == 1
    client.post(address(project, "import_act", found.pk), {"do": "discard"})
    assert (Import.objects.count(), files()) == (0, [])


def test_tabs_and_buttons_lead_here_for_those_who_may(client, project, django_assert_max_num_queries):
    user(project, "u1")
    draft(project)
    page = html_of(client.get(address(project, "users_list")))
    assert address(project, "import_new") in page
    assert address(project, "imports") in page
    viewer = Client()
    viewer.force_login(member(project, "viewer"))
    assert address(project, "import_new") not in html_of(viewer.get(address(project, "users_list")))
    with django_assert_max_num_queries(14):
        page = html_of(viewer.get(address(project, "imports")))
    assert "april.csv" in page
    assert "Draft" in page
    assert "Where the columns go" not in html_of(viewer.get(address(project, "import", Import.objects.get().pk)))


def refused_lines(client, project, found, asked=""):
    page = html_of(client.get(address(project, "import", found.pk) + asked))
    results = page.partition('id="results"')[2].partition("</section>")[0]
    lines = [int(text.replace(",", "")) for text in re.findall(r'data-label="Line">([\d,]+)<', results)]
    following = re.search(r'href="([^"]*)">Next', results)
    return lines, following[1].partition("?")[2].replace("&amp;", "&") if following else ""


def test_all_refused_lines_can_be_read_page_by_page(client, project, django_assert_num_queries):
    found = uploaded(client, project, "id,plan,seats,note\n" + "".join(f"u{n},Pro,many,x\n" for n in range(250)))
    client.post(address(project, "import_start", found.pk), chosen(do="run"))
    run_all_jobs()
    ImportProblem.objects.filter(line__gt=149).update(line=150)  # a line can have more problems than a page holds
    lines, following = refused_lines(client, project, found)
    with CaptureQueriesContext(connection) as first:
        client.get(address(project, "import", found.pk))
    with django_assert_num_queries(len(first)):
        more, rest = refused_lines(client, project, found, f"?{following}")
    last, end = refused_lines(client, project, found, f"?{rest}")
    assert [len(lines), len(more), len(last), end] == [100, 100, 50, ""]
    assert lines + more + last == [*range(2, 150), *[150] * 102]
    for asked in ("?after=x~1", "?after=1~" + "9" * 30, "?after=~"):
        assert refused_lines(client, project, found, asked)[0] == lines


def test_refused_lines_are_found_by_column_value_and_reason(client, project):
    text = "id,plan,seats,note\nu1,Pro,many,x\nnull,Pro,2,x\nu3,Pro,few,x\n"
    found = uploaded(client, project, text)
    client.post(address(project, "import_start", found.pk), chosen(do="run"))
    run_all_jobs()
    for asked, lines in (("?column=seats", [2, 4]), ("?column=id", [3]), ("?why=FEW", [4]), ("?why=not+a+number", [2, 4]),
                         ("?column=seats&why=many", [2]), ("?column=plan", []), ("?why=%00", [2, 3, 4])):  # fmt: skip
        assert refused_lines(client, project, found, asked)[0] == lines, asked
    assert "No refused line fits" in html_of(client.get(address(project, "import", found.pk) + "?column=plan"))
