"""Filter and order texts as tokens.

The words of the language are those of `semantics.md` §9.1. A token knows where it stands, so that
errors can show the rest of the text from there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mlflowlite.errors import invalid

# A quoted text holds anything but its quote; doubled or backslashed quotes are part of the text, raw.
_SINGLE = r"'(?:''|\\'|[^'])*'"
_DOUBLE = r'"(?:""|\\"|[^"])*"'
_BACK = r"`[^`]*`"
_TOKEN = re.compile(
    rf"""
      (?P<blank>\s+)
    | (?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.]))
    | (?P<dotted>(?:[^\W\d]\w*|`[^\W\d]\w*`)\.(?:{_BACK}|{_DOUBLE}|\w[\w.]*))
    | (?P<word>[^\W\d]\w*)
    | (?P<back>{_BACK})
    | (?P<text>{_SINGLE}|{_DOUBLE})
    | (?P<operator>[<>=!]=|<>|[<>=~])
    | (?P<mark>[(),])
    | (?P<end>\Z)
    """,
    re.VERBOSE,
)
MAX_TOKENS = 200_000  # room for a list of 50,000 run ids, and well below what would hold up others
_SHOWN = 100  # characters of a faulty text that an error repeats


@dataclass(frozen=True)
class Token:
    """One token: its kind (a group of the pattern), its text, and where it starts."""

    kind: str
    text: str
    start: int

    def is_word(self, word: str) -> bool:
        """Whether this is the keyword, in any case."""
        return self.kind == "word" and self.text.upper() == word


def tokenize(source: str) -> list[Token]:
    """The tokens of a text, blanks left out, the last one of kind "end".

    The rest of a text from where no token starts becomes one of kind "bad", for the parser to refuse.
    Raises a 400 for NUL characters and for text that UTF-8 can't hold.
    """
    check_text(source)
    tokens: list[Token] = []
    position = 0
    while True:
        if len(tokens) > MAX_TOKENS:
            raise invalid(f"A filter can hold at most {MAX_TOKENS} words, values and signs.")
        match = _TOKEN.match(source, position)
        if match is None:
            return [*tokens, Token("bad", source[position:], position), Token("end", "", len(source))]
        kind = str(match.lastgroup)
        if kind != "blank":
            tokens.append(Token(kind, match.group(), position))
        if kind == "end":
            return tokens
        position = match.end()


def check_text(source: str) -> None:
    """Refuse what no database can compare: NUL characters and lone surrogates."""
    if "\0" in source:
        raise invalid("A filter or order can't hold a NUL character.")
    try:
        source.encode()
    except UnicodeEncodeError as error:
        raise invalid(f"A filter or order must be valid Unicode text: {error.reason}.") from error


def excerpt(source: str, start: int = 0) -> str:
    """The quoted rest of a text from a position, cut when long."""
    rest = source[start : start + _SHOWN]
    return f"'{rest}…'" if len(source) > start + _SHOWN else f"'{rest}'"
