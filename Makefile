# Everything a newcomer or CI runs. Python ≥ 3.11 and make are all that must be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MANAGE := DEBUG=1 $(BIN)/python manage.py
PACK ?= tests/packs/four-seasons
OUT ?= var/demo
PYTEST_ARGS ?= -n 2
PORT ?= 8000
SQL ?= sql
RUNS ?= 1000
SEED ?= 1
SEEDS ?= 1 2 3 4 5 6 7 8 9 10
ROOMS := custody settlement reporting config
CATALOGUE := config/locale/en/LC_MESSAGES/django
LOCK := $(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-strip-extras --universal --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help demo serve codes pictures test check lint types imports migrations covered sql random seeds whole faults long messages hooks format bench worker vault lock clean

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

$(CATALOGUE).mo: $(CATALOGUE).po | $(VENV)/.runtime
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@ --locale en

demo: $(VENV)/.runtime $(CATALOGUE).mo ## Replay one estate's quarter on the embedded database (or DATABASE_URL)
	@$(MANAGE) migrate --database owner --verbosity 0
	@$(MANAGE) replay_pack $(PACK) --out $(OUT)
	@$(MANAGE) seal_demo --out $(OUT)
	@echo "make serve：在浏览器中打开两个小区，各种角色都有人 / two estates in a browser, with somebody for every role"

serve: $(VENV)/.runtime $(CATALOGUE).mo ## Open two estates mid-quarter in a browser, with people for every role; PORT=8000
	@$(MANAGE) serve --port $(PORT)

codes: $(VENV)/.runtime ## The six digits everybody of make serve signs in with just now
	@$(MANAGE) show_codes

pictures: $(VENV)/.dev $(CATALOGUE).mo ## The pages as docs/faces/ shows them, taken anew from what make serve opens
	$(BIN)/python -m tests.picture_album

test: $(VENV)/.dev $(CATALOGUE).mo ## Run the tests on the embedded database (or DATABASE_URL)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: lint types imports migrations covered ## What CI runs
	@$(MAKE) --no-print-directory faults RUNS=10

lint: $(VENV)/.dev ## Ruff, rules and formatting; spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/typos

types: $(VENV)/.dev ## mypy, strict, the tests too
	$(BIN)/mypy $(ROOMS) tests manage.py

imports: $(VENV)/.dev ## Dependencies point down only
	PYTHONPATH=. $(BIN)/lint-imports

migrations: $(VENV)/.dev ## Models and migrations agree, and migrations stand in one line
	$(MANAGE) makemigrations --check --dry-run

covered: $(VENV)/.dev $(CATALOGUE).mo ## The tests but the long ones, and how much of the house they walk through
	$(BIN)/python -m pytest $(PYTEST_ARGS) -m "not long" --cov --cov-report=term:skip-covered

sql: $(VENV)/.dev $(CATALOGUE).mo ## Only the tests that touch the database, for a second server
	$(BIN)/python -m pytest $(PYTEST_ARGS) -m "$(SQL)"

random: $(VENV)/.dev $(CATALOGUE).mo ## The random suites, long, under three seeds
	for seed in 1 2 3; do \
		HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest $(PYTEST_ARGS) -m hypothesis --hypothesis-seed=$$seed || exit; \
	done

seeds: $(VENV)/.dev $(CATALOGUE).mo ## The suite in ten random orders
	for seed in $(SEEDS); do \
		$(BIN)/python -m pytest $(PYTEST_ARGS) --quiet -p randomly --randomly-seed=$$seed || exit; \
	done

faults: $(VENV)/.dev $(CATALOGUE).mo ## Kill, double and race a payment's way; RUNS=1000 SEED=1
	$(BIN)/python -m tests.faults.campaign --runs $(RUNS) --seed $(SEED)

whole: $(VENV)/.dev $(CATALOGUE).mo ## Every invented estate, and every page in every reading
	HYPOTHESIS_PROFILE=long EXAMPLES=25 $(BIN)/python -m pytest $(PYTEST_ARGS) tests/config/replay tests/browser

long: seeds random whole faults ## Everything that takes longer than CI may

messages: $(VENV)/.dev ## Take the sentences of the sources into the English catalogue, keeping what is translated
	@mkdir -p var
	PYTHONPATH=. $(BIN)/pybabel --quiet extract --mapping pyproject.toml --keywords "gettext_lazy gettext_noop ngettext_lazy:1,2 pgettext_lazy:1c,2" \
		--add-location file --sort-by-file --no-wrap --project property-trust --version 1 \
		--output-file var/messages.pot $(ROOMS)
	$(BIN)/pybabel --quiet update --input-file var/messages.pot --output-file $(CATALOGUE).po --locale en \
		--no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

hooks: $(VENV)/.dev ## Let git ask for the quick checks before each commit
	$(BIN)/pre-commit install

format: $(VENV)/.dev ## Let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## Measure, beside the bare minimum; BENCH_ARGS=--json for lines of JSON
	$(BIN)/python -m tests.benchmarks $(BENCH_ARGS)

worker: $(VENV)/.runtime $(CATALOGUE).mo ## Run the task worker until interrupted
	$(BIN)/dramatiq config.worker

vault: $(VENV)/.runtime $(CATALOGUE).mo ## Run the vault (DATABASE_VAULT_URL) until interrupted
	$(BIN)/python manage.py run_vault

lock: $(VENV)/.dev ## Pin requirements with hashes
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt

clean: ## Remove the embedded database and everything generated
	rm -rf var $(CATALOGUE).mo .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
