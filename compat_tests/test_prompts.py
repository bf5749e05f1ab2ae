"""The prompt registry: versions, URIs, aliases, tags, searches, and links to experiments, runs and models."""

import threading

import mlflow
import pytest
from expect import refused
from mlflow import MlflowClient
from mlflow.entities import Experiment

TEMPLATE = '  Hello {{ name }},\r\n\t"quoted" \\n ünï 日😀 <b>&amp;</b>\n\n'
CHAT = [
    {"role": "system", "content": "You are {{ kind }} ✓"},
    {"role": "user", "content": "{{ question }}"},
]
SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
CONFIG = {"provider": "acme", "model_name": "large", "temperature": 0.25, "max_tokens": 100}


@pytest.fixture
def name(unique_name: str) -> str:
    """A name that no other prompt has; the client keeps prompts it has loaded, by name."""
    return unique_name


def wait_for_links() -> None:
    """The client links prompts to experiments and models in threads of its own."""
    for thread in threading.enumerate():
        if thread.name.startswith("link_prompt"):
            thread.join(30)


def names(prompts: list) -> list[str]:
    return [prompt.name for prompt in prompts]


class TestVersions:
    def test_template_is_kept_verbatim(self, name: str):
        """Every character of a template comes back, with message, tags and number."""
        made = mlflow.genai.register_prompt(name, TEMPLATE, commit_message="first ✓", tags={"team": "blue"})
        assert (made.name, made.version, made.template) == (name, 1, TEMPLATE)
        loaded = mlflow.genai.load_prompt(name, version=1, cache_ttl_seconds=0)
        assert (loaded.template, loaded.commit_message) == (TEMPLATE, "first ✓")
        assert loaded.tags == {"team": "blue"}
        assert loaded.is_text_prompt
        assert loaded.variables == {"name"}
        assert loaded.format(name="Ann").startswith("  Hello Ann,\r\n")
        assert loaded.creation_timestamp > 0

    def test_longest_template(self, name: str):
        """100,000 characters can be registered, one more is refused and leaves no prompt behind."""
        longest = "é" * 100_000
        mlflow.genai.register_prompt(name, longest)
        assert mlflow.genai.load_prompt(f"prompts:/{name}/1", cache_ttl_seconds=0).template == longest
        with refused("INVALID_PARAMETER_VALUE"):
            mlflow.genai.register_prompt(f"{name}-2", longest + "é")
        assert names(mlflow.genai.search_prompts(f"name LIKE '{name}%'")) == [name]

    def test_versions_count_up(self, client: MlflowClient, name: str):
        """Registering again adds a version; older ones stay as they were."""
        for text in ("one {{ a }}", "two {{ b }}", "three"):
            mlflow.genai.register_prompt(name, text, commit_message=text)
        versions = client.search_prompt_versions(name)
        assert sorted((v.version, v.template) for v in versions) == [
            (1, "one {{ a }}"),
            (2, "two {{ b }}"),
            (3, "three"),
        ]
        assert client.get_prompt_version(name, 2).commit_message == "two {{ b }}"

    def test_pages_of_versions(self, client: MlflowClient, name: str):
        """Versions are read in pages."""
        for number in range(5):
            mlflow.genai.register_prompt(name, f"text {number}")
        first = client.search_prompt_versions(name, max_results=3)
        second = client.search_prompt_versions(name, max_results=3, page_token=first.token)
        assert (len(first), len(second)) == (3, 2)
        assert {v.version for v in [*first, *second]} == {1, 2, 3, 4, 5}

    def test_chat_prompt(self, name: str):
        """A prompt of chat messages comes back as a list, and is filled in message by message."""
        mlflow.genai.register_prompt(name, CHAT)
        loaded = mlflow.genai.load_prompt(f"prompts:/{name}/1", cache_ttl_seconds=0)
        assert loaded.template == CHAT
        assert not loaded.is_text_prompt
        assert loaded.variables == {"kind", "question"}
        assert loaded.format(kind="brief", question="Why?")[1] == {"role": "user", "content": "Why?"}

    def test_response_format(self, name: str):
        """The expected shape of answers is kept with a version."""
        mlflow.genai.register_prompt(name, "{{ q }}", response_format=SCHEMA)
        mlflow.genai.register_prompt(name, "{{ q }}")
        formats = [mlflow.genai.load_prompt(name, v, cache_ttl_seconds=0).response_format for v in (1, 2)]
        assert formats == [SCHEMA, None]

    def test_model_config(self, name: str):
        """The settings of a model are kept with a version, and may be set, replaced and removed later."""
        mlflow.genai.register_prompt(name, "{{ q }}", model_config=CONFIG)

        def config() -> dict | None:
            return mlflow.genai.load_prompt(name, 1, cache_ttl_seconds=0).model_config

        assert config() == CONFIG
        mlflow.genai.set_prompt_model_config(name, 1, {"model_name": "small"})
        assert config() == {"model_name": "small"}
        mlflow.genai.delete_prompt_model_config(name, 1)
        assert config() is None

    def test_created_in_steps(self, client: MlflowClient, name: str):
        """A prompt may be made without versions, and get them later."""
        client.create_prompt(name, description="about", tags={"team": "blue"})
        prompt = client.get_prompt(name)
        assert (prompt.name, prompt.description, prompt.tags) == (name, "about", {"team": "blue"})
        made = client.create_prompt_version(name, TEMPLATE, description="d", tags={"k": "v"})
        assert (made.version, made.template, made.tags) == (1, TEMPLATE, {"k": "v"})
        assert client.get_prompt(f"{name}-2") is None


