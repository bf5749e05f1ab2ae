"""Filters as text: what is understood, what is refused, and that nothing can break the parser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlflowlite.errors import INVALID_PARAMETER_VALUE, MlflowError
from mlflowlite.search.lexer import tokenize
from mlflowlite.search.parser import MAX_COMPARISONS, MAX_DEPTH, parse_filter
from mlflowlite.search.sql import MAX_PATTERN
from mlflowlite.search.tree import And, Comparison, IsNull, Name, Node, Not, Number, Or, Text, Texts, Word
from tests.test_search_meaning import ENTITIES, plan_any, plan_runs, refusal


def only_refused(action: Callable[[], object]) -> None:
    """Do something that may be refused, but may fail in no other way."""
    code = INVALID_PARAMETER_VALUE
    try:
        action()
    except MlflowError as error:
        code = error.error_code
    assert code == INVALID_PARAMETER_VALUE


class TestTree:
    """Texts to trees."""

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("metrics.m = 1", Name("metrics", "m")),
            ("metrics.1a = 1", Name("metrics", "1a")),
            ("tags.mlflow.runName = 1", Name("tags", "mlflow.runName")),
            ("metrics.`my metric/a:b` = 1", Name("metrics", "my metric/a:b")),
            ('metrics."a-b" = 1', Name("metrics", "a-b")),
            ("`metrics`.`m` = 1", Name("metrics", "m")),
            ("status = 1", Name(None, "status")),
            ("`run name` = 1", Name(None, "run name")),
            ('"run name" = 1', Name(None, "run name")),
        ],
    )
    def test_names(self, text: str, name: Name) -> None:
        """A name is an entity and a key, either of them quoted if need be."""
        assert parse_filter(text) == Comparison(name, "=", Number("1"))

    @pytest.mark.parametrize("text", ["'it''s'", '"it\'s"', "'a\\'b'", "''", "'AND'", "'é'", "'(1)'"])
    def test_texts_are_raw(self, text: str) -> None:
        """A quoted text is what stands between its quotes; nothing in it is special."""
        assert parse_filter(f"a = {text}") == Comparison(Name(None, "a"), "=", Text(text[1:-1], text[0]))

    @pytest.mark.parametrize(
        "text", ["1", "-1", "+1", "1.5", ".5", "1.", "1e5", "-2.5E-3", "1e400", "9" * 40]
    )
    def test_numbers(self, text: str) -> None:
        """Numbers have a sign, decimals and an exponent if they like."""
        assert parse_filter(f"a>{text}") == Comparison(Name(None, "a"), ">", Number(text))

    def test_keywords_in_any_case(self) -> None:
        """Keywords may be written in any case, and operators need no blanks around them."""
        tree = parse_filter("a='x' and b not In ('y',) AND c is Not null aNd d ilike 'z'")
        assert isinstance(tree, And)
        assert tree.parts[1] == Comparison(Name(None, "b"), "NOT IN", Texts((Text("y"),)))
        assert tree.parts[2] == IsNull(Name(None, "c"), True)
        assert tree.parts[3] == Comparison(Name(None, "d"), "ILIKE", Text("z"))

    def test_precedence(self) -> None:
        """NOT binds closer than AND, AND closer than OR; parentheses decide otherwise."""
        assert str(parse_filter("a = 1 OR NOT b = 2 AND c = 3")) == "`a` = 1 OR (NOT `b` = 2 AND `c` = 3)"
        assert str(parse_filter("(a = 1 OR b = 2) AND c = 3")) == "(`a` = 1 OR `b` = 2) AND `c` = 3"

    def test_empty(self) -> None:
        """The empty filter matches everything; one of blanks only is refused, as upstream does."""
        assert parse_filter("") is None
        assert refusal("runs", "  ") == "Invalid filter '  '. Could not be parsed."

    @pytest.mark.parametrize(
        "text",
        [
            "metrics.m > 1;",
            "metrics.m > 1 -- x",
            "metrics.m > 1 metrics.m < 2",
            "AND metrics.m > 1",
            "metrics.m > 1 AND",
            "metrics.m > 1 AND AND metrics.m < 2",
            "metrics.m >",
            "metrics.m",
            "'x'",
            "1 < metrics.m",
            "metrics . m > 1",
            "metrics.a-b > 1",
            "metrics.a/b > 1",
            "params.p = 'abc",
            "metrics.m > 0x10",
            "metrics.m > 1AND metrics.m < 2",
            "(metrics.m > 1",
            "metrics.m > 1)",
            "run_id IN 'a'",
            "run_id = ('a')",
            "params.p IS 'a'",
        ],
    )
    def test_what_is_no_filter(self, text: str) -> None:
        """Anything the grammar does not know is refused with the text from there on."""
        assert refusal("runs", text).startswith("Invalid clause(s) in filter string: '")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("run_id IN ()", "expected a non-empty list of string values, but got empty list"),
            ("run_id IN (1)", "but got different type in list"),
            ("run_id IN ('a' 'b')", "but got ill-formed list"),
            ("run_id IN ('a'", "but got ill-formed list"),
        ],
    )
    def test_lists(self, text: str, message: str) -> None:
        """A list holds quoted texts, at least one."""
        assert message in refusal("runs", text)


class TestLimits:
    """No filter can hurt the server."""

    def test_depth(self) -> None:
        """Nesting has a limit far below Python's stack."""
        assert parse_filter("(" * MAX_DEPTH + "a = 1" + ")" * MAX_DEPTH) is not None
        assert str(MAX_DEPTH) in refusal("runs", "(" * 100_000)
        assert str(MAX_DEPTH) in refusal("runs", "NOT " * 100_000 + "status = 'x'")

    def test_comparisons(self) -> None:
        """The number of comparisons has a limit, which the error names."""
        plan_runs(" AND ".join(["status = 'x'"] * MAX_COMPARISONS))
        assert str(MAX_COMPARISONS) in refusal("runs", " OR ".join(["status = 'x'"] * (MAX_COMPARISONS + 1)))

    def test_patterns(self) -> None:
        """A pattern is no longer than SQLite can take."""
        plan_runs(f"status LIKE '{'%' * MAX_PATTERN}'")
        assert str(MAX_PATTERN) in refusal("runs", f"status LIKE '{'%' * (MAX_PATTERN + 1)}'")

    @pytest.mark.parametrize("entity", ENTITIES)
    @pytest.mark.parametrize("bad", ["\0", "\ud800"])
    def test_characters(self, entity: str, bad: str) -> None:
        """NUL and lone surrogates are refused wherever they stand."""
        refusal(entity, f"name = 'a{bad}b'")
        if entity != "logged":
            refusal(entity, "", f"name{bad}")

    def test_order_entries(self) -> None:
        """The number of order entries has a limit."""
        assert "20" in refusal("runs", "", *(f"metrics.m{number}" for number in range(21)))


