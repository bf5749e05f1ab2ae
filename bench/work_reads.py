"""Workloads that read: runs, searches, metric histories."""

from __future__ import annotations

from typing import Any

import dataset
from dataset import PAGE, Loaded
from measure import Job
from session import Session, expect

ALL_PAGE = 1000


def get_run(session: Session, loaded: Loaded) -> Job:
    def operate(index: int) -> None:
        chosen = index * 7919 % loaded.sizes.runs
        answer = session.get("runs/get", run_id=loaded.run_ids[chosen])
        dataset.check_run(answer["run"], chosen)

    return Job(operate)


def search(session: Session, loaded: Loaded, **more: object) -> Any:
    request = {"experiment_ids": [loaded.main_experiment], "max_results": PAGE, **more}
    return session.post("runs/search", request)


def search_first(session: Session, loaded: Loaded) -> Job:
    expected = dataset.newest_first(loaded.sizes.runs)[:PAGE]
    return Job(lambda _: dataset.check_runs(search(session, loaded), expected))


def search_filter(session: Session, loaded: Loaded) -> Job:
    expected = dataset.filtered(loaded.sizes.runs)[:PAGE]

    def operate(_: int) -> None:
        answer = search(session, loaded, filter=dataset.FILTER, order_by=[dataset.FILTER_ORDER])
        dataset.check_runs(answer, expected)

    return Job(operate)


def search_like(session: Session, loaded: Loaded) -> Job:
    expected = dataset.tagged(loaded.sizes.runs)[:PAGE]

    def operate(_: int) -> None:
        dataset.check_runs(search(session, loaded, filter=dataset.LIKE_FILTER), expected)

    return Job(operate)


def page_token(session: Session, loaded: Loaded, number: int) -> str:
    """The token of a page, found by walking there once; tokens are the server's own, not to be made up."""
    if number == 1:
        return ""
    if number not in loaded.page_tokens:
        before = page_token(session, loaded, number - 1)
        loaded.page_tokens[number] = search(session, loaded, page_token=before)["next_page_token"]
    return loaded.page_tokens[number]


def search_page(session: Session, loaded: Loaded) -> Job:
    number = loaded.sizes.deep_page
    token = page_token(session, loaded, number)
    expected = dataset.newest_first(loaded.sizes.runs)[(number - 1) * PAGE : number * PAGE]
    return Job(lambda _: dataset.check_runs(search(session, loaded, page_token=token), expected))


def search_all(session: Session, loaded: Loaded) -> Job:
    """All runs, walking pages of 1000."""
    order = dataset.newest_first(loaded.sizes.runs)

    def operate(_: int) -> None:
        token, seen = "", 0
        while token or not seen:
            answer = search(session, loaded, max_results=ALL_PAGE, page_token=token)
            dataset.check_runs(answer, order[seen : seen + ALL_PAGE])
            seen += ALL_PAGE
            token = answer.get("next_page_token", "")
        expect(seen >= loaded.sizes.runs, f"the pages ended after {seen} runs")

    return Job(operate, warm=False)


def search_experiments(session: Session, loaded: Loaded) -> Job:
    count = min(1000, loaded.sizes.experiments)

    def operate(_: int) -> None:
        answer = session.post("experiments/search", {"max_results": count})
        found = answer["experiments"]
        expect(len(found) == count, f"got {len(found)} experiments instead of {count}")
        expect(all(item["lifecycle_stage"] == "active" and item["name"] for item in found), "bad experiment")

    return Job(operate)


def history_once(session: Session, loaded: Loaded) -> Job:
    def operate(_: int) -> None:
        answer = session.get("metrics/get-history", run_id=loaded.history_run, metric_key="loss")
        dataset.check_history(answer["metrics"], 0, loaded.sizes.points)

    return Job(operate)


def history_pages(session: Session, loaded: Loaded) -> Job:
    """The same in four pages, as clients since 2.0 ask for it."""
    points, page = loaded.sizes.points, loaded.sizes.history_page
    query = {"run_id": loaded.history_run, "metric_key": "loss", "max_results": page}

    def operate(_: int) -> None:
        token, seen = "", 0
        while token or not seen:
            more = {"page_token": token} if token else {}
            answer = session.get("metrics/get-history", **query, **more)
            dataset.check_history(answer["metrics"], seen, min(page, points - seen))
            seen += page
            token = answer.get("next_page_token", "")
        expect(seen >= points, f"the pages ended after {seen} points")

    return Job(operate)


def small_requests(session: Session, loaded: Loaded) -> Job:
    """Reads of one experiment, back to back: shows delays that are not work, such as Nagle's."""

    def operate(_: int) -> None:
        answer = session.get("experiments/get", experiment_id=loaded.main_experiment)
        expect(answer["experiment"]["name"] == "runs", f"got {answer['experiment']}")

    return Job(operate)
