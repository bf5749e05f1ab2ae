"""Prompts are registered models with reserved tags: `semantics.md` §11."""

from compat_tests.replay.script import Script, lines

s = Script("prompts", "Prompts: making, hiding, finding.")
IS_PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "true"}
NOT_PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "false"}
TEXT = {"key": "mlflow.prompt.text", "value": "Hi {{name}}"}

s.post("registered-models/create", {"name": "model"})
s.post("registered-models/create", {"name": "says no", "tags": [NOT_PROMPT]})
s.post("registered-models/create", {"name": "prompt", "tags": [IS_PROMPT, {"key": "team", "value": "a"}]})
s.post("registered-models/create", {"name": "loud", "tags": [{**IS_PROMPT, "value": "TRUE"}]})
s.post("registered-models/create", {"name": "prompt"})
s.post("registered-models/create", {"name": "prompt", "tags": [IS_PROMPT]})
s.post("registered-models/create", {"name": "model", "tags": [IS_PROMPT]})
s.post("registered-models/create", {"name": "says no", "tags": [IS_PROMPT]})
for name in ("a b", "a/b", "a!b", "\u00e9", "a.b-c_d", "", "."):
    s.post("registered-models/create", {"name": name, "tags": [IS_PROMPT]})


def version(name="prompt", source="dummy-source", tags=(IS_PROMPT, TEXT), **fields):
    s.post("model-versions/create", {"name": name, "source": source, "tags": list(tags), **fields})


version()
version(source="prompt-template", description="second")
for source in [
    *lines(
        """
    s3://bucket/x
    /srv/x
    dummy
    """
    ),
    "",
    *lines(
        """
    models:/model/1
    """
    ),
]:
    version(source=source)
version(tags=())
version(tags=[TEXT])
version(name="model", source="s3://bucket/x", tags=())
version(name="nobody")
version(tags=[IS_PROMPT, {"key": "mlflow.prompt.text", "value": "x" * 100000}])
version(tags=[IS_PROMPT, {"key": "mlflow.prompt.text", "value": "x" * 100001}])
s.get("registered-models/get", {"name": "prompt"})
s.get("model-versions/get", {"name": "prompt", "version": "1"})
s.post("registered-models/alias", {"name": "prompt", "alias": "live", "version": "1"})
s.get("registered-models/alias", {"name": "prompt", "alias": "live"})
s.get("registered-models/alias", {"name": "prompt", "alias": "gone"})
s.post(
    "model-versions/set-tag", {"name": "prompt", "version": "1", "key": "mlflow.prompt.text", "value": "Ho"}
)
s.post("registered-models/rename", {"name": "prompt", "new_name": "prompt2"})
s.post("registered-models/rename", {"name": "prompt2", "new_name": "prompt"})
s.post("registered-models/rename", {"name": "prompt", "new_name": "model"})

# Hiding and finding.
FILTERS = [
    "",
    *lines(
        """
    name LIKE '%'
    tags.`mlflow.prompt.is_prompt` = 'true'
    tags.`mlflow.prompt.is_prompt` != 'true'
    tag.`mlflow.prompt.is_prompt` != 'true'
    tags.`mlflow.prompt.is_prompt` = 'false'
    tags.`mlflow.prompt.is_prompt` != 'false'
    tags.mlflow.prompt.is_prompt = 'true'
    tags.`mlflow.prompt.is_prompt` = 'true' AND name = 'prompt'
    name = 'prompt'
    tags.`mlflow.prompt.is_prompt` LIKE 'tr%'
    tags.`mlflow.prompt.is_prompt` = 'TRUE'
    tags.`mlflow.prompt.is_prompt` = 'true' AND tags.team = 'a'
    tags.team = 'a'
    tags.`mlflow.prompt.is_prompt` ILIKE 'TRUE'
    """
    ),
]
for text in FILTERS:
    s.get("registered-models/search", {"filter": text})
    s.get("model-versions/search", {"filter": text})
s.delete("model-versions/delete", {"name": "prompt", "version": "1"})
s.delete("registered-models/delete", {"name": "prompt"})
s.get("registered-models/get", {"name": "prompt"})
version(name="model")