NAMES = st.builds(
    Name,
    st.sampled_from([None, "metrics", "tags", "params"]),
    st.text(st.characters(exclude_characters="`\0", exclude_categories=["Cs"]), min_size=1),
)
TEXTS = st.builds(Text, st.text(st.characters(exclude_characters="'\\\0", exclude_categories=["Cs"])))
NUMBERS = st.builds(lambda number: Number(repr(number)), st.floats(allow_nan=False, allow_infinity=False))
COMPARISONS = st.one_of(
    st.builds(Comparison, NAMES, st.sampled_from(["=", "!=", "LIKE", "<="]), st.one_of(TEXTS, NUMBERS)),
    st.builds(
        Comparison,
        NAMES,
        st.sampled_from(["IN", "NOT IN"]),
        st.builds(Texts, st.lists(TEXTS, min_size=1, max_size=3).map(tuple)),
    ),
    st.builds(Comparison, NAMES, st.just("="), st.just(Word("bare"))),
    st.builds(IsNull, NAMES, st.booleans()),
)


def joined(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(And, several), st.builds(Or, several), st.builds(Not, parts))


SOME_WORDS = [
    *(
        "metrics.m",
        "tags.t",
        "name",
        "status",
        "version_number",
        "NOT",
        "AND",
        "OR",
        "IN",
        "LIKE",
        "IS",
        "NULL",
    ),
    *("=", "!=", ">", "(", ")", ",", "`", '"', "'", ".", "'x'", "('x')", "1", "1e400", "9" * 5000),
]

TREES: st.SearchStrategy[Node] = st.recursive(COMPARISONS, joined, max_leaves=8)


class TestProperties:
    """What holds for all texts and all trees."""

    @given(TREES)
    @example(Comparison(Name("metrics", "."), "=", Text("")))
    def test_printed_tree_parses_back(self, tree: Node) -> None:
        """A printed tree parses back to itself."""
        assert parse_filter(str(tree)) == tree

    @given(st.sampled_from(ENTITIES), st.text())
    def test_garbage(self, entity: str, text: str) -> None:
        """Whatever the text, the only exception is the one that clients see."""
        only_refused(lambda: plan_any(entity, text))
        only_refused(lambda: plan_any(entity, "", text))

    @given(
        st.sampled_from(ENTITIES),
        st.lists(
            st.sampled_from(SOME_WORDS),
            max_size=12,
        ),
    )
    def test_shuffled_words(self, entity: str, words: list[str]) -> None:
        """The language's own words in any order raise nothing else either."""
        only_refused(lambda: plan_any(entity, " ".join(words)))

    @given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
    def test_tokens_lose_nothing(self, text: str) -> None:
        """Tokens hold every character of a text but the blanks between them, in order."""
        end = 0
        for token in tokenize(text):
            assert text.startswith(token.text, token.start)
            assert not text[end : token.start].strip()
            end = token.start + len(token.text)
        assert end == len(text)
