"""Raw requests are answered as the stock server answered them, but for the differences we chose."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat_tests.replay import compare, listing, record
from compat_tests.replay.differences import DIFFERENCES
from compat_tests.replay.normalise import Normaliser
from compat_tests.replay.play import Answer, over_wsgi, play
from compat_tests.replay.script import Script
from compat_tests.replay.scripts import SCRIPTS
from mlflowlite.app import App

LARGEST_RECORDING = 1_500_000


@pytest.mark.parametrize("name", SCRIPTS)
def test_answers_are_those_of_the_stock_server(name: str, app: App, tmp_path: Path) -> None:
    """Every step of a script gets the recorded answer, or differs in the way that is listed."""
    script = SCRIPTS[name]
    ours = play(script, over_wsgi(app), listing.placeholders(tmp_path))
    failures = compare.failures(script, record.read(script), ours, listing.read()[name])
    assert not failures, f"{len(failures)} of {len(script.steps)} steps:\n\n" + "\n\n".join(failures)


def test_every_difference_occurs() -> None:
    """A difference that no step shows is none."""
    shown = {why for steps in listing.read().values() for why in steps.values()}
    assert shown == set(DIFFERENCES)


def test_the_page_of_differences_is_current() -> None:
    """docs/differences.md is made from the list."""
    assert listing.PAGE.read_text(encoding="utf-8") == listing.page(listing.read())


def test_recordings_are_small_and_of_no_machine() -> None:
    """What is checked in stays readable, and holds no path of the machine that recorded it."""
    texts = [path.read_text(encoding="utf-8") for path in record.RECORDED.glob("*.json")]
    assert sum(map(len, texts)) < LARGEST_RECORDING
    assert not any("/tmp/" in text or "/home/" in text for text in texts)


class TestComparison:
    """The yardstick itself."""

    SCRIPT = Script("s", "One request.")
    SCRIPT.get("experiments/get", {"experiment_id": "7"})

    def judge(self, stock: Answer, ours: Answer, why: str | None = None) -> list[str]:
        listed = {self.SCRIPT.steps[0].name: why} if why else {}
        return compare.failures(self.SCRIPT, [stock], [ours], listed)

    def test_numbers_of_another_type_differ(self) -> None:
        """1 is neither 1.0 nor true."""
        for value in (1.0, True, "1"):
            failure = self.judge(Answer(200, {"a": 1}, {}), Answer(200, {"a": value}, {}))
            assert "body.a" in failure[0]

    def test_a_listed_difference_has_to_occur(self) -> None:
        """A step that is listed as differing, but answers alike, fails."""
        same = Answer(200, {"a": 1}, {})
        assert self.judge(same, same) == []
        assert "shows no difference" in self.judge(same, same, "server-errors")[0]

    def test_a_difference_has_to_be_the_listed_one(self) -> None:
        """A step that differs in another way than it is listed with fails."""
        stock, ours = Answer(500, "<page>", {}), Answer(404, {"error_code": "X", "message": "y"}, {})
        assert self.judge(stock, ours, "server-errors") == []
        assert "shows server-errors, listed is lengths" in self.judge(stock, ours, "lengths")[0]
        assert "listed is none" in self.judge(stock, ours)[0]

    def test_field_rules(self) -> None:
        """Ids, times, made-up names and tokens are placeholders; lists without an order are sorted."""
        run = "0123456789abcdef0123456789abcdef"
        normalise = Normaliser({"/srv/x": "<folder>"}, {"run": run, "exp": "12"})
        assert normalise(
            {
                "experiment_id": "12",
                "run_id": run,
                "model_id": f"m-{run[::-1]}",
                "run_name": "able-hare-12",
                "artifact_uri": f"mlflow-artifacts:/12/{run}/artifacts",
                "creation_time": 1795258978076,
                "start_time": 12,
                "next_page_token": "abc",
                "tags": [{"key": "b"}, {"key": "a"}],
                "metrics": [{"key": "b"}, {"key": "a"}],
                "sqlstate": "x",
                "message": "No Experiment with id=12 in /srv/x: {'b', 'a'}",
            }
        ) == {
            "experiment_id": "<exp>",
            "run_id": "<run>",
            "model_id": "<id 1>",
            "run_name": "<name>",
            "artifact_uri": "mlflow-artifacts:/<exp>/<run>/artifacts",
            "creation_time": "<time>",
            "start_time": 12,
            "next_page_token": "<token>",
            "tags": [{"key": "a"}, {"key": "b"}],
            "metrics": [{"key": "b"}, {"key": "a"}],
            "message": "No Experiment with id=<exp> in <folder>: {'a', 'b'}",
        }
