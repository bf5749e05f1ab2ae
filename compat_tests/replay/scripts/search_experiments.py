"""Searching experiments: `semantics.md` §9.1 and §9.4."""

from compat_tests.replay.script import Script, lines

s = Script("search_experiments", "Searching experiments: filters, orders, pages.")

for name, tags in (
    ("alpha", {"team": "a", "mlflow.note.content": "x"}),
    ("Beta", {"team": "b"}),
    ("gamma_1", {"team": "a", "dotted.key": "1", "with blank": "y", "a/b": "z"}),
    ("100% done", {}),
    ("it's", {"quote": "it's"}),
):
    tagged = [{"key": key, "value": value} for key, value in tags.items()]
    s.post(
        "experiments/create", {"name": name, "tags": tagged}, save={name.lower()[:4].strip(): "experiment_id"}
    )
s.post(
    "experiments/create",
    {"name": "deleted", "tags": [{"key": "team", "value": "a"}]},
    save={"gone": "experiment_id"},
)
s.post("experiments/delete", {"experiment_id": "$gone"})


NAMES = "experiments.name"


def search(**fields):
    s.post("experiments/search", {"max_results": 100, **fields}, only=NAMES)


def find(text):
    fields = {"max_results": 100, "filter": text, "order_by": ["name"]}
    s.post("experiments/search", fields, only=NAMES)


s.post("experiments/search", {"max_results": 100})
for view in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL", "all", 1, 2, 3, "2", "NOPE", 0, ""):
    search(view_type=view, order_by=["name"])
s.get("experiments/search", {"max_results": "100", "filter": "name = 'alpha'"})
s.get("experiments/search", {"max_results": "2", "order_by": ["name DESC"], "view_type": "ALL"})
s.get("experiments/search")

# Filters that are fine.
for text in [
    *lines(
        r"""
    name = 'alpha'
    name = 'Alpha'
    name != 'alpha'
    name LIKE 'a%'
    name LIKE 'A%'
    name ILIKE 'A%'
    attribute.name = 'alpha'
    name = "alpha"
    name = 'it''s'
    name = "it's"
    name LIKE '100\%%'
    name LIKE 'gamma_1'
    name LIKE '%\_%'
    name LIKE '_eta'
    name LIKE ''
    name like 'a%'
    NAME = 'alpha'
    experiment_id = '$alph'
    experiment_id != '$alph'
    experiment_id IN ('$alph', '$beta')
    experiment_id NOT IN ('$alph')
    experiment_id = 'abc'
    experiment_id IN ('abc')
    experiment_id = '424242'
    creation_time > 0
    creation_time < 1000
    last_update_time >= 0
    creation_time != 5
    creation_time = -1
    tags.team = 'a'
    tag.team = 'a'
    tags.team != 'a'
    tags.team LIKE '%'
    tags.team ILIKE 'A'
    tags.team IS NULL
    tags.team IS NOT NULL
    tags.dotted.key = '1'
    tags.`with blank` = 'y'
    tags.`a/b` = 'z'
    tags."with blank" = 'y'
    tags.team = 'a' AND name = 'alpha'
    tags.team = 'a' and tags.team != 'b'
    tags.mlflow.note.content = 'x'
    tags.nope = 'x'
    name='alpha'
    """
    ),
    "  name  =  'alpha'  ",
    *lines(
        """
    name = 'alpha';
    tags.team is null
    tags.quote = "it's"
    creation_time > 0 AND creation_time > 0 AND name = 'alpha'
    """
    ),
]:
    find(text)

