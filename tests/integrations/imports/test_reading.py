"""Files as people have them: what is read right, and what is refused by its line with the reason."""

import json
from datetime import datetime

import pytest
from openpyxl import Workbook

from integrations.imports.reading import Reading, checked, guess_type, look, records, sniff
from integrations.imports.records import NOT_GIVEN, Bad, Record, Unreadable


@pytest.fixture
def read(tmp_path):
    """What a file is read into: (reading, names, records and bad lines)."""

    def act(data, name="people.csv", **corrections):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        reading = sniff(path, name)
        if corrections:
            reading = checked(Reading(**{**reading.stored(), **corrections}))
        table = look(path, reading)
        return reading, table.names, list(records(path, reading, table.names))

    return act


def cells(found):
    return [item.cells if isinstance(item, Record) else item.reason for item in found]


def test_plain_table_is_read_with_its_header(read):
    reading, names, found = read("id,plan\nu1,Pro\nu2,Free\n")
    assert (reading.format, reading.separator, reading.header) == ("csv", ",", True)
    assert names == ["id", "plan"]
    assert [(item.line, item.cells) for item in found] == [(2, ["u1", "Pro"]), (3, ["u2", "Free"])]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_separator_is_found(read, mark):
    text = "\n".join(mark.join(row) for row in [["id", "plan", "city"], ["u1", "Pro", "Oslo"], ["u2", "Free", "Rome"]])
    assert cells(read(text)[2]) == [["u1", "Pro", "Oslo"], ["u2", "Free", "Rome"]]


def test_declared_separator_counts_and_its_line_is_counted(read):
    _, names, found = read('sep=;\nid;plan\nu1;"a;b"\n')
    assert names == ["id", "plan"]
    assert [(item.line, item.cells) for item in found] == [(3, ["u1", "a;b"])]


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("cp1252", "cp1252"),
    ],
)
def test_encoding_is_found(read, encoding, found):
    reading, names, rows = read("id,name\nu1,Zoë Müller\n".encode(encoding))
    assert (reading.encoding, names, cells(rows)) == (found, ["id", "name"], [["u1", "Zoë Müller"]])


def test_quotes_in_quotes_and_line_breaks_are_read(read):
    _, _, found = read('id,note\r\nu1,"say ""hi""\r\nand go"\r\nu2,x\r\n')
    assert [(item.line, item.cells) for item in found] == [(2, ["u1", 'say "hi"\r\nand go']), (4, ["u2", "x"])]


def test_single_quotes_are_found_and_no_quotes_can_be_chosen(read):
    assert cells(read("id,note\nu1,'a,b'\nu2,'c'\n")[2]) == [["u1", "a,b"], ["u2", "c"]]
    assert cells(read('id,note\nu1,"a\nu2,b\n', quote="")[2]) == [["u1", '"a'], ["u2", "b"]]


def test_quote_that_is_never_closed_costs_its_own_line_only(read):
    _, _, found = read('id,note\nu1,"open\nu2,fine\nu3,"closed"\n' + "".join(f"u{n},x\n" for n in range(4, 400)))
    assert isinstance(found[0], Bad)
    assert (found[0].line, "never closed" in found[0].reason or "closing quote" in found[0].reason) == (2, True)
    assert [item.cells[0] for item in found[1:]] == [f"u{n}" for n in range(2, 400)]


def test_ragged_lines_are_read_short_and_refused_long(read):
    _, _, found = read("id,plan,city\nu1,Pro\nu2,Free,Rome,extra\nu3,Pro,Oslo\n")
    assert cells(found) == [["u1", "Pro", NOT_GIVEN], "The line has 4 cells, the first one 3.", ["u3", "Pro", "Oslo"]]


def test_empty_and_double_headers_get_names_of_their_own(read):
    assert read("id,,plan,plan\nu1,a,b,c\n")[1] == ["id", "Column 2", "plan", "plan (2)"]


def test_table_without_header_is_told_and_can_be_corrected(read):
    assert read("u1,maya@x.example,3\nu2,sam@x.example,4\n")[1] == ["Column 1", "Column 2", "Column 3"]
    assert len(read("a,b\nc,d\n", header=False)[2]) == 2


