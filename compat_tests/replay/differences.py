"""The deliberate differences between the stock server's answers and ours: what, and why.

Each explains some pairs of answers; the first that does gives a step its name. `differences.json` lists
the steps of every script that differ, and by which of them, so that no further step slips through; see
`listing.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from compat_tests.replay.normalise import INTERNAL_TEXT
from compat_tests.replay.pair import Pair
from compat_tests.replay.play import Answer
from compat_tests.replay.script import JSON, Step


@dataclass(frozen=True)
class Difference:
    """One way in which we answer otherwise."""

    name: str
    stock: str
    """What the stock server does."""
    ours: str
    """What we do."""
    reason: str
    explains: Callable[[Pair], bool]


_FILTER_TEXTS = (
    r"^(Invalid (clause|attribute key|dataset key|comparator|entity type|filter|order|identifier"
    r"|value for numeric)|Expected |Parameter value is|While parsing|Only |`order_by` contains)"
)

GROUPS = {
    "Errors": [
        Difference(
            "server-errors",
            "500",
            "the answer, or 400 or 404 with the reason",
            "Clients take a 500 for a passing trouble and repeat the request for minutes.",
            lambda pair: pair.stock.status == 500 and pair.ours.status in (200, 400, 404),
        ),
        Difference(
            "internal-texts",
            "the message quotes SQL or Python",
            "the same code, a plain sentence",
            "Who reads the message learns what to change, and nothing internal leaks.",
            lambda pair: pair.text_only and pair.stock.message == INTERNAL_TEXT,
        ),
        Difference(
            "pages",
            "an HTML page, or another shape of JSON, beside the status",
            "`error_code` and `message`, or plain text",
            "One shape of error for all endpoints; clients show its message.",
            lambda pair: pair.stock.status == pair.ours.status >= 400 and not pair.stock.error_code,
        ),
    ],
    "Values": [
        Difference(
            "impossible-characters",
            "U+0000 is stored, and halves of surrogate pairs become empty texts",
            "400",
            "PostgreSQL can't store them; both databases behave alike.",
            lambda pair: pair.we_refuse and pair.we_say("text may not hold"),
        ),
        Difference(
            "wrong-types",
            "drops a value that its field can't hold, and everything after it, without a word",
            "400, naming the field, inside lists too",
            "What was sent is stored or refused; a metric never becomes 0 by itself.",
            lambda pair: (
                pair.we_refuse and pair.we_say("^Invalid value .* supplied(:  Hint|: it must be an int)")
            ),
        ),
        Difference(
            "required-fields",
            "required fields inside lists may be missing, and are stored as empty text",
            "400, naming the field",
            "A dataset without a name, a tag without a key can't be asked for again.",
            lambda pair: (
                pair.we_refuse
                and not pair.is_artifact
                and pair.we_say("^Missing value for required parameter")
            ),
        ),
        Difference(
            "json-lists",
            "500, or an answer as if nothing had been sent",
            "400 for a body that is a list or a number",
            "No endpoint takes one.",
            lambda pair: pair.we_refuse and pair.we_say("must be a JSON object"),
        ),
        Difference(
            "lengths",
            "texts longer than their columns are stored by SQLite and fail on PostgreSQL",
            "400",
            "Both databases behave alike.",
            lambda pair: pair.we_refuse and pair.we_say("exceeds the maximum length"),
        ),
        Difference(
            "long-tags",
            "cuts run tags at 8000 characters, but not those of runs/create",
            "cuts them all",
            "One limit for one thing.",
            lambda pair: pair.step.path == "runs/create" and pair.differs_only_in("value"),
        ),
        Difference(
            "repeated-tags",
            "400 for a tag key that a create call repeats",
            "the last one counts, as in runs/log-batch",
            "One rule for one thing.",
            lambda pair: (
                pair.we_accept and pair.stock.message == INTERNAL_TEXT and pair.request_has("'tags': ")
            ),
        ),
        Difference(
            "repeated-points",
            "400 for another value at the same step and time of a logged model's metric, half of it stored",
            "the new value replaces the old one",
            "A client that repeats a request must not fail.",
            lambda pair: (
                pair.we_accept and pair.step.path == "runs/log-metric" and pair.request_has("model_id")
            ),
        ),
        Difference(
            "repeated-outputs",
            "400 for a model that is already an output of the run",
            "the new step replaces the old one",
            "A client that repeats a request must not fail.",
            lambda pair: pair.we_accept and pair.step.path == "runs/outputs",
        ),
        Difference(
            "whole-batches",
            "a batch that fails in its last part leaves the others behind",
            "it leaves nothing behind",
            "A failed request can be repeated.",
            lambda pair: pair.step.path == "runs/get" and pair.request_has("torn"),
        ),
        Difference(
            "enum-case",
            "takes enum names in capitals only, and drops others without a word",
            "takes them in any case",
            "`all` can only mean `ALL`.",
            lambda pair: pair.request_has("'(all|deleted_only|logged_model_ready)'"),
        ),
        Difference(
            "strict-integers",
            "takes blanks, line ends and foreign digits in experiment ids",
            "400",
            "An id has one spelling.",
            lambda pair: pair.we_refuse and pair.we_say("^Invalid experiment ID"),
        ),
        Difference(
            "strict-aliases",
            "takes a line end at the end of an alias",
            "400",
            "Nobody can see it.",
            lambda pair: pair.we_refuse and pair.we_say("^Invalid alias name"),
        ),
        Difference(
            "ids-in-camel-case",
            "takes every field in camelCase but `runId` and `runUuid`",
            "takes these too",
            "One rule for all fields.",
            lambda pair: pair.we_accept and pair.request_has("'run(Id|Uuid)'"),
        ),
        Difference(
            "ids-in-paths",
            "wants `model_id` in the body beside the path, and believes the body",
            "the path is enough, and counts",
            "An id has one place.",
            lambda pair: pair.we_accept and pair.step.path.startswith("logged-models/"),
        ),
        Difference(
            "content-types",
            "compares Content-Type letter by letter",
            "takes any case, and blanks before the parameters; empty is missing",
            "As HTTP defines it.",
            lambda pair: (
                pair.step.content_type not in (None, JSON) and pair.stock.message.startswith("Bad Request")
            ),
        ),
        Difference(
            "broken-encoding",
            "shows a byte that is no UTF-8 as it was written",
            "shows it as U+FFFD",
            "The same 404.",
            lambda pair: pair.text_only and pair.request_has("%ff"),
        ),
    ],
    "Searches": [
        Difference(
            "is-null",
            "`IS NULL` and `IS NOT NULL` work for params and tags of runs and tags of experiments",
            "they work for every field of every search",
            "The question makes sense for each of them.",
            lambda pair: pair.is_search and pair.we_accept and pair.request_has("IS (NOT )?NULL"),
        ),
        Difference(
            "or-not-parentheses",
            "400",
            "`OR`, `NOT` and parentheses work in every filter",
            "Asked for since 2021; filters without them mean what they always did.",
            lambda pair: pair.is_search and pair.we_accept and pair.request_has(r"\b(OR|or|NOT)\b|\("),
        ),
        Difference(
            "lenient-filters",
            "wants keywords of some filters in capitals, no blanks around orders, no quotes in some places",
            "takes them everywhere alike",
            "One grammar for all searches.",
            lambda pair: pair.is_search and pair.we_accept,
        ),
        Difference(
            "strict-filters",
            "reads over missing or doubled `AND`, empty keys and lists, repeated orders and, for logged "
            "models, values without quotes",
            "400",
            "What is read over is a typing error, and the answer is not the one that was wanted.",
            lambda pair: pair.is_search and pair.stock.status == 200 and pair.we_say(_FILTER_TEXTS),
        ),
        Difference(
            "filter-texts",
            "shows the tokens of its parser and Python's sets",
            "shows the place where the filter goes wrong, and lists in order",
            "The same error, easier to find.",
            lambda pair: pair.is_search and pair.both_refuse and pair.we_say(_FILTER_TEXTS),
        ),
        Difference(
            "double-quotes",
            "in filters of logged models, values and keys in double quotes match nothing",
            "they are read as everywhere else",
            "One grammar for all searches.",
            lambda pair: pair.is_search and pair.request_has(r"filter': '[^']*\""),
        ),
        Difference(
            "any-digest",
            "a dataset without a digest matches values that were logged without one",
            "it matches any digest",
            "That is what leaving it out says.",
            lambda pair: pair.step.path == "logged-models/search" and pair.request_has("dataset_name"),
        ),
        Difference(
            "page-tokens",
            "a token is a row number that clients can make up",
            "a token belongs to one search; others are refused",
            "Pages stay in step while rows come and go, and the last page costs no more than the first.",
            lambda pair: pair.we_refuse and pair.we_say("^Invalid page token"),
        ),
        Difference(
            "page-sizes",
            "a page size of 0 or less gives an empty page with a token in some searches",
            "400",
            "A client that reads page after page would never end.",
            lambda pair: pair.we_refuse and pair.we_say("max_results"),
        ),
    ],
    "Registry": [
        Difference(
            "source-texts",
            "the message shows a local source as a path of the server's disk",
            "the message shows it as it was sent",
            "Nothing internal leaks.",
            lambda pair: pair.text_only and pair.we_say("^Invalid model version source"),
        ),
        Difference(
            "copied-models",
            "forgets the logged model of a version, and so refuses a copy that names it",
            "keeps it",
            "The ids do match.",
            lambda pair: pair.we_accept and pair.request_has("models:/copy"),
        ),
        Difference(
            "aliases-in-searches",
            "model-versions/search leaves out the aliases of versions",
            "it shows them, as the other calls do",
            "Who lists versions need not ask for each.",
            lambda pair: pair.step.path == "model-versions/search" and pair.differs_only_in("aliases"),
        ),
        Difference(
            "copies-of-nothing",
            "a copy of an unknown model in an unknown stage: 404 for the model",
            "400 for the stage",
            "A request with two faults is told of one.",
            lambda pair: pair.both_refuse and pair.we_say("^Invalid Model Version stage"),
        ),
        Difference(
            "cleared-descriptions",
            "leaves out a description that an update cleared",
            "empty text, as for one that was never set",
            "Both mean the same.",
            lambda pair: pair.differs_only_in("description"),
        ),
        Difference(
            "prompt-texts",
            "calls a model a prompt whose tag says that it is none",
            "goes by the tag's value",
            "As the searches do.",
            lambda pair: pair.text_only and pair.we_say("^Tried to create a"),
        ),
    ],
    "Paths": [
        Difference(
            "old-paths",
            "404 for what only MLflow 1 clients call",
            "the answer",
            "They work with this server.",
            lambda pair: pair.stock.status == 404 and pair.ours.status == 200,
        ),
        Difference(
            "doubled-slashes",
            "308 to the path without them",
            "404, or 400 where they make an artifact's path an absolute one",
            "No client sends them.",
            lambda pair: pair.stock.status == 308 and pair.ours.status in (400, 404),
        ),
        Difference(
            "server-info",
            "offers presigned uploads and the gateway",
            "does not",
            "Clients then send files through the server.",
            lambda pair: pair.step.path.endswith("server-info") and pair.ours.status == 200,
        ),
    ],
    "Artifacts": [
        Difference(
            "put-answers",
            "an empty body",
            "`{}`",
            "MLflow 1 clients read every answer as JSON.",
            lambda pair: pair.step.method == "PUT" and (pair.stock.body, pair.ours.body) == ("", {}),
        ),
        Difference(
            "multipart-on-folders",
            "501 for uploads in parts where artifacts are in a folder",
            "takes them there too",
            "Large files travel in parallel.",
            lambda pair: "/mpu/" in pair.step.path and pair.stock.status == 501 and pair.ours.status != 501,
        ),
        Difference(
            "artifact-names",
            "takes backslashes and line ends, and blanks for nothing",
            "400 for backslashes and line ends; a blank is a name",
            "A name is the same on every system.",
            lambda pair: pair.is_artifact and (pair.we_say("^Invalid path") or pair.request_has("%20")),
        ),
        Difference(
            "artifact-errors",
            "400 or 404, by the part of the server that looks at the path first",
            "400 or 404",
            "Nothing is served in either case.",
            lambda pair: pair.is_artifact and pair.both_refuse,
        ),
        Difference(
            "local-folders",
            "lists and reads any local folder that an experiment names",
            "403 outside the server's own folders",
            "Whoever may create an experiment could read the server's disk.",
            lambda pair: pair.ours.error_code == "PERMISSION_DENIED" and pair.request_has("out"),
        ),
        Difference(
            "clean-paths",
            "repeats `./` and `//` of the request in the answer's paths",
            "answers clean paths",
            "A file has one path.",
            lambda pair: pair.is_artifact and pair.differs_only_in("path"),
        ),
        Difference(
            "ranges",
            "400 for a Range that is not in bytes",
            "sends the whole file",
            "As HTTP defines it.",
            lambda pair: pair.we_accept and "Range" in pair.step.headers,
        ),
    ],
}
DIFFERENCES = {item.name: item for group in GROUPS.values() for item in group}


def explain(step: Step, stock: Answer, ours: Answer) -> str | None:
    """The name of the difference that explains two answers; None when there is none."""
    pair = Pair(step, stock, ours)
    return next((item.name for item in DIFFERENCES.values() if item.explains(pair)), None)
