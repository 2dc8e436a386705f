# The one list of commands. Needs make and a Python 3.11 to 3.13 with venv; nothing else.
.DEFAULT_GOAL := help
.PHONY: help setup peers run test lint bench screenshots clean frontend ci-peers
SHELL := /bin/sh

VENV := .venv
PY := $(VENV)/bin/python
# What the editable install depends on, beside the locks.
PROJECT := pyproject.toml
# Twice quiet: errors only.
PIP := $(PY) -m pip --disable-pip-version-check install -qq --progress-bar off

help: ## Show this list
	@echo "Isocentre"
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z]+:.*## / {printf "  make %-13s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Use it
run: $(VENV)/.run frontend ## Set up, build the demo and serve: national side :8000, hospital side :8001, DICOM :11112
	@exec $(VENV)/bin/isocentre up --demo

##@ Work on it
setup: $(VENV)/.setup frontend ## Make .venv with everything that running and testing needs

test: setup ci-peers ## Run all tests: the quick stage, then the stage with real peers (WHOLE=1 for the long ones whole)
	@ISOCENTRE_TEST_WHOLE=$(WHOLE) $(PY) scripts/run_tests.py $(ARGS)

lint: setup ## Check style, types, import contracts, dependencies and secrets
	@$(PY) scripts/lint.py

bench: setup ci-peers $(VENV)/.bench ## Measure beside the peers and write bench/results.json (ONLY=name for one row)
	@$(PY) -m bench $(if $(ONLY),--only $(ONLY))

screenshots: setup ci-peers ## Start the demo and photograph its pages into screenshots/
	@$(PY) scripts/screenshots.py

##@ The machine
peers: ## Install and start the real peers of the tests (Debian packages; needs root)
	@sh scripts/peers.sh

clean: ## Remove what was built and fetched (never data)
	rm -rf $(VENV) build node_modules src/isocentre/web/static/vendor src/isocentre/web/viewer \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage screenshots
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Under CI the tests may not skip, so the peers come first.
ci-peers:
	@if [ "$$CI" = true ]; then sh scripts/peers.sh; fi

$(VENV)/.pip: requirements/pip.txt
	@python=$$(sh scripts/find_python.sh) && echo "making $(VENV) with $$python" && "$$python" -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements/pip.txt
	@touch $@

# The test lock holds the run lock's versions, so `make run` after `make setup` has nothing to do.
$(VENV)/.run: requirements/pixels.txt $(PROJECT) | $(VENV)/.pip
	@if [ ! -e $(VENV)/.setup ] || [ -n "$$(find requirements/test.txt $(PROJECT) -newer $(VENV)/.setup)" ]; then \
	  echo "installing the Python packages to run with"; \
	  $(PIP) --require-hashes -r requirements/pixels.txt && $(PIP) --no-deps --no-build-isolation -e .; fi
	@touch $@

$(VENV)/.setup: requirements/test.txt $(PROJECT) | $(VENV)/.pip
	@echo "installing the Python packages to run and test with"
	@$(PIP) --require-hashes -r requirements/test.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

# Tools that only the bench measures beside, never in the tests.
$(VENV)/.bench: requirements/bench.txt | $(VENV)/.setup
	@$(PIP) --require-hashes -r requirements/bench.txt
	@touch $@

frontend: | $(VENV)/.pip
	@$(PY) scripts/frontend.py
