"""Registered models, their tags, stages and aliases: `endpoints.md` §7.1, `semantics.md` §10."""

from compat_tests.replay.script import Script

s = Script("registered_models", "Registered models, their tags and aliases, latest versions.")
SOURCE = "s3://bucket/model"

# Making and reading.
s.post("registered-models/create", {"name": "m"})
s.get("registered-models/get", {"name": "m"})
s.post(
    "registered-models/create",
    {"name": "full", "description": "text", "tags": [{"key": "a", "value": "1"}, {"key": "b", "value": ""}]},
)
s.get("registered-models/get", {"name": "full"})
s.post("registered-models/create", {"name": "m"})
s.post("registered-models/create", {"name": "M"})
s.get("registered-models/get", {"name": "nobody"})
for name in (
    "",
    " ",
    "\t",
    "a/b",
    "a:b",
    ".",
    "..",
    "...",
    "..a",
    "../a",
    "a b",
    " a",
    "caf\u00e9",
    "n" * 256,
    "n" * 257,
    "a%b",
    "a'b",
    'a"b',
    "a\nb",
    "a\\b",
    "<b>",
    "_",
    "\u2603",
    "a\u0000b",
):
    s.post("registered-models/create", {"name": name})
    s.get("registered-models/get", {"name": name})
for fields in (
    {"name": "bad tag", "tags": [{"key": "a!", "value": "1"}]},
    {"name": "no key", "tags": [{"value": "1"}]},
    {"name": "no value", "tags": [{"key": "a"}]},
    {"name": "two tags", "tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]},
    {"name": "long key", "tags": [{"key": "k" * 251, "value": "1"}]},
    {"name": "long value", "tags": [{"key": "k", "value": "v" * 100001}]},
    {"name": "long description", "description": "d" * 5001},
    {"name": "empty description", "description": ""},
    {"name": "job", "deployment_job_id": "7"},
):
    s.post("registered-models/create", fields)

# Updating and renaming.
s.patch("registered-models/update", {"name": "m", "description": "new"})
s.patch("registered-models/update", {"name": "m", "description": ""})
s.patch("registered-models/update", {"name": "full"})
s.patch("registered-models/update", {"name": "nobody", "description": "x"})
s.patch("registered-models/update", {"description": "x"})
s.post("registered-models/rename", {"name": "full", "new_name": "renamed"})
s.get("registered-models/get", {"name": "full"})
s.get("registered-models/get", {"name": "renamed"})
for fields in (
    {"name": "renamed"},
    {"name": "renamed", "new_name": ""},
    {"name": "renamed", "new_name": "m"},
    {"name": "renamed", "new_name": "renamed"},
    {"name": "nobody", "new_name": "x"},
    {"new_name": "x"},
    {"name": "renamed", "new_name": "a/b"},
    {"name": "renamed", "new_name": " "},
):
    s.post("registered-models/rename", fields)

# Tags.
s.post("registered-models/set-tag", {"name": "m", "key": "t", "value": "1"})
s.post("registered-models/set-tag", {"name": "m", "key": "t", "value": "2"})
s.post("registered-models/set-tag", {"name": "m", "key": "empty", "value": ""})
s.post("registered-models/set-tag", {"name": "m", "key": "absent"})
s.post("registered-models/set-tag", {"name": "nobody", "key": "t", "value": "1"})
for key in ("k" * 250, "k" * 251, "a/b", "/a", "..", "a!", "\u00e9", "a:b c", " "):
    s.post("registered-models/set-tag", {"name": "m", "key": key, "value": "1"})
s.post("registered-models/set-tag", {"name": "m", "key": "long", "value": "v" * 100001})
s.get("registered-models/get", {"name": "m"})
s.delete("registered-models/delete-tag", {"name": "m", "key": "t"})
s.delete("registered-models/delete-tag", {"name": "m", "key": "t"})
s.delete("registered-models/delete-tag", {"name": "m", "key": "a!"})
s.delete("registered-models/delete-tag", {"name": "nobody", "key": "t"})
s.delete("registered-models/delete-tag", {"name": "m"})

# Aliases.
s.post("registered-models/create", {"name": "v"})
for _ in range(5):
    s.post("model-versions/create", {"name": "v", "source": SOURCE})
s.post("registered-models/alias", {"name": "v", "alias": "best", "version": "1"})
s.post("registered-models/alias", {"name": "v", "alias": "best", "version": "2"})
s.post("registered-models/alias", {"name": "v", "alias": "other", "version": "2"})
s.get("registered-models/alias", {"name": "v", "alias": "best"})
s.get("registered-models/alias", {"name": "v", "alias": "BEST"})
s.get("registered-models/alias", {"name": "v", "alias": "latest"})
s.get("registered-models/alias", {"name": "v", "alias": "absent"})
s.get("registered-models/alias", {"name": "nobody", "alias": "best"})
s.get("registered-models/alias", {"name": "m", "alias": "latest"})
s.get("registered-models/alias", {"name": "v"})
s.get("registered-models/get", {"name": "v"})
s.get("model-versions/get", {"name": "v", "version": "2"})
s.get("model-versions/search", {"filter": "name = 'v'"})
for alias in (
    "latest",
    "LATEST",
    "v1",
    "V22",
    "v",
    "v1a",
    "a b",
    "a.b",
    "a/b",
    "\u00e9",
    "",
    " ",
    "a" * 255,
    "a" * 256,
    "a-b_c",
    "1",
    "-",
    "None",
    "a:b",
):
    s.post("registered-models/alias", {"name": "v", "alias": alias, "version": "1"})
s.post("registered-models/create", {"name": "newline"})
s.post("model-versions/create", {"name": "newline", "source": SOURCE})
s.post("registered-models/alias", {"name": "newline", "alias": "a\n", "version": "1"})
s.post("registered-models/alias", {"name": "v", "alias": "x", "version": "99"})
s.post("registered-models/alias", {"name": "v", "alias": "x", "version": "one"})
s.post("registered-models/alias", {"name": "v", "alias": "x", "version": 1})
s.post("registered-models/alias", {"name": "v", "alias": "x"})
s.post("registered-models/alias", {"name": "nobody", "alias": "x", "version": "1"})
s.delete("registered-models/alias", {"name": "v", "alias": "best"})
s.delete("registered-models/alias", {"name": "v", "alias": "best"})
s.delete("registered-models/alias", {"name": "nobody", "alias": "best"})
s.delete("registered-models/alias", {"name": "v", "alias": "latest"})
s.delete("registered-models/alias", {"name": "v"})

# Latest versions.
LATEST = "registered-models/get-latest-versions"
for version, stage in (("1", "Staging"), ("2", "Production"), ("3", "Staging"), ("4", "Archived")):
    s.post(
        "model-versions/transition-stage",
        {"name": "v", "version": version, "stage": stage, "archive_existing_versions": False},
    )
for fields in (
    {"name": "v"},
    {"name": "v", "stages": []},
    {"name": "v", "stages": ["Staging"]},
    {"name": "m"},
    {"name": "v", "stages": ["staging", "PRODUCTION"]},
    {"name": "v", "stages": ["None"]},
    {"name": "v", "stages": ["Nope"]},
    {"name": "v", "stages": ["Staging", "Staging"]},
    {"name": "nobody"},
    {},
    {"name": "v", "stages": "Staging"},
    {"name": "v", "stages": [7]},
    {"name": "v", "stages": [""]},
):
    s.post(LATEST, fields, unordered="model_versions")
s.get(LATEST, {"name": "v"}, unordered="model_versions")
s.get(LATEST, {"name": "v", "stages": ["Staging", "Production"]}, unordered="model_versions")
s.get("registered-models/get", {"name": "v"})

# Renaming takes versions and aliases along; deleting takes them away.
s.post("registered-models/rename", {"name": "v", "new_name": "w"})
s.get("registered-models/alias", {"name": "w", "alias": "other"})
s.get("model-versions/get", {"name": "v", "version": "2"})
s.delete("registered-models/delete", {"name": "w"})
s.delete("registered-models/delete", {"name": "w"})
s.delete("registered-models/delete", {})
s.get("model-versions/get", {"name": "w", "version": "2"})
s.post("registered-models/create", {"name": "w"})
s.post("model-versions/create", {"name": "w", "source": SOURCE})
s.get("registered-models/get", {"name": "w"})

# Paths of MLflow 1.
s.post("/api/2.0/preview/mlflow/registered-models/create", {"name": "old"})
s.get("/api/2.0/preview/mlflow/registered-models/list")
s.get("/ajax-api/2.0/mlflow/registered-models/get", {"name": "m"})
