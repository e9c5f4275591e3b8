"""THE table of what the API's calls of imports take: checks and OpenAPI come from it."""

from typing import Final

from integrations.imports.options import EMPTY, MODES, SEVERAL
from integrations.imports.reading import ENCODINGS, FORMATS
from users.api.kinds import LIST, NUMBER, OBJECT, TEXT, TRUTH
from users.api.members import Body, Member
from users.api.table import TYPE

LEFT_TO: Final = "integrations/imports/options.py:read_options"
UNLISTED: Final = "{name} is one of {choices}."
READING: Final = Body(
    Member("format", TEXT, "Told from the file where it is left out.", choices=tuple(FORMATS), unlisted=UNLISTED),
    Member("encoding", TEXT, "Of CSV.", choices=tuple(ENCODINGS), left_to="integrations/imports/reading.py:checked"),
    Member("separator", TEXT, "Of CSV: one character.", least=1, most=1, left_to="integrations/imports/reading.py:checked"),
    Member("quote", TEXT, "Of CSV: \" or ', or nothing where quotes are characters like others.", most=1,
           left_to="integrations/imports/reading.py:checked"),
    Member("header", TRUTH, "Whether the first line names the columns."),
    Member("quoted_empty", TRUTH, "Of CSV: \"\" is an empty text, and nothing at all no value, as in exports from here."),
)  # fmt: skip
COLUMN: Final = Body(
    Member("column", TEXT, "Its name in the header; Column 1 and so on where there is none.", required=True, left_to=LEFT_TO),
    Member("key", TEXT, "The attribute: plan, or native.email. Its name where it is left out.", left_to=LEFT_TO),
    Member("type", TEXT, "Of a new attribute; told from the first values where it is left out.", choices=TYPE.choices, left_to=LEFT_TO),
    Member("separator", TEXT, "Between the items of a list.", default=",", left_to=LEFT_TO),
    Member("skip", TRUTH, "The column is left out.", left_to=LEFT_TO),
)  # fmt: skip
IDENTIFIER: Final = Body(
    Member("column", TEXT, left_to=LEFT_TO),
    Member("on", TEXT, choices=("native.user_id", "native.jimer_id", "native.email"), left_to=LEFT_TO),
)
OPTIONS: Final = Body(
    Member("reading", OBJECT.formed(properties=READING.schema()["properties"]), "How the file is read."),
    Member("identifier", OBJECT.formed(properties=IDENTIFIER.schema()["properties"]),
           "What names the users. Where it is left out: a column with a header such as User ID, Jimer ID or Email.", left_to=LEFT_TO),
    Member("columns", LIST, "Where each column goes. Columns that are not named are left out; all go where their header "
           "says if this is left out.", items=COLUMN, left_to=LEFT_TO),
    Member("mode", TEXT, "Whether users are changed, created, or both.", choices=tuple(MODES), left_to=LEFT_TO),
    Member("empty", TEXT, "What an empty cell does to the value that is there.", choices=tuple(EMPTY), left_to=LEFT_TO),
    Member("several", TEXT, "What a line does whose email several users have.", choices=tuple(SEVERAL), left_to=LEFT_TO),
    Member("tag", TEXT, "A tag for everybody in the file. Needs the scope tags.", left_to=LEFT_TO),
    Member("segment", NUMBER, "The id of a static segment for everybody in the file. Needs the scope segments.", left_to=LEFT_TO),
    Member("dry_run", TRUTH, "Only say what it would do.", default=False),
)  # fmt: skip
