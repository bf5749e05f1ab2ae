"""Model versions and their stages: `endpoints.md` §7.2, `semantics.md` §10.2 and §10.3."""

from compat_tests.replay.script import Script

s = Script("model_versions", "Model versions: making, changing, staging, tagging, deleting.")
SOURCE = "s3://bucket/model"

s.post("registered-models/create", {"name": "m"})
s.post("registered-models/create", {"name": "long"})
s.post(
    "runs/create", {"experiment_id": "0", "run_name": "r", "start_time": 1}, save={"run": "run.info.run_id"}
)

# Making and reading.
s.post("model-versions/create", {"name": "m", "source": SOURCE})
s.post(
    "model-versions/create",
    {
        "name": "m",
        "source": SOURCE,
        "run_id": "$run",
        "run_link": "http://host/run",
        "description": "text",
        "tags": [{"key": "a", "value": "1"}, {"key": "b", "value": ""}],
    },
)
s.get("model-versions/get", {"name": "m", "version": "1"})
s.get("model-versions/get", {"name": "m", "version": "2"})
s.get("model-versions/get-download-uri", {"name": "m", "version": "2"})
for fields in (
    {},
    {"name": "m"},
    {"source": SOURCE},
    {"name": "nobody", "source": SOURCE},
    {"name": "m", "source": ""},
    {"name": "", "source": SOURCE},
    {"name": "m", "source": 7},
    {"name": "a/b", "source": SOURCE},
    {"name": "m", "source": SOURCE, "run_id": "unknown"},
    {"name": "m", "source": SOURCE, "tags": [{"key": "a!", "value": "1"}]},
    {"name": "m", "source": SOURCE, "tags": [{"key": "a"}]},
    {"name": "m", "source": SOURCE, "tags": [{"value": "a"}]},
    {"name": "m", "source": SOURCE, "tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]},
    {"name": "m", "source": SOURCE, "tags": [{"key": "k" * 251, "value": "1"}]},
    {"name": "m", "source": SOURCE, "tags": [{"key": "k", "value": "v" * 100001}]},
    {"name": "m", "source": SOURCE, "description": ""},
    {"name": "long", "source": "s3://b/" + "x" * 500},
    {"name": "long", "source": SOURCE, "run_link": "l" * 501},
    {"name": "long", "source": SOURCE, "description": "d" * 5001},
):
    s.post("model-versions/create", fields)
for path in ("get", "get-download-uri"):
    for version in ("99", "0", "-1", "one", "", "1.0", " 1", "01", "1_0", "\u0661", "9" * 30):
        s.get(f"model-versions/{path}", {"name": "m", "version": version})
    s.get(f"model-versions/{path}", {"name": "nobody", "version": "1"})
    s.get(f"model-versions/{path}", {"name": "m"})
    s.get(f"model-versions/{path}", {"version": "1"})

# Updating.
s.patch("model-versions/update", {"name": "m", "version": "1", "description": "new"})
s.patch("model-versions/update", {"name": "m", "version": "2"})
s.patch("model-versions/update", {"name": "m", "version": "1", "description": ""})
s.patch("model-versions/update", {"name": "m", "version": "99", "description": "x"})
s.patch("model-versions/update", {"name": "m", "version": 1, "description": "x"})
s.patch("model-versions/update", {"name": "m", "version": "one", "description": "x"})
s.patch("model-versions/update", {"name": "nobody", "version": "1", "description": "x"})

# Stages.
MOVE = "model-versions/transition-stage"


def move(version, stage, archive=False, /, **fields):
    s.post(
        MOVE,
        {"name": "m", "version": version, "stage": stage, "archive_existing_versions": archive, **fields},
    )


move("1", "Staging")
move("2", "staging", True)
s.get("model-versions/get", {"name": "m", "version": "1"})
move("1", "Production", True)
move("2", "PRODUCTION")
move("2", "Production", True)
s.get("model-versions/get", {"name": "m", "version": "1"})
move("1", "None")
move("1", "none")
move("1", "Archived")
move("1", "archived")
for stage in ("Nope", "", " ", "Staging ", "Deleted_Internal", None, 7):
    move("1", stage)
move("1", "None", True)
move("1", "Archived", True)
move("99", "Staging")
move("one", "Staging")
move(1, "Staging")
move("1", "Staging", name="nobody")
for archive in (None, "true", "no", 1, 0, [], "TRUE"):
    move("1", "Staging", archive)
s.post(MOVE, {"name": "m", "version": "1", "stage": "Staging"})
s.get("registered-models/get", {"name": "m"})

# Tags.
TAG = {"name": "m", "version": "1", "key": "t"}
s.post("model-versions/set-tag", {**TAG, "value": "1"})
s.post("model-versions/set-tag", {**TAG, "value": "2"})
s.post("model-versions/set-tag", {**TAG, "value": ""})
s.post("model-versions/set-tag", TAG)
for fields in (
    {"version": "99"},
    {"version": "one"},
    {"version": 1},
    {"name": "nobody"},
    {"key": "a!"},
    {"key": "k" * 251},
    {"key": "a/b"},
    {"key": "../a"},
    {"key": ""},
    {"value": "v" * 100001},
    {"value": 7},
    {"key": "\u00e9"},
):
    s.post("model-versions/set-tag", {**TAG, "value": "1", **fields})
s.get("model-versions/get", {"name": "m", "version": "1"})
s.delete("model-versions/delete-tag", TAG)
s.delete("model-versions/delete-tag", TAG)
for fields in ({"version": "99"}, {"version": "one"}, {"name": "nobody"}, {"key": "a!"}, {"version": 1}):
    s.delete("model-versions/delete-tag", {**TAG, **fields})

# Deleting.
s.post("registered-models/alias", {"name": "m", "alias": "gone", "version": "1"})
s.delete("model-versions/delete", {"name": "m", "version": "1"})
s.delete("model-versions/delete", {"name": "m", "version": "1"})
s.get("model-versions/get", {"name": "m", "version": "1"})
s.get("model-versions/get-download-uri", {"name": "m", "version": "1"})
s.patch("model-versions/update", {"name": "m", "version": "1", "description": "x"})
move("1", "Staging")
s.post("model-versions/set-tag", {**TAG, "value": "1"})
s.delete("model-versions/delete-tag", TAG)
s.post("registered-models/alias", {"name": "m", "alias": "x", "version": "1"})
s.get("registered-models/alias", {"name": "m", "alias": "gone"})
s.get("model-versions/search", {"filter": "name = 'm'", "order_by": "version_number ASC"})
for version in ("one", 1, "99", None, ""):
    s.delete("model-versions/delete", {"name": "m", "version": version})
s.delete("model-versions/delete", {"name": "nobody", "version": "1"})

# Numbers are not used again.
s.post("registered-models/create", {"name": "numbers"})
s.post("model-versions/create", {"name": "numbers", "source": SOURCE})
s.post("model-versions/create", {"name": "numbers", "source": SOURCE})
s.delete("model-versions/delete", {"name": "numbers", "version": "2"})
s.post("model-versions/create", {"name": "numbers", "source": SOURCE})
s.get("registered-models/get", {"name": "numbers"})
