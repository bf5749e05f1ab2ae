"""Searching registered models and versions: `semantics.md` §9.5 and §9.6."""

from compat_tests.replay.script import Script, lines

s = Script("search_registry", "Searching registered models and model versions.")

for name, tags in (
    ("alpha", {"team": "x", "a/b": "1"}),
    ("Beta", {"team": "y"}),
    ("gamma_1", {}),
    ("it's", {"dotted.k": "v"}),
):
    listed = [{"key": key, "value": value} for key, value in tags.items()]
    s.post("registered-models/create", {"name": name, "tags": listed})
for name, source, run, tags in (
    ("alpha", "s3://b/1", "r1", {"t": "x"}),
    ("alpha", "s3://b/2", "r2", {}),
    ("Beta", "s3://b/1", "r1", {"t": "y"}),
    ("alpha", "s3://b/3", "", {"t": "x", "u": "1"}),
    ("gamma_1", "s3://c/1", "r3", {}),
    ("alpha", "s3://b/4", "r4", {}),
):
    listed = [{"key": key, "value": value} for key, value in tags.items()]
    s.post("model-versions/create", {"name": name, "source": source, "run_id": run, "tags": listed})
s.delete("model-versions/delete", {"name": "alpha", "version": "4"})

MODELS = "registered-models/search"
VERSIONS = "model-versions/search"
NAMES = "registered_models.name"
SOURCES = "model_versions.source"


def models(text):
    s.get(MODELS, {"filter": text}, only=NAMES)


def versions(text):
    s.get(VERSIONS, {"filter": text, "order_by": ["name", "version_number"]}, only=SOURCES)


# Models: filters that are fine.
s.get(MODELS)
for text in [
    "",
    *lines(
        """
    name = 'alpha'
    name != 'alpha'
    name LIKE 'a%'
    name LIKE 'A%'
    name ILIKE 'A%'
    name IN ('alpha', 'Beta')
    attribute.name = 'alpha'
    tags.team = 'x'
    tag.team = 'x'
    tags.team != 'x'
    tags.team LIKE '%'
    name='alpha'
    tags.team ILIKE 'X'
    tags.`a/b` = '1'
    tags.dotted.k = 'v'
    name = "it's"
    name LIKE 'gamma_1'
    NAME = 'alpha'
    name LIKE '%' AND tags.team = 'x'
    tags.team = 'x' AND tags.`a/b` = '1'
    tags.nope = 'x'
    name NOT IN ('alpha')
    """
    ),
]:
    models(text)
for text in [
    " ",
    *lines(
        """
    name
    name =
    name = alpha
    name = 5
    name > 'a'
    name == 'a'
    name <> 'a'
    name IS NULL
    name IN ()
    attributes.name = 'alpha'
    nope = 'x'
    creation_timestamp > 0
    tags.team > 'x'
    tags.team = 5
    tags.team IN ('x')
    tags.team IS NULL
    tags.team IS NOT NULL
    name = 'alpha
    metrics.x > 1
    description = 'x'
    run_id = 'x'
    AND
    name = 'a'; name = 'b'
    name = 'a' -- c
    (
    1 = 1
    name IN (1)
    name LIKE 5
    tags.a/b = '1'
    version = '1'
    """
    ),
]:
    models(text)
for text in (
    "name = 'alpha' OR name = 'Beta'",
    "NOT name = 'alpha'",
    "(name = 'alpha')",
    "(name = 'x' OR tags.team = 'x')",
):
    models(text)
for text in (
    "name LIKE '%' tags.team = 'x'",
    "AND name = 'alpha'",
    "name = 'alpha' AND",
    "name = 'alpha' AND AND tags.team = 'x'",
):
    models(text)
for order in (
    ["name"],
    ["name ASC"],
    ["name DESC"],
    ["timestamp"],
    ["timestamp DESC"],
    ["last_updated_timestamp"],
    ["name desc"],
    ["timestamp ASC", "name DESC"],
    ["attribute.name"],
    ["NAME"],
    [" name "],
):
    s.get(MODELS, {"order_by": order}, only=NAMES)
for order in (
    ["nope"],
    ["creation_timestamp"],
    ["name SIDEWAYS"],
    [""],
    ["name, timestamp"],
    ["tags.team"],
    ["name", "name"],
    ["'name'"],
    ["name ASC DESC"],
    ["attributes.name"],
    ["name;"],
    ["lower(name)"],
    ["name NULLS FIRST"],
    ["version_number"],
    ["`name`"],
):
    s.get(MODELS, {"order_by": order}, only=NAMES)