@pytest.mark.parametrize(
    ("line", "reason"), [(b"u1,a\x00b", "U+0000"), (b"u1,caf\xe9", "0xE9"), (b'u1,"a"b', "closing quote")]
)
def test_what_no_database_takes_is_refused_by_line(read, line, reason):
    data = b"id,note\n" + line + b"\nu2,fine\n"
    _, _, found = read(data, encoding="utf-8")
    assert (found[0].line, reason in found[0].reason, found[1].cells) == (2, True, ["u2", "fine"])


def test_nothing_is_no_value_and_empty_quotes_are_a_text_in_our_own_exports_only(read):
    assert cells(read('id,a,b\nu1,,""\n')[2]) == [["u1", None, None]]
    assert cells(read('native.user_id,custom.a,custom.b\nu1,,""\n')[2]) == [["u1", None, ""]]


def test_blank_lines_are_passed_over(read):
    assert [item.line for item in read("id,plan\n\nu1,Pro\n,\n\nu2,Free\n")[2]] == [3, 6]


def test_line_of_a_megabyte_is_refused_and_not_held(read):
    _, _, found = read("id,note\nu1," + "x" * 1_200_000 + "\nu2,fine\n")
    assert [item.line for item in found] == [2, 3]
    assert isinstance(found[0], Bad)


def test_json_lines(read):
    lines = ['{"user_id": "u1", "seats": 3, "tags": ["a"]}', "nonsense", '{"user_id": "u2", "seats": null}', "[1]"]
    reading, names, found = read("\n".join(lines))
    assert (reading.format, names) == ("jsonl", ["user_id", "seats", "tags"])
    assert cells(found)[0] == ["u1", 3, ["a"]]
    assert cells(found)[2] == ["u2", None, NOT_GIVEN]
    assert [item.line for item in found if isinstance(item, Bad)] == [2, 4]


def test_json_member_that_comes_late_is_said(read):
    rows = [{"user_id": f"u{n}"} for n in range(250)] + [{"user_id": "x", "late": 1}]
    _, _, found = read("\n".join(map(json.dumps, rows)))
    assert "'late'" in found[-1].reason


def test_excel_first_sheet(tmp_path):
    book = Workbook()
    sheet = book.active
    for row in (["id", "seats", "since", "on"], ["u1", 3.0, datetime(2024, 6, 15), True], [1042, 2.5, None, "=1/0"]):
        sheet.append(row)
    sheet["D3"].value, sheet["D3"].data_type = "#DIV/0!", "e"
    book.create_sheet("other").append(["not read"])
    path = tmp_path / "people.xlsx"
    book.save(path)
    reading = sniff(path, path.name)
    table = look(path, reading)
    assert (reading.format, table.names) == ("xlsx", ["id", "seats", "since", "on"])
    assert [item.cells for item in table.sample] == [["u1", 3, "2024-06-15", True]]
    assert [(item.line, "D3" in item.reason) for item in table.bad] == [(3, True)]


def test_parquet(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pa.table({"user_id": ["u1", "u2"], "seats": [3, None], "tags": [["a", "b"], []]})
    path = tmp_path / "people.parquet"
    parquet.write_table(table, path)
    found = look(path, sniff(path, path.name))
    assert found.names == ["user_id", "seats", "tags"]
    assert [(item.line, item.cells) for item in found.sample] == [(1, ["u1", 3, ["a", "b"]]), (2, ["u2", None, []])]


@pytest.mark.parametrize("data", [b"", b"  \n", b"PK\x03\x04nothing", b"PAR1nothing", b"\xd0\xcf\x11\xe0old"])
def test_what_is_no_table_is_said_in_words(read, data):
    with pytest.raises(Unreadable):
        read(data)


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["1", "2.5", None], "number"), (["042", "7"], "string"), (["true", "FALSE"], "boolean"),
        (["2024-06-15"], "date"), (['["a"]', "[]"], "list"), (["Pro", "1"], "string"), ([None, ""], "string"),
        ([1, 2.5], "number"), ([True], "boolean"), ([["a"]], "list"), ([1, "a"], "string"),
    ],
)  # fmt: skip
def test_type_of_a_new_attribute_is_told_from_its_cells(texts, found):
    assert guess_type(texts, "string") == found
