"""The kinds of things that filters compare; each turns a comparison into SQL.

A field checks the value and the operator of a comparison, in this order, and answers with a condition
that is true or false for a row, never NULL. What a row lacks meets no comparison; `present`, for IS NULL,
tells what it lacks. Which entity has which fields: `mlflowlite.search.languages`.

`rows` in the classes below names a child table and ties it to the searched row: "params x WHERE
x.run_ref = r.id". The child is always `x`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mlflowlite.errors import MlflowError, invalid
from mlflowlite.search.dialects import Dialect
from mlflowlite.search.sql import (
    FALSE,
    LIST_OPERATORS,
    NUMERIC_OPERATORS,
    TEXT_OPERATORS,
    TRUE,
    Sql,
    all_of,
    any_of,
    integer_test,
    negated,
    number_of,
    one_of,
    real_test,
    row_ids,
    text_test,
)
from mlflowlite.search.tree import Number, Text, Texts, Value, Word

IS_PROMPT = "mlflow.prompt.is_prompt"


@dataclass(frozen=True)
class Scope:
    """What a search is about besides its filter.

    `datasets` are (name, digest) pairs, None for any; only searches of logged models have them.
    """

    dialect: Dialect
    experiment_ids: tuple[int, ...] = ()
    datasets: tuple[tuple[str | None, str | None], ...] = ()

    def key_id(self, name: str) -> Sql:
        """The id of the name of a metric, param or tag, in the experiment of the run `r`."""
        if len(self.experiment_ids) == 1:
            params = (self.experiment_ids[0], name)
            return Sql("(SELECT id FROM keys WHERE experiment_id = ? AND name = ?)", params)
        return Sql("(SELECT id FROM keys WHERE experiment_id = r.experiment_id AND name = ?)", (name,))

    def interned(self, name: str) -> Sql:
        """The child `x` of a run has the name."""
        key_id = self.key_id(name)
        return Sql(f"x.key_id = {key_id.text}", key_id.params)

    def exists(self, rows: str, *conditions: Sql) -> Sql:
        """Some child row meets all conditions; looked up row by row (see `dialects`)."""
        tests = [part for part in conditions if part is not TRUE]
        where = "".join(f" AND {part.text}" for part in tests)
        params = tuple(value for part in tests for value in part.params)
        return Sql(f"EXISTS (SELECT 1 FROM {rows}{where}{self.dialect.probe_end})", params)

    def on_datasets(self) -> Sql:
        """The metric value `x` of a logged model was taken on one of the datasets; TRUE without any."""
        tests = []
        for name, digest in self.datasets:
            given = [("x.dataset_name = ?", name), ("x.dataset_digest = ?", digest)]
            tests.append(all_of(Sql(text, (value,)) for text, value in given if value is not None))
        return any_of(tests) if tests else TRUE


class Field(Protocol):
    """A thing that can be compared."""

    def compare(self, key: str, operator: str, value: Value, scope: Scope) -> Sql:
        """The condition of a comparison. Raises a 400 for a value or an operator of the wrong kind."""

    def present(self, key: str, scope: Scope) -> Sql:
        """The condition that a row has a value at all; upstream knows it of params and tags only."""


@dataclass(frozen=True)
class TextColumn:
    """A text of the row itself.

    `list_keys` are the keys of its language that may be compared with lists. `bare` takes unquoted
    words and numbers as texts, too. `equal` is the condition for `=` when it is not that of any column:
    one that leads to an index which the column itself does not.
    """

    column: str
    list_keys: tuple[str, ...] = ()
    nullable: bool = False
    bare: bool = False
    equal: str = ""

    def compare(self, key: str, operator: str, value: Value, scope: Scope) -> Sql:
        if isinstance(value, Texts) and key not in self.list_keys:
            raise invalid(
                f"Only {sorted(self.list_keys)} attributes support comparison with a list of quoted "
                "string values."
            )
        text = value.text if self.bare and isinstance(value, Word | Number) else _texts(value, "attributes")
        _check(operator, TEXT_OPERATORS + LIST_OPERATORS * (key in self.list_keys))
        if operator == "=" and self.equal:
            return Sql(self.equal, (text,))
        return all_of([self.present(key, scope), text_test(self.column, operator, text, scope.dialect)])

    def present(self, key: str, scope: Scope) -> Sql:
        return Sql(f"{self.column} IS NOT NULL") if self.nullable else TRUE


@dataclass(frozen=True)
class IntegerColumn:
    """A whole number of the row itself.

    `whole` refuses fractions; `quoted` takes whole numbers in quotes, too.
    """

    column: str
    nullable: bool = False
    whole: bool = False
    quoted: bool = False

    def compare(self, key: str, operator: str, value: Value, scope: Scope) -> Sql:
        if not isinstance(value, Number | Text) or (isinstance(value, Text) and not self.quoted):
            raise invalid(f"Expected numeric value type for numeric attribute: {key}. Found {value}")
        _check(operator, NUMERIC_OPERATORS)
        if (self.whole or isinstance(value, Text)) and not _is_whole(value.text):
            raise invalid(f"Invalid value for numeric attribute '{key}': {value.text!r}")
        return all_of([self.present(key, scope), integer_test(self.column, operator, number_of(value.text))])

    def present(self, key: str, scope: Scope) -> Sql:
        return Sql(f"{self.column} IS NOT NULL") if self.nullable else TRUE


@dataclass(frozen=True)
class ExperimentId:
    """The integer id of an experiment, compared with quoted numbers (`semantics.md` §9.4)."""

    column: str

    def compare(self, key: str, operator: str, value: Value, scope: Scope) -> Sql:
        texts = _texts(value, "attributes")
        _check(operator, ("=", "!=", *LIST_OPERATORS))
        texts = texts if isinstance(texts, tuple) else (texts,)
        for text in texts:
            if not _is_whole(text):
                raise invalid(f"Invalid experiment ID '{text}'. Experiment ID must be a valid integer.")
        numbers = [number for number in map(number_of, texts) if isinstance(number, int)]
        found = one_of(self.column, row_ids(numbers), scope.dialect)
        return negated(found) if operator in ("!=", "NOT IN") else found

    def present(self, key: str, scope: Scope) -> Sql:
        return TRUE


@dataclass(frozen=True)
class ChildTexts:
    """Params or tags: texts by name in a child table. Only a row that has the name matches, even `!=`.

    `interned` names are rows of `keys`; otherwise the child has its name in the column `key`.
    """

    entity: str
    rows: str
    interned: bool = False
    lists: bool = False

    def compare(self, key: str, operator: str, value: Value, scope: Scope) -> Sql:
        if isinstance(value, Texts) and not self.lists:
            raise _unfit(value, f"{self.entity} (e.g. 'my-value')")
        text = _texts(value, f"{self.entity} (e.g. 'my-value')")
        _check(operator, TEXT_OPERATORS + LIST_OPERATORS * self.lists)
        return scope.exists(
            self.rows, self._named(key, scope), text_test("x.value", operator, text, scope.dialect)
        )

    def present(self, key: str, scope: Scope) -> Sql:
        return scope.exists(self.rows, self._named(key, scope))

    def _named(self, key: str, scope: Scope) -> Sql:
        return scope.interned(key) if self.interned else Sql("x.key = ?", (key,))


@dataclass(frozen=True)
class RegistryTags(ChildTexts):
    """Tags of the registry, where the tag that marks prompts has rules of its own (`semantics.md` §11.3)."""

    def compare(self, key: str, operator: str, value: Value, scope: Scope) -> Sql:
        test = super().compare(key, operator, value, scope)
        if key == IS_PROMPT and isinstance(value, Text):
            wanted = (operator, value.text.lower()) in (("=", "true"), ("!=", "false"))
            return test if wanted else self.no_prompt(scope)
        return test

    def no_prompt(self, scope: Scope) -> Sql:
        """The condition that a row is not marked as a prompt."""
        return negated(scope.exists(self.rows, Sql("x.key = ? AND x.value = ?", (IS_PROMPT, "true"))))


@dataclass(frozen=True)
class RunName:
    """A run's name, compared by its tag (`semantics.md` §9.2)."""

    tags: ChildTexts
    list_keys: tuple[str, ...]

    def compare(self, key: str, operator: str, value: Value, scope: Scope) -> Sql:
        TextColumn("", self.list_keys).compare(key, operator, value, scope)
        return self.tags.compare("mlflow.runName", operator, value, scope)

    def present(self, key: str, scope: Scope) -> Sql:
        return self.tags.present("mlflow.runName", scope)