s.get(MODELS, {"max_results": 3, "order_by": "name"}, save={"t": "next_page_token"})
s.get(MODELS, {"max_results": 3, "order_by": "name", "page_token": "$t"})
for size in (0, -1, 1, 4, 1000, 1001, "x", "", "1.5", 2**31, 2**63):
    s.get(MODELS, {"max_results": size}, only=NAMES)
for token in [
    *lines(
        """
    junk
    MTI
    eyJvZmZzZXQiOiAwfQ==
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
    s.get(MODELS, {"page_token": token})
s.post(MODELS, {"filter": ""})

# Versions: filters that are fine.
s.get(VERSIONS)
for text in [
    "",
    *lines(
        """
    name = 'alpha'
    name != 'alpha'
    name LIKE 'a%'
    name ILIKE 'A%'
    name IN ('alpha')
    name NOT IN ('alpha')
    run_id = 'r1'
    run_id != 'r1'
    run_id IN ('r1', 'r2')
    run_id NOT IN ('r1')
    run_id LIKE 'r%'
    run_id = ''
    source_path = 's3://b/1'
    source_path LIKE 's3://b/%'
    source_path ILIKE 'S3%'
    source_path != 's3://b/1'
    version_number = 1
    version_number > 1
    version_number != 1
    version_number <= 2
    version_number = '1'
    tags.t = 'x'
    tag.t = 'x'
    tags.t != 'x'
    tags.t LIKE '%'
    tags.t = 'x' AND tags.u = '1'
    tags.t ILIKE 'X'
    attribute.name = 'alpha'
    name = 'alpha' AND run_id = 'r1'
    name='alpha' and version_number=2
    tags.nope = 'x'
    """
    ),
]:
    versions(text)
for text in [
    " ",
    *lines(
        """
    name
    name = alpha
    name = 5
    name > 'a'
    run_id IN ()
    run_id IN (1)
    source_path IN ('x')
    name IS NULL
    version_number = 'x'
    version_number LIKE '1'
    version_number = 1.5
    version_number IN ('1')
    version_number = abc
    attributes.name = 'alpha'
    nope = 'x'
    stage = 'Staging'
    current_stage = 'None'
    alias = 'x'
    status = 'READY'
    tags.t > 'x'
    tags.t IN ('x')
    tags.t = 5
    tags.t IS NULL
    name = 'alpha
    AND
    (
    1 = 1
    version = '1'
    name = 'a'; name = 'b'
    name = 'a' -- c
    model_id = 'x'
    creation_timestamp > 0
    source = 'x'
    run_id IN ('r1'
    """
    ),
]:
    versions(text)
for text in (
    "name = 'alpha' OR name = 'Beta'",
    "NOT name = 'alpha'",
    "(name = 'alpha')",
    "(run_id = 'r1' OR tags.t = 'x')",
):
    versions(text)
for text in (
    "name = 'alpha' run_id = 'r1'",
    "AND name = 'alpha'",
    "name = 'alpha' AND",
    "name = 'alpha' AND AND run_id = 'r1'",
):
    versions(text)
for order in (
    ["name"],
    ["name DESC"],
    ["version_number"],
    ["version_number DESC", "name"],
    ["creation_timestamp"],
    ["last_updated_timestamp DESC"],
    ["name ASC", "version_number DESC"],
    ["attribute.name"],
    ["creation_timestamp DESC"],
):
    s.get(VERSIONS, {"order_by": order}, only=SOURCES)
for order in (
    ["nope"],
    ["timestamp"],
    ["run_id"],
    ["source_path"],
    ["name SIDEWAYS"],
    [""],
    ["tags.t"],
    ["name", "name"],
    ["version"],
    ["name ASC DESC"],
    ["attributes.name"],
    ["name, version_number"],
    ["lower(name)"],
):
    s.get(VERSIONS, {"order_by": order}, only=SOURCES)
s.get(VERSIONS, {"max_results": 2, "order_by": ["name", "version_number"]}, save={"t": "next_page_token"})
s.get(
    VERSIONS,
    {"max_results": 2, "order_by": ["name", "version_number"], "page_token": "$t"},
    save={"t": "next_page_token"},
)
s.get(VERSIONS, {"max_results": 2, "order_by": ["name", "version_number"], "page_token": "$t"})
for size in (0, -1, 1, 5, 200000, 200001, "x", "", "1.5", 2**31, 2**63):
    s.get(VERSIONS, {"max_results": size}, only=SOURCES)
for token in [
    *lines(
        """
    junk
    MTI
    eyJvZmZzZXQiOiAwfQ==
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
    s.get(VERSIONS, {"page_token": token})
