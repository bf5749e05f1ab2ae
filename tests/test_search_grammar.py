"""Filters and orders as text: what is understood, what is refused and how."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflowlite.errors import INVALID_PARAMETER_VALUE, MlflowError
from mlflowlite.search import (
    SearchPlan,
    plan_experiment_search,
    plan_logged_model_search,
    plan_model_version_search,
    plan_registered_model_search,
    plan_run_search,
)
from mlflowlite.search.lexer import tokenize
from mlflowlite.search.parser import MAX_COMPARISONS, MAX_DEPTH, parse_filter, parse_order
from mlflowlite.search.sql import MAX_PATTERN
from mlflowlite.search.tree import And, Comparison, IsNull, Name, Node, Not, Number, Or, Text, Texts, Word


def plan_runs(filter_string: str = "", *order_by: str) -> SearchPlan:
    return plan_run_search([1], filter_string, order_by, ["active"], "sqlite")


def plan_any(entity: str, filter_string: str, *order_by: str) -> SearchPlan:
    if entity == "runs":
        return plan_runs(filter_string, *order_by)
    if entity == "experiments":
        return plan_experiment_search(filter_string, order_by, ["active"], "sqlite")
    if entity == "models":
        return plan_registered_model_search(filter_string, order_by, "sqlite")
    if entity == "versions":
        return plan_model_version_search(filter_string, order_by, "sqlite")
    return plan_logged_model_search([1], filter_string, [], [], "sqlite")


ENTITIES = ["runs", "experiments", "models", "versions", "logged"]


def refusal(entity: str, filter_string: str, *order_by: str) -> str:
    """The message a filter or order is refused with."""
    with pytest.raises(MlflowError) as caught:
        plan_any(entity, filter_string, *order_by)
    assert caught.value.error_code == INVALID_PARAMETER_VALUE
    return caught.value.message


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


class TestMeaning:
    """What the languages let one compare; messages as the stock server words them."""

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("foo = 'x'", "Invalid attribute key 'foo' specified. Valid keys are "),
            ("Status = 'RUNNING'", "Invalid attribute key 'Status' specified."),
            ("experiment_id = '1'", "Invalid attribute key 'experiment_id' specified."),
            ("foo.x = 'x'", "Invalid entity type 'foo'. Valid values are "),
            ("METRICS.m > 0", "Invalid entity type 'METRICS'."),
            ("dataset.foo = 'x'", "Invalid dataset key 'foo' specified."),
            ("metrics.m = '1'", "Expected numeric value type for metric. Found '1'"),
            ("metrics.m > nan", "Expected numeric value type for metric. Found nan"),
            ("metrics.m LIKE 1", "Invalid comparator 'LIKE' not one of "),
            ("metrics.m == 1", "Invalid comparator '==' not one of "),
            ("metrics.m <> 1", "Invalid comparator '<>' not one of "),
            ("status > 'R'", "Invalid comparator '>' not one of "),
            ("tags.x ~ 'a'", "Invalid comparator '~' not one of "),
            ("params.p = 1", "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 1"),
            ("params.p IN ('a')", "Expected a quoted string value for parameter"),
            ("params.p = abc", "Parameter value is either not quoted or unidentified quote types used for"),
            ("status = 3", "Expected a quoted string value for attributes. Got value 3"),
            ("start_time = 'x'", "Expected numeric value type for numeric attribute: start_time. Found 'x'"),
            ("dataset.name = 1", "Expected a quoted string value for dataset attributes. Got value 1"),
            (
                "user_id IN ('a')",
                "Only ['run_id'] attributes support comparison with a list of quoted string",
            ),
            (
                "run_name IN ('a')",
                "Only ['run_id'] attributes support comparison with a list of quoted string",
            ),
            (
                "metrics.m IS NULL",
                "IS NULL / IS NOT NULL is only supported for tags and params, not for 'metric'",
            ),
            ("run_id IS NULL", "IS NULL / IS NOT NULL is only supported for tags and params, not for"),
        ],
    )
    def test_runs_refuse(self, text: str, message: str) -> None:
        """Searches of runs refuse unknown names and values or operators that don't fit."""
        assert refusal("runs", text).startswith(message)

    @pytest.mark.parametrize(
        ("entity", "text"),
        [
            ("experiments", "attributes.name = 'x'"),
            ("experiments", "params.p = 'x'"),
            ("experiments", "experiment_id = 1"),
            ("experiments", "experiment_id = 'x'"),
            ("experiments", "experiment_id > '1'"),
            ("experiments", "experiment_id LIKE '1'"),
            ("experiments", "name IN ('x')"),
            ("experiments", "creation_time > '1'"),
            ("experiments", "creation_time > 1.5"),
            ("experiments", "name IS NULL"),
            ("experiments", "tags.t IN ('x')"),
            ("models", "attributes.name = 'x'"),
            ("models", "creation_timestamp > 1"),
            ("models", "name > 'x'"),
            ("models", "tags.t IS NULL"),
            ("models", "tags.t IN ('x')"),
            ("versions", "stage = 'Production'"),
            ("versions", "version = 1"),
            ("versions", "version_number = 'x'"),
            ("versions", "version_number = 1.5"),
            ("versions", "source_path IN ('x')"),
            ("versions", "run_id IN ()"),
            ("logged", "attribute.name = 'x'"),
            ("logged", "param.p = 'x'"),
            ("logged", "unknown = 'x'"),
            ("logged", "metrics.m = 'x'"),
            ("logged", "metrics.m IN ('x')"),
            ("logged", "name > 'x'"),
            ("logged", "creation_timestamp = '1'"),
            ("logged", "tags.t IS NULL"),
            ("logged", "params.p = 1"),
        ],
    )
    def test_others_refuse(self, entity: str, text: str) -> None:
        """Every other search refuses what its table does not hold."""
        refusal(entity, text)

    @pytest.mark.parametrize(
        ("entity", "text"),
        [
            ("runs", "run.run_id NOT IN ('a', \"b\")"),
            ("runs", "attr.Created > 1.5 AND parameter.p IS NULL AND tag.t IS NOT NULL"),
            ("runs", "datasets.context IN ('train') AND dataset.name LIKE 'x' AND dataset.digest != 'y'"),
            ("experiments", "attribute.name ILIKE 'x' AND experiment_id IN ('1', '-2') AND tags.t IS NULL"),
            ("models", "name IN ('a') AND tag.`a b` != 'x'"),
            (
                "versions",
                "version_number >= '1' AND version_number < 5 AND run_id IN ('x') AND source_path LIKE 'y'",
            ),
            ("logged", "name = bare AND status = 2 AND status IN ('2') AND attributes.experiment_id = '1'"),
            ("logged", "creation_time > 1 AND attributes.creation_timestamp_ms > 1 AND params.p IN ('x')"),
        ],
    )
    def test_all_spellings(self, entity: str, text: str) -> None:
        """The spellings and aliases of the tables are understood."""
        plan_any(entity, text)


