"""What each search lets one compare and sort by, and how it words its refusals."""

from __future__ import annotations

import pytest

from mlflowlite.errors import INVALID_PARAMETER_VALUE, MlflowError
from mlflowlite.search import (
    SearchPlan,
    plan_experiment_search,
    plan_logged_model_search,
    plan_model_version_search,
    plan_registered_model_search,
    plan_run_search,
)
from mlflowlite.search.parser import parse_order
from mlflowlite.search.tree import Name


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


class TestFilters:
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
            ("lifecycle_stage IS NULL", "Invalid attribute key 'lifecycle_stage' specified."),
            ("dataset.source IS NOT NULL", "Invalid dataset key 'source' specified."),
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
            ("experiments", "metrics.m IS NULL"),
            ("experiments", "tags.t IN ('x')"),
            ("models", "attributes.name = 'x'"),
            ("models", "creation_timestamp > 1"),
            ("models", "name > 'x'"),
            ("models", "description IS NULL"),
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
            ("logged", "tag.t IS NULL"),
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
            (
                "runs",
                "metric.m IS NULL AND `Run name` IS NOT NULL AND created IS NULL AND dataset.name is null",
            ),
            ("runs", "datasets.context IN ('train') AND dataset.name LIKE 'x' AND dataset.digest != 'y'"),
            ("experiments", "attribute.name ILIKE 'x' AND experiment_id IN ('1', '-2') AND tags.t IS NULL"),
            ("models", "name IN ('a') AND tag.`a b` != 'x' AND tags.t IS NULL AND name IS NOT NULL"),
            ("versions", "run_id IS NULL OR version_number IS NULL OR tag.t IS NOT NULL"),
            ("logged", "metrics.m IS NULL AND params.p IS NULL AND tags.t IS NULL AND status IS NOT NULL"),
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
