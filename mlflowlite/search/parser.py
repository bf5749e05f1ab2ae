"""Tokens to a syntax tree: one grammar for the filters and orders of all entities.

    filter     := all ("OR" all)*
    all        := one ("AND" one)*
    one        := "NOT" one | "(" filter ")" | comparison
    comparison := name operator value | name ["NOT"] "IN" list | name "IS" ["NOT"] "NULL"
    order      := name ["ASC" | "DESC"]

OR, NOT and parentheses go beyond upstream, which joins by AND only (`semantics.md` §9.1). Unlike
upstream, a missing or doubled AND is refused.
"""

from __future__ import annotations

from mlflowlite.errors import invalid
from mlflowlite.search.lexer import Token, excerpt, tokenize
from mlflowlite.search.tree import (
    And,
    Comparison,
    IsNull,
    Name,
    Node,
    Not,
    Number,
    Or,
    Text,
    Texts,
    Value,
    Word,
)

MAX_DEPTH = 100
MAX_COMPARISONS = 200


def parse_filter(source: str) -> Node | None:
    """The tree of a filter; None for the empty one, which everything matches.

    Raises a 400 for anything the grammar does not know, for more than MAX_COMPARISONS comparisons and
    for parentheses or NOTs nested deeper than MAX_DEPTH.
    """
    if not source:
        return None
    parser = _Parser(source)
    if parser.token.kind == "end":
        raise invalid(f"Invalid filter {excerpt(source)}. Could not be parsed.")
    tree = parser.any_of(0)
    if parser.token.kind != "end":
        raise parser.invalid_clause()
    return tree


def parse_order(source: str) -> tuple[Name, bool]:
    """An order entry as (name, descending). Raises a 400 for anything but `name [ASC|DESC]`."""
    parser = _Parser(source)
    unparsable = invalid(f"Invalid order_by clause {excerpt(source)}. Could not be parsed.")
    name = parser.name()
    if name is None:
        raise unparsable
    direction = parser.token
    if direction.kind == "end":
        return name, False
    parser.advance()
    if direction.kind != "word" or parser.token.kind != "end":
        raise unparsable
    if direction.text.upper() not in ("ASC", "DESC"):
        raise invalid(f"Invalid ordering key in order_by clause {excerpt(source)}.")
    return name, direction.text.upper() == "DESC"


class _Parser:
    """A cursor over the tokens of one text."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = tokenize(source)
        self.position = 0
        self.comparisons = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def advance(self) -> Token:
        token = self.token
        self.position += token.kind != "end"
        return token

    def take_word(self, word: str) -> bool:
        """Step over a keyword if it is next."""
        found = self.token.is_word(word)
        self.position += found
        return found

    def take_mark(self, mark: str) -> bool:
        """Step over a punctuation mark if it is next."""
        found = self.token.kind == "mark" and self.token.text == mark
        self.position += found
        return found

    def any_of(self, depth: int) -> Node:
        parts = [self.all_of(depth)]
        while self.take_word("OR"):
            parts.append(self.all_of(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def all_of(self, depth: int) -> Node:
        parts = [self.one(depth)]
        while self.take_word("AND"):
            parts.append(self.one(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def one(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise invalid(f"A filter can't nest parentheses and NOT deeper than {MAX_DEPTH}.")
        if self.take_word("NOT"):
            return Not(self.one(depth + 1))
        if self.take_mark("("):
            inside = self.any_of(depth + 1)
            if not self.take_mark(")"):
                raise self.invalid_clause()
            return inside
        return self.comparison()

    def comparison(self) -> Comparison | IsNull:
        start = self.token.start
        self.comparisons += 1
        if self.comparisons > MAX_COMPARISONS:
            raise invalid(f"A filter can't hold more than {MAX_COMPARISONS} comparisons.")
        name = self.name()
        if name is None:
            raise self.invalid_clause()
        if self.take_word("IS"):
            negated = self.take_word("NOT")
            if not self.take_word("NULL"):
                raise self.invalid_clause(start)
            return IsNull(name, negated)
        operator = self.operator()
        if operator is None:
            raise self.invalid_clause(start)
        value = self.value(start)
        if isinstance(value, Texts) != (operator in ("IN", "NOT IN")):
            raise self.invalid_clause(start)
        return Comparison(name, operator, value)

    def name(self) -> Name | None:
        """The name that is next, if one is."""
        token = self.token
        if token.kind in ("word", "back") or (token.kind == "text" and token.text[0] == '"'):
            if token.kind == "word" and token.text.upper() in ("AND", "OR", "NOT"):
                return None
            self.advance()
            return Name(None, _unquoted(token.text))
        if token.kind != "dotted":
            return None
        self.advance()
        after_entity = token.text.index("`", 1) + 1 if token.text[0] == "`" else token.text.index(".")
        return Name(_unquoted(token.text[:after_entity]), _unquoted(token.text[after_entity + 1 :]))

    def operator(self) -> str | None:
        """The operator that is next, if one is."""
        if self.token.kind == "operator":
            return self.advance().text
        for word in ("LIKE", "ILIKE", "RLIKE", "IN"):
            if self.take_word(word):
                return word
        if self.token.is_word("NOT") and self.tokens[self.position + 1].is_word("IN"):
            self.position += 2
            return "NOT IN"
        return None

    def value(self, start: int) -> Value:
        if self.take_mark("("):
            return self.texts()
        token = self.advance()
        if token.kind == "text":
            return Text(token.text[1:-1], token.text[0])
        if token.kind == "number":
            return Number(token.text)
        if token.kind in ("word", "dotted", "back"):
            return Word(token.text)
        raise self.invalid_clause(start)

    def texts(self) -> Texts:
        """The rest of a list whose parenthesis is open; a comma may end it."""
        items: list[Text] = []
        while not self.take_mark(")"):
            token = self.advance()
            if token.kind in ("number", "word"):
                raise invalid(
                    "While parsing a list in the query, expected string value, punctuation, or whitespace, "
                    f"but got different type in list: {token.text}"
                )
            closed = self.token.kind == "mark" and self.token.text == ")"
            if token.kind != "text" or not (closed or self.take_mark(",")):
                raise invalid(
                    "While parsing a list in the query, expected a non-empty list of string values, "
                    "but got ill-formed list."
                )
            items.append(Text(token.text[1:-1], token.text[0]))
        if not items:
            raise invalid(
                "While parsing a list in the query, expected a non-empty list of string values, "
                "but got empty list"
            )
        return Texts(tuple(items))

    def invalid_clause(self, start: int | None = None) -> Exception:
        """The error for the text from a position on; by default from the next token."""
        start = self.token.start if start is None else start
        return invalid(f"Invalid clause(s) in filter string: {excerpt(self.source, start)}")


def _unquoted(text: str) -> str:
    return text[1:-1] if text[0] in "`\"'" else text
