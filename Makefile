# `make help` lists the targets. Everything is set up on first use: a virtual environment in .venv, Azurite in node_modules.
SHELL := /bin/bash
WORKERS ?= 4# more than there are cores: the tests of the app wait more than they work
FAST_WORKERS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )))# these hardly wait, and each worker reads all the tests
unexport PYTHONDONTWRITEBYTECODE
# Each Python that is named (`make test PYTHON=3.12`) has an environment of its own.
VENV := .venv$(if $(PYTHON),-$(notdir $(PYTHON)))
export PYTHON
PY := $(VENV)/bin/python
PYTHON_STAMP := $(VENV)/.installed
RUN_STAMP := $(VENV)/.installed-to-run
NODE_STAMP := node_modules/.installed
AZURITE_STAMP := node_modules/.installed-to-run
UV_STAMP := $(VENV)/.looked-for-uv
INSTALL := $(PY) devhost/install.py
NPM := npm ci --no-audit --no-fund --loglevel=error
WORKER_STAMP := .venv-worker/.installed
SCAN_STAMP := .venv-scan/.installed
SBOM_STAMP := .venv-sbom/.installed
PROMTOOL_STAMP := .promtool/.installed
CHROMIUM_STAMP := .chromium/.installed
.DEFAULT_GOAL := help

.PHONY: help setup run dev test test-fast test-busy soak check installed lint format types arch bench profile quality calibrate fuzz provision doctor infra reference cities scan package sbom clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

setup: $(PYTHON_STAMP) $(NODE_STAMP) ## install everything into this folder

run: $(RUN_STAMP) $(AZURITE_STAMP) ## run the app with sample likes and show what came of them
	@$(PY) -m samples.run

dev: $(RUN_STAMP) $(AZURITE_STAMP) ## run the app until Ctrl-C; prints endpoints, queues, timers and how to send a like
	@$(PY) -m samples.run --serve

test: setup $(WORKER_STAMP) $(SCAN_STAMP) $(PROMTOOL_STAMP) $(CHROMIUM_STAMP) ## run all tests, with a real Azurite; PYTHON=3.12 runs them on that Python
	@$(PY) -m pytest -n $(WORKERS)

test-fast: setup ## what one runs while working: every test that needs no other process and little time
	@$(PY) -m pytest -n $(FAST_WORKERS) -p no:schemathesis -m "not slow" tests/unit tests/faults

test-busy: setup $(WORKER_STAMP) $(SCAN_STAMP) $(PROMTOOL_STAMP) $(CHROMIUM_STAMP) ## the whole suite three times, beside six busy loops
	@$(PY) -m tests.busy -n $(WORKERS)

soak: setup ## the app under chaos, kills, outages and broken connections, and what must hold after it; SOAK="--likes 500"
	@$(PY) -m tests.soak $(SOAK)

fuzz: setup ## try the readers of what strangers send on mutated inputs, for minutes
	@HYPOTHESIS_PROFILE=fuzz $(PY) -m pytest tests/fuzz --timeout 3600

check: ## what CI runs: lint, types, architecture, tests
	@$(MAKE) --no-print-directory -j4 lint arch installed
	@$(MAKE) --no-print-directory -j2 types test

installed: setup $(WORKER_STAMP) $(SCAN_STAMP) $(PROMTOOL_STAMP) $(CHROMIUM_STAMP)

lint: $(PYTHON_STAMP) ## lint and formatting
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .

format: $(PYTHON_STAMP) ## format, and mend what the linter can
	@$(PY) -m ruff check --fix . ; $(PY) -m ruff format .

types: $(PYTHON_STAMP) ## strict types of the product's code
	@$(PY) -m mypy

arch: $(PYTHON_STAMP) ## the arrows between the rooms
	@$(VENV)/bin/lint-imports --no-logo

bench: setup ## measure, each figure beside its floor
	@$(PY) -m bench

profile: setup ## where the CPU of taste jobs goes: a flame graph, .local/profile.svg
	@$(PY) -m bench.profile

quality: setup ## how right the taste is: each figure with its goal, a baseline and its worst examples
	@$(PY) -m quality $(ONLY)

calibrate: setup ## precision and recall of joining names, by threshold
	@$(PY) -m bench.calibrate

provision: setup ## make or bring up to date database, containers and queues in the configured store and storage
	@$(PY) -m shared.provision

doctor: setup ## run the app on devhost, and look whether it has all it needs
	@$(PY) -m samples.doctor