class TestAddresses:
    def test_uris(self, name: str):
        """A version is loaded by number, by alias, and as the latest one."""
        for text in ("one", "two", "three"):
            mlflow.genai.register_prompt(name, text)
        mlflow.genai.set_prompt_alias(name, "live", 2)
        found = {
            address: mlflow.genai.load_prompt(f"prompts:/{name}{address}", cache_ttl_seconds=0).template
            for address in ("/1", "/3", "@live", "@latest")
        }
        assert found == {"/1": "one", "/3": "three", "@live": "two", "@latest": "three"}
        assert mlflow.genai.load_prompt(name, cache_ttl_seconds=0).template == "three"

    @pytest.mark.parametrize("address", ["/7", "@absent"])
    def test_missing(self, name: str, address: str):
        """A version or an alias that is not there is missing, or None on request."""
        mlflow.genai.register_prompt(name, "text")
        uri = f"prompts:/{name}{address}"
        assert mlflow.genai.load_prompt(uri, allow_missing=True) is None
        with pytest.raises(mlflow.MlflowException):
            mlflow.genai.load_prompt(uri)

    def test_missing_prompt(self, name: str):
        """An unknown prompt is missing, by every address."""
        for address in ("/1", "@live", "@latest"):
            assert mlflow.genai.load_prompt(f"prompts:/{name}{address}", allow_missing=True) is None

    def test_aliases(self, client: MlflowClient, name: str):
        """An alias is set, moved and removed; an unknown version can't have one."""
        for text in ("one", "two"):
            mlflow.genai.register_prompt(name, text)
        for version in (1, 2):
            mlflow.genai.set_prompt_alias(name, "live", version)
            assert client.get_prompt_version_by_alias(name, "live").version == version
        assert mlflow.genai.load_prompt(name, 2, cache_ttl_seconds=0).aliases == ["live"]
        with refused("RESOURCE_DOES_NOT_EXIST"):
            mlflow.genai.set_prompt_alias(name, "live", 3)
        mlflow.genai.delete_prompt_alias(name, "live")
        assert mlflow.genai.load_prompt(f"prompts:/{name}@live", allow_missing=True) is None


class TestTags:
    def test_tags_of_prompts(self, name: str):
        """Tags of a prompt are set, changed and removed; those by which it is known don't show."""
        mlflow.genai.register_prompt(name, "text", tags={"a": "1"})
        wait_for_links()
        mlflow.genai.set_prompt_tag(name, "b", "ü")
        mlflow.genai.set_prompt_tag(name, "a", "2")
        shown = {k: v for k, v in mlflow.genai.get_prompt_tags(name).items() if k[0] != "_"}
        assert shown == {"a": "2", "b": "ü"}
        mlflow.genai.delete_prompt_tag(name, "a")
        assert "a" not in mlflow.genai.get_prompt_tags(name)

    def test_tags_of_versions(self, name: str):
        """Tags of a version are set, changed and removed."""
        mlflow.genai.register_prompt(name, "text", tags={"a": "1"})
        mlflow.genai.set_prompt_version_tag(name, 1, "b", "x" * 5000)
        mlflow.genai.set_prompt_version_tag(name, 1, "a", "2")
        loaded = mlflow.genai.load_prompt(name, 1, cache_ttl_seconds=0)
        assert loaded.tags == {"a": "2", "b": "x" * 5000}
        mlflow.genai.delete_prompt_version_tag(name, 1, "b")
        assert mlflow.genai.load_prompt(name, 1, cache_ttl_seconds=0).tags == {"a": "2"}


