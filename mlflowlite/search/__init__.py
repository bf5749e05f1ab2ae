"""The search room: filter and order languages, text to syntax tree to SQL, and pages of the answer.

`plan_…_search` turns a request into a `SearchPlan`; `fetch_page` runs it and answers with the integer
ids of the rows. Reading the rows themselves is the stores' business.

    text --lexer--> tokens --parser--> tree --compiler, languages, fields--> SQL --plan--> page

One grammar serves all entities (`parser`); what each lets one compare and sort by is a table
(`languages`); what the two databases need said differently is in `dialects`.
"""

from mlflowlite.search.plan import Page, SearchPlan, fetch_page
from mlflowlite.search.run_search import plan_run_search
from mlflowlite.search.searches import (
    LoggedModelOrder,
    plan_experiment_search,
    plan_logged_model_search,
    plan_model_version_search,
    plan_registered_model_search,
)
from mlflowlite.search.tokens import decode_token, encode_token

__all__ = [
    "LoggedModelOrder",
    "Page",
    "SearchPlan",
    "decode_token",
    "encode_token",
    "fetch_page",
    "plan_experiment_search",
    "plan_logged_model_search",
    "plan_model_version_search",
    "plan_registered_model_search",
    "plan_run_search",
]
