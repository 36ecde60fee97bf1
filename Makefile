# Everything a newcomer or CI runs. Python ≥ 3.11 and make are all that must be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
PACK ?= tests/packs/four-seasons
OUT ?= var/demo
PYTEST_ARGS ?= -n 2

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types imports migrations format bench worker lock clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with PYTHON=…"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: requirements.txt | $(VENV)/.python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(VENV)/.python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime

demo: $(VENV)/.runtime ## Replay one estate's quarter on the embedded database (or DATABASE_URL)
	@$(MANAGE) migrate --database owner --verbosity 0
	@$(MANAGE) replay_pack $(PACK) --out $(OUT)

test: $(VENV)/.dev ## Run the tests on the embedded database (or DATABASE_URL)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: lint types imports migrations test ## What CI runs

lint: $(VENV)/.dev ## Ruff, rules and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy custody settlement reporting config manage.py

imports: $(VENV)/.dev ## Dependencies point down only
	PYTHONPATH=. $(BIN)/lint-imports

migrations: $(VENV)/.dev ## Models and migrations agree
	$(MANAGE) makemigrations --check --dry-run

format: $(VENV)/.dev ## Let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## Measure, beside the bare minimum; BENCH_ARGS=--json for lines of JSON
	$(BIN)/python -m tests.benchmarks $(BENCH_ARGS)

worker: $(VENV)/.runtime ## Run the task worker until interrupted
	$(BIN)/dramatiq config.worker

lock: $(VENV)/.dev ## Pin requirements with hashes
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-strip-extras --universal --python-version 3.11 requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-strip-extras --universal --python-version 3.11 requirements-dev.in -o requirements-dev.txt

clean: ## Remove the embedded database and everything generated
	rm -rf var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