infra: setup ## write infra/catalogue.json from the code's own containers, queues and settings
	@$(PY) -m infra.catalogue

reference: setup ## write the pages of endpoints and settings, and the tables of functions and telemetry, from the code
	@$(PY) -m docs.reference

cities: setup ## write shared/fashion/cities.xz from the data of GeoNames
	@$(PY) -m infra.cities

scan: $(SCAN_STAMP) ## the policy scan of the Bicep files, offline
	@.venv-scan/bin/checkov --skip-download --config-file infra/checkov.yaml

package: setup ## build what is deployed, .local/app.zip, and print its sizes
	@$(PY) -m infra.package

sbom: $(SBOM_STAMP) ## what the app is made of, as CycloneDX: .local/sbom.json
	@mkdir -p .local && .venv-sbom/bin/cyclonedx-py environment .venv-sbom/app --output-file .local/sbom.json && echo "wrote .local/sbom.json"

clean: ## remove what was installed and what runs left
	rm -rf .venv .venv-* .promtool .chromium node_modules .local .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(PY):
	@python=$$(sh devhost/find_python.sh) && echo "making a virtual environment in $(VENV)" && "$$python" -m venv $(VENV) \
	  || { echo "error: the virtual environment could not be made with $$python: on Debian, install python3-venv" >&2; exit 2; }

# uv installs in a tenth of pip's time; where it cannot be had, pip does all.
$(UV_STAMP): | $(PY)
	@$(PY) -m pip install -qq --disable-pip-version-check 'uv>=0.9,<1' 2>/dev/null; touch $@

# What running needs; what tests, linters and benches need besides is installed when one of them is asked for.
$(RUN_STAMP): requirements.txt pyproject.toml | $(UV_STAMP)
	@echo "installing the Python packages, up to a minute the first time"; $(INSTALL) $(PY) -e '.[run]' && touch $@

# The tests start many processes at once: each would compile what it imports.
$(PYTHON_STAMP): requirements.txt pyproject.toml | $(UV_STAMP)
	@echo "installing the Python packages, up to a minute the first time"; \
	  $(INSTALL) $(PY) --compile-bytecode -e '.[dev]' && touch $(RUN_STAMP) $@

$(AZURITE_STAMP): package.json package-lock.json
	@sh devhost/find_node.sh && echo "installing Azurite, up to half a minute" && $(NPM) --omit=dev && touch $@

$(NODE_STAMP): package.json package-lock.json
	@sh devhost/find_node.sh && echo "installing Azurite and what the tests use" && $(NPM) && touch $(AZURITE_STAMP) $@

# Azure's own worker library needs Python 3.13: where only an older one runs, its tests are skipped and say so.
$(WORKER_STAMP): requirements.txt pyproject.toml | $(UV_STAMP)
	@mkdir -p $(@D); python=$$(sh devhost/find_worker_python.sh); if [ -n "$$python" ]; then \
	  echo "installing Azure's worker library for the tests" && { [ -x $(@D)/bin/python ] || "$$python" -m venv --without-pip $(@D); } && \
	  $(INSTALL) $(@D)/bin/python -e '.[worker]'; fi && touch $@

$(PROMTOOL_STAMP): devhost/find_promtool.sh
	@sh devhost/find_promtool.sh $(@D) && touch $@

$(CHROMIUM_STAMP): devhost/find_chromium.sh
	@mkdir -p $(@D) && sh devhost/find_chromium.sh > $(@D)/path && touch $@

# The scanner pins many packages, so it lives apart from the app's own.
$(SCAN_STAMP): pyproject.toml | $(UV_STAMP)
	@mkdir -p $(@D); python=$$(sh devhost/find_python.sh) && { [ -x $(@D)/bin/python ] || "$$python" -m venv --without-pip $(@D); } && \
	  echo "installing the policy scanner" && $(INSTALL) $(@D)/bin/python 'checkov>=3.3,<4' && touch $@

$(SBOM_STAMP): requirements.txt pyproject.toml
	@mkdir -p $(@D); python=$$(sh devhost/find_python.sh) && { [ -x $(@D)/bin/python ] || "$$python" -m venv $(@D); } && \
	  { [ -x $(@D)/app/bin/python ] || "$$python" -m venv --without-pip $(@D)/app; } && \
	  $(@D)/bin/python -m pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7,<8' && \
	  $(@D)/bin/python -m pip --python $(@D)/app/bin/python install --quiet --disable-pip-version-check -r requirements.txt && touch $@