# Filters that are not.
for text in [
    " ",
    *lines(
        """
    name
    name =
    = 'alpha'
    name = alpha
    name = 5
    name > 'a'
    name == 'a'
    name <> 'a'
    name IN ('alpha')
    name NOT IN ('alpha')
    name IS NULL
    name IS NOT NULL
    attributes.name = 'alpha'
    unknown = 'x'
    attribute.unknown = 'x'
    metrics.x > 1
    params.x = '1'
    x.y.z = '1'
    `name` = 'alpha'
    experiment_id = 1
    experiment_id > '1'
    experiment_id IN ()
    experiment_id IN (1)
    experiment_id LIKE '1'
    creation_time = '5'
    creation_time LIKE '5'
    creation_time > 1.5
    creation_time > abc
    creation_time IN ('1')
    tags.team > 'a'
    tags.team = 5
    tags.team IN ('a')
    tags.team = a
    tags. = 'a'
    tags = 'a'
    .team = 'a'
    tags.a/b = 'z'
    tags.with blank = 'y'
    name = 'alpha
    name = `alpha`
    name LIKE 'a
    name = ''alpha''
    lifecycle_stage = 'active'
    tags.team = 'a' , name = 'alpha'
    name = 'alpha' -- x
    /* x */ name = 'alpha'
    name = 'alpha'; name = 'Beta'
    name = NULL
    tags.team IS
    tags.team IS NOT
    name = 'a' AND 5
    SELECT 1
    name = 'a' BETWEEN 'b'
    name BETWEEN 'a' AND 'b'
    name = TRUE
    creation_time = NULL
    creation_time > -
    (
    )
    ()
    ''
    '
    AND
    AND AND
    name = 'alpha' XOR name = 'Beta'
    name = 'a' + 'b'
    1 = 1
    """
    ),
]:
    find(text)

# What this server adds.
for text in lines(
    """
    name = 'alpha' OR name = 'Beta'
    NOT name = 'alpha'
    (name = 'alpha')
    (name = 'alpha' AND tags.team = 'a')
    tags.team = 'a' AND (name = 'alpha' OR name = 'it')
    ((name = 'alpha'))
    name = 'alpha' or tags.team = 'b'
    """
):
    find(text)

# ANDs missing or doubled.
for text in (
    "name = 'alpha' tags.team = 'a'",
    "AND name = 'alpha'",
    "name = 'alpha' AND",
    "name = 'alpha' AND AND tags.team = 'a'",
):
    find(text)

# Orders.
for order in (
    ["name"],
    ["name ASC"],
    ["name DESC"],
    ["name desc"],
    ["experiment_id"],
    ["experiment_id DESC"],
    ["attribute.name"],
    ["creation_time"],
    ["creation_time ASC"],
    ["last_update_time DESC"],
    ["creation_time DESC", "name"],
    [],
    ["last_update_time", "name DESC"],
    ["NAME"],
    [" name "],
    ["name  DESC"],
    ["`name`"],
    ['"name"'],
):
    search(order_by=order)
for order in (
    ["nope"],
    ["name SIDEWAYS"],
    ["name ASC DESC"],
    [""],
    [" "],
    ["name, experiment_id"],
    ["tags.team"],
    ["metrics.x"],
    ["name NULLS FIRST"],
    ["lower(name)"],
    ["name", "name"],
    ["name ASC", "name DESC"],
    ["attributes.name"],
    ["name;"],
    ["-name"],
    ["'name'"],
    ["1"],
    [7],
    "name",
    [None],
    ["lifecycle_stage"],
    ["name --"],
):
    search(order_by=order)

# Pages.
search(max_results=2, order_by=["name"])
s.post("experiments/search", {"max_results": 2, "order_by": ["name"]}, save={"t": "next_page_token"})
s.post(
    "experiments/search",
    {"max_results": 2, "order_by": ["name"], "page_token": "$t"},
    save={"t": "next_page_token"},
)
s.post("experiments/search", {"max_results": 2, "order_by": ["name"], "page_token": "$t"})
s.post("experiments/search", {"max_results": 2, "order_by": ["name"], "page_token": ""})
for size in (0, -1, 1, 6, 7, 50000, 50001, "3", "x", 1.5, None, True, 2**31, 2**63):
    s.post("experiments/search", {"max_results": size, "order_by": ["name"]}, only=NAMES)
s.post("experiments/search", {})
for token in [
    *lines(
        """
    junk
    MTI
    eyJvZmZzZXQiOiAwfQ==
    eyJvZmZzZXQiOiAtMX0=
    e30=
    """
    ),
    "\u2603",
    *lines(
        """
    bnVsbA==
    """
    ),
]:
    search(page_token=token)
search(page_token=7)
search(filter=7)

# The list of MLflow 1.
s.get("experiments/list")
