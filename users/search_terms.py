"""Which words lead to a user: folded and without accents, from the name, the email, and every id."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

LONGEST_TERM: Final = 64
MOST_TERMS: Final = 60
WORD: Final = re.compile(r"[^\W_]+")


def plain(text: str) -> str:
    """Case and accents taken off: "Ångström" and "angstrom" are one."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def words(text: str) -> list[str]:
    return WORD.findall(plain(text))


def terms_of(name: str | None, email: str | None, ids: Iterable[str]) -> set[str]:
    """Words of the name; the email, its parts and domain; each id whole and its words. Prefixes are matched."""
    terms: list[str] = []
    if email:
        address = plain(email.strip())
        terms += [address, address.partition("@")[2], *words(email)]
    for text in ids:
        terms += [plain(text), *words(text)]
    terms += words(name or "")
    return without_prefixes(sorted({term[:LONGEST_TERM] for term in terms[:MOST_TERMS] if term}))


def without_prefixes(terms: list[str]) -> set[str]:
    """Sorted terms without those that another begins with: whatever finds them finds the longer one too."""
    return {
        term for number, term in enumerate(terms) if number + 1 == len(terms) or not terms[number + 1].startswith(term)
    }