class TestOrder:
    """Order entries."""

    @pytest.mark.parametrize(
        ("text", "parsed"),
        [
            ("metrics.m", (Name("metrics", "m"), False)),
            ("metrics.`a-b` desc", (Name("metrics", "a-b"), True)),
            (" start_time  DESC ", (Name(None, "start_time"), True)),
            ("`run name` Asc", (Name(None, "run name"), False)),
        ],
    )
    def test_entries(self, text: str, parsed: tuple[Name, bool]) -> None:
        """An entry is a name and perhaps a direction."""
        assert parse_order(text) == parsed

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "Invalid order_by clause ''. Could not be parsed."),
            ("start_time + 1", "Invalid order_by clause"),
            ("metrics.m DESC NULLS FIRST", "Invalid order_by clause"),
            ("metrics.m, start_time", "Invalid order_by clause"),
            ("metrics.m upwards", "Invalid ordering key in order_by clause 'metrics.m upwards'."),
            ("lifecycle_stage", "Invalid attribute key 'lifecycle_stage' specified."),
            ("dataset.name", "Invalid identifier type 'dataset'"),
        ],
    )
    def test_refused(self, text: str, message: str) -> None:
        """NULLS FIRST, expressions, lists and unknown fields are refused."""
        assert refusal("runs", "", text).startswith(message)

    @pytest.mark.parametrize(
        ("entity", "order"),
        [
            ("runs", ["start_time", "attributes.created DESC"]),
            ("runs", ["metrics.m", "metric.`m` DESC"]),
            ("experiments", ["name", "name"]),
            ("models", ["timestamp", "last_updated_timestamp"]),
            ("versions", ["version_number", "version_number"]),
        ],
    )
    def test_twice(self, entity: str, order: list[str]) -> None:
        """The same field twice, under any of its names, is refused."""
        assert refusal(entity, "", *order).startswith("`order_by` contains duplicate fields: ")

    @pytest.mark.parametrize(
        ("entity", "order"),
        [
            ("experiments", "tags.t"),
            ("models", "creation_timestamp"),
            ("versions", "run_id"),
            ("models", "tags.t"),
        ],
    )
    def test_unknown(self, entity: str, order: str) -> None:
        """Each search has its own list of what it sorts by."""
        refusal(entity, "", order)


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


TREES: st.SearchStrategy[Node] = st.recursive(COMPARISONS, joined, max_leaves=8)


class TestProperties:
    """What holds for all texts and all trees."""

    @given(TREES)
    def test_printed_tree_parses_back(self, tree: Node) -> None:
        """A printed tree parses back to itself."""
        assert parse_filter(str(tree)) == tree

    @given(st.sampled_from(ENTITIES), st.text())
    def test_garbage(self, entity: str, text: str) -> None:
        """Whatever the text, the only exception is the one that clients see."""
        for filter_string, order in ((text, []), ("", [text])):
            try:
                plan_any(entity, filter_string, *order)
            except MlflowError as error:
                assert error.error_code == INVALID_PARAMETER_VALUE

    @given(
        st.sampled_from(ENTITIES),
        st.lists(
            st.sampled_from(
                [
                    "metrics.m",
                    "tags.t",
                    "name",
                    "status",
                    "=",
                    "!=",
                    ">",
                    "LIKE",
                    "IN",
                    "NOT",
                    "AND",
                    "OR",
                    "(",
                    ")",
                ]
                + [
                    "'x'",
                    "('x')",
                    "1",
                    "1e400",
                    "IS",
                    "NULL",
                    ",",
                    "`",
                    '"',
                    "'",
                    ".",
                    "version_number",
                    "9" * 5000,
                ]
            ),
            max_size=12,
        ),
    )
    def test_shuffled_words(self, entity: str, words: list[str]) -> None:
        """The language's own words in any order raise nothing else either."""
        try:
            plan_any(entity, " ".join(words))
        except MlflowError as error:
            assert error.error_code == INVALID_PARAMETER_VALUE

    @given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
    def test_tokens_lose_nothing(self, text: str) -> None:
        """Tokens hold every character of a text but the blanks between them."""
        try:
            tokens = tokenize(text)
        except MlflowError:
            return
        assert all(text.startswith(token.text, token.start) for token in tokens)
        assert sum(len(token.text) for token in tokens) <= len(text)