@dataclass(frozen=True)
class ChildText:
    """One column of a child table of the row, as of the datasets that a run read."""

    rows: str
    column: str

    def compare(self, key: str, operator: str, value: Value, scope: Scope) -> Sql:
        text = _texts(value, "dataset attributes")
        _check(operator, TEXT_OPERATORS + LIST_OPERATORS)
        return scope.exists(self.rows, text_test(self.column, operator, text, scope.dialect))

    def present(self, key: str, scope: Scope) -> Sql:
        return scope.exists(self.rows)


@dataclass(frozen=True)
class LatestMetrics:
    """A run's latest values by metric. NaN is a value, which differs from every number."""

    rows: str

    def compare(self, key: str, operator: str, value: Value, scope: Scope) -> Sql:
        test = real_test("x.value", operator, metric_value(operator, value))
        # A CASE because PostgreSQL would else look the run up in the index on values: all of them, per run.
        nan = TRUE if operator == "!=" else FALSE
        case = Sql(f"CASE WHEN x.is_nan = 0 THEN {test.text} ELSE {nan.text} END", test.params)
        return scope.exists(self.rows, scope.interned(key), case)

    def present(self, key: str, scope: Scope) -> Sql:
        return scope.exists(self.rows, scope.interned(key))


@dataclass(frozen=True)
class LoggedMetrics:
    """All values of a logged model's metrics, on the datasets asked for (`semantics.md` §12.3)."""

    rows: str

    def compare(self, key: str, operator: str, value: Value, scope: Scope) -> Sql:
        test = real_test("x.value", operator, metric_value(operator, value))
        return scope.exists(self.rows, Sql("x.key = ?", (key,)), test, scope.on_datasets())

    def present(self, key: str, scope: Scope) -> Sql:
        return scope.exists(self.rows, Sql("x.key = ?", (key,)), scope.on_datasets())


def metric_value(operator: str, value: Value) -> float:
    """The number a metric is compared with. Raises a 400 for other values and other operators."""
    if not isinstance(value, Number):
        raise invalid(f"Expected numeric value type for metric. Found {value}")
    _check(operator, NUMERIC_OPERATORS)
    return float(value.text)


def _texts(value: Value, what: str) -> str | tuple[str, ...]:
    """The text or texts of a quoted value or list; `what` names the thing compared, for the error."""
    if isinstance(value, Text):
        return value.text
    if isinstance(value, Texts):
        return tuple(item.text for item in value.items)
    if isinstance(value, Word):
        raise invalid(
            "Parameter value is either not quoted or unidentified quote types used for string value "
            f"{value}. Use either single or double quotes."
        )
    raise _unfit(value, what)


def _unfit(value: Value, what: str) -> MlflowError:
    return invalid(f"Expected a quoted string value for {what}. Got value {value}")


def _check(operator: str, known: tuple[str, ...]) -> None:
    if operator not in known:
        raise invalid(f"Invalid comparator '{operator}' not one of {list(known)}")


def _is_whole(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").isdigit()
