# Everything a contributor runs. `make help` lists the targets.

PYTHON ?= python3
VENV := .venv
COMPAT_VENV := .cache/compat
OLD_CLIENTS := 1.30 2.22
COMPAT_SERVER := MLFLOWLITE_COMMAND="$(CURDIR)/$(VENV)/bin/mlflowlite"
MLFLOW_VERSION := 3.17.2
BENCH_ARGS ?=

.PHONY: help serve test unit compat compat-$(MLFLOW_VERSION) $(OLD_CLIENTS:%=compat-%) lint format types proto docs \
	check clean bench

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(VENV)/.serve  ## run the server on its embedded defaults, port 5000
	$(VENV)/bin/mlflowlite server

test: unit compat  ## run every test, on SQLite and on a PostgreSQL that the tests start

unit: $(VENV)/.dev .cache/azurite/.ready  ## run the tests of the package
	$(VENV)/bin/python -m pytest tests -n auto

compat: compat-$(MLFLOW_VERSION) $(OLD_CLIENTS:%=compat-%)  ## run stock mlflow clients, old and new, against a live server

compat-$(MLFLOW_VERSION): $(VENV)/.serve-compat $(COMPAT_VENV)/.ready
	$(COMPAT_SERVER) $(COMPAT_VENV)/bin/python -m pytest compat_tests

$(OLD_CLIENTS:%=compat-%): compat-%: $(VENV)/.serve-compat $(COMPAT_VENV)-%/.ready
	$(COMPAT_SERVER) $(COMPAT_VENV)-$*/bin/python -m pytest compat_tests/old_clients

lint: $(VENV)/.dev  ## check style and formatting
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

format: $(VENV)/.dev  ## format the code
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

types: $(VENV)/.dev  ## check the types of the package, strictly
	$(VENV)/bin/mypy

proto: $(VENV)/.dev  ## regenerate what is made from proto/
	$(VENV)/bin/python proto/generate.py

docs: $(VENV)/.dev  ## regenerate the generated parts of the docs
	$(VENV)/bin/python proto/coverage.py
	$(VENV)/bin/python docs/options.py
	$(VENV)/bin/python docs/rules.py
	$(VENV)/bin/python -m compat_tests.replay.listing

check: $(VENV)/.dev  ## fail if generated code or docs are stale
	$(VENV)/bin/python proto/generate.py --check
	$(VENV)/bin/python proto/coverage.py --check
	$(VENV)/bin/python docs/options.py --check
	$(VENV)/bin/python docs/rules.py --check

bench: $(VENV)/.serve .cache/mlflow-$(MLFLOW_VERSION)/.ready  ## measure beside the stock server
	$(VENV)/bin/python bench/run.py $(BENCH_ARGS)

clean:  ## remove environments and caches
	rm -rf $(VENV) .cache build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.serve: $(VENV)/bin/python pyproject.toml
	$(VENV)/bin/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.serve-compat: $(VENV)/bin/python pyproject.toml
	$(VENV)/bin/python -m pip install --quiet --editable '.[postgres,s3]'
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml
	$(VENV)/bin/python -m pip install --quiet --editable '.[dev]'
	@touch $@

# Azure Blob Storage as a program on this machine. Nothing it installs is run at installation.
.cache/azurite/.ready: tests/azurite/package.json tests/azurite/package-lock.json
	mkdir -p $(@D)
	cp $^ $(@D)
	npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(COMPAT_VENV)/.ready: compat_tests/requirements.txt
	$(PYTHON) -m venv $(COMPAT_VENV)
	$(COMPAT_VENV)/bin/python -m pip install --quiet --requirement compat_tests/requirements.txt
	@touch $@

$(COMPAT_VENV)-%/.ready: compat_tests/requirements-%.txt
	$(PYTHON) -m venv $(COMPAT_VENV)-$*
	$(COMPAT_VENV)-$*/bin/python -m pip install --quiet --requirement $<
	@touch $@

.cache/mlflow-$(MLFLOW_VERSION)/.ready:
	$(PYTHON) -m venv .cache/mlflow-$(MLFLOW_VERSION)
	.cache/mlflow-$(MLFLOW_VERSION)/bin/python -m pip install --quiet mlflow==$(MLFLOW_VERSION)
	@touch $@