class TestSearches:
    def test_by_name_and_tag(self, name: str):
        """Prompts are found by name and by tag, in the order asked for, in pages."""
        for suffix, team in (("a", "red"), ("b", "blue"), ("c", "red")):
            mlflow.genai.register_prompt(f"{name}-{suffix}", "text", tags={"team": team})
        like = f"name LIKE '{name}-%'"
        assert names(mlflow.genai.search_prompts(f"{like} AND tags.team = 'red'")) == [
            f"{name}-a",
            f"{name}-c",
        ]
        client = MlflowClient()
        backwards = names(client.search_prompts(like, order_by=["name DESC"]))
        assert backwards == [f"{name}-{suffix}" for suffix in "cba"]
        first = client.search_prompts(like, max_results=2)
        second = client.search_prompts(like, max_results=2, page_token=first.token)
        assert names([*first, *second]) == [f"{name}-{suffix}" for suffix in "abc"]
        assert not second.token

    def test_models_are_not_prompts(self, client: MlflowClient, name: str):
        """Neither search shows what belongs to the other, and one name can't be both."""
        client.create_registered_model(f"{name}-model")
        mlflow.genai.register_prompt(f"{name}-prompt", "text")
        like = f"name LIKE '{name}%'"
        assert names(mlflow.genai.search_prompts(like)) == [f"{name}-prompt"]
        assert names(client.search_registered_models(like)) == [f"{name}-model"]
        assert client.search_model_versions(f"name = '{name}-prompt'") == []
        with refused("INVALID_PARAMETER_VALUE"):
            mlflow.genai.register_prompt(f"{name}-model", "text")
        with refused("RESOURCE_ALREADY_EXISTS"):
            client.create_registered_model(f"{name}-prompt")

    def test_by_experiment(self, client: MlflowClient, experiment: Experiment, name: str):
        """A prompt that was registered in an experiment is found by it."""
        mlflow.genai.register_prompt(name, "text")
        wait_for_links()
        found = client.search_prompts(f'experiment_id = "{experiment.experiment_id}"')
        assert names(found) == [name]


class TestDeletion:
    def test_version(self, client: MlflowClient, name: str):
        """A deleted version is gone with its aliases; the others stay, and its number is not used again."""
        for text in ("one", "two"):
            mlflow.genai.register_prompt(name, text)
        mlflow.genai.set_prompt_alias(name, "live", 2)
        client.delete_prompt_version(name, "2")
        for address in ("/2", "@live"):
            uri = f"prompts:/{name}{address}"
            assert mlflow.genai.load_prompt(uri, allow_missing=True, cache_ttl_seconds=0) is None
        assert mlflow.genai.load_prompt(f"prompts:/{name}@latest", cache_ttl_seconds=0).template == "one"
        assert mlflow.genai.register_prompt(name, "three").version == 3

    def test_prompt(self, client: MlflowClient, name: str):
        """A deleted prompt is gone with its versions; another of the name begins with version 1."""
        mlflow.genai.register_prompt(name, "one")
        mlflow.genai.register_prompt(name, "two")
        wait_for_links()
        client.delete_prompt(name)
        assert client.get_prompt(name) is None
        assert names(mlflow.genai.search_prompts(f"name = '{name}'")) == []
        assert mlflow.genai.register_prompt(name, "again").version == 1


class TestLinks:
    def test_runs(self, client: MlflowClient, experiment: Experiment, name: str):
        """A run names the prompt versions it was linked to, each once."""
        prompt = mlflow.genai.register_prompt(name, "text")
        other = mlflow.genai.register_prompt(f"{name}-2", "text")
        run_id = client.create_run(experiment.experiment_id).info.run_id
        for linked in (prompt, f"prompts:/{name}-2/{other.version}", prompt):
            client.link_prompt_version_to_run(run_id, linked)
        tag = client.get_run(run_id).data.tags["mlflow.linkedPrompts"]
        assert tag.count('"version"') == 2
        assert name in tag

    def test_prompts_of_a_run(self, client: MlflowClient, experiment: Experiment, name: str):
        """A version names the runs it belongs to, and is found by them, until it is detached."""
        mlflow.genai.register_prompt(name, "text")
        run_id = client.create_run(experiment.experiment_id).info.run_id
        client.set_prompt_version_tag(name, 1, "mlflow.prompt.associatedRunIds", run_id)
        assert names(client.list_logged_prompts(run_id)) == [name]
        client.detach_prompt_from_run(run_id, f"prompts:/{name}/1")
        assert client.list_logged_prompts(run_id) == []

    def test_logged_models(self, client: MlflowClient, experiment: Experiment, name: str):
        """A logged model names the prompt versions it was linked to, also those loaded for it."""
        mlflow.genai.register_prompt(name, "one")
        mlflow.genai.register_prompt(name, "two")
        model = client.create_logged_model(experiment.experiment_id, name="agent")
        client.link_prompt_version_to_model(name, "1", model.model_id)
        mlflow.genai.load_prompt(name, 2, model_id=model.model_id, cache_ttl_seconds=0)
        wait_for_links()
        tag = client.get_logged_model(model.model_id).tags["mlflow.linkedPrompts"]
        assert tag.count('"version"') == 2
