"""Compares two servers' answers to a script, and says readably where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compat_tests.replay.differences import explain
from compat_tests.replay.normalise import canonical
from compat_tests.replay.play import Answer
from compat_tests.replay.script import Script

SHOWN_CHARACTERS = 300
SHOWN_FIELDS = 6
UNEXPLAINED = "an unexplained difference"


def failures(
    script: Script, stock: Sequence[Answer], ours: Sequence[Answer], listed: Mapping[str, str]
) -> list[str]:
    """One paragraph for each step whose answer is neither the same nor listed as differing this way.

    `listed` maps the names of steps to those of the differences they show.
    """
    found = []
    for step, theirs, our in zip(script.steps, stock, ours, strict=True):
        reason = None if same(theirs, our) else explain(step, theirs, our) or UNEXPLAINED
        if reason != listed.get(step.name):
            problem = f"shows {reason or 'no difference'}, listed is {listed.get(step.name, 'none')}"
            found.append("\n".join([f"{script.name}: {step.name}", f"    {problem}", *_listing(theirs, our)]))
    return found


def differing(script: Script, stock: Sequence[Answer], ours: Sequence[Answer]) -> dict[str, str]:
    """The steps that differ, each with the name of the difference that explains it."""
    pairs = zip(script.steps, stock, ours, strict=True)
    return {
        step.name: explain(step, theirs, our) or UNEXPLAINED
        for step, theirs, our in pairs
        if not same(theirs, our)
    }


def same(stock: Answer, ours: Answer) -> bool:
    """Whether nothing tells two answers apart, by the field rules of `normalise.py`."""
    return canonical(stock) == canonical(ours)


def _listing(stock: Answer, ours: Answer) -> Iterator[str]:
    """The places where two answers differ."""
    theirs, our = dict(_leaves(stock._asdict())), dict(_leaves(ours._asdict()))
    places = [place for place in {**theirs, **our} if theirs.get(place) != our.get(place)]
    for place in places[:SHOWN_FIELDS]:
        yield f"      {place}"
        yield f"        - {_brief(theirs.get(place))}"
        yield f"        + {_brief(our.get(place))}"
    if len(places) > SHOWN_FIELDS:
        yield f"      ... and {len(places) - SHOWN_FIELDS} more places"


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every place of a JSON value that holds no further places, with its JSON text."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{place}.{key}" if place else key)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, f"{place}[{index}]")
    else:
        yield place, canonical(value)


def _brief(text: str | None) -> str:
    if text is None:
        return "(absent)"
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "..."
