# `make` alone says what there is. Needs Python 3.11 or newer; takes `uv` where it is on PATH.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help

PYTHON ?= python3
WORKERS ?= 2
TESTS ?=
FAULTS ?=
PIP_QUIETLY := --disable-pip-version-check --quiet
LOCKING := uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	--custom-compile-command "make lock"

.PHONY: help
help: ## Say what there is.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: .venv/.ready ## Make .venv with what requirements.lock names, every file checked by its hash.

.venv/.ready: requirements.lock pyproject.toml
	@if command -v uv >/dev/null; then \
		test -x .venv/bin/python || uv venv --quiet --python '>=3.11' .venv; \
		uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.lock; \
		uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .; \
	else \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Rueckruf needs Python 3.11 or newer: make setup PYTHON=python3.13")'; \
		test -x .venv/bin/pip || $(PYTHON) -m venv --clear .venv || { echo 'On Debian: apt install python3-venv'; exit 1; }; \
		.venv/bin/python -m pip install $(PIP_QUIETLY) --require-hashes -r requirements.lock; \
		.venv/bin/python -m pip install $(PIP_QUIETLY) --no-deps --no-build-isolation -e .; \
	fi
	@touch $@

.PHONY: demo
demo: setup ## A demo office in the browser, with seeded callbacks (ONCE=1: show that it works, and end).
	@.venv/bin/rueckruf demo $(if $(ONCE),--once,)

.PHONY: test
test: setup ## Every test this machine can run (WORKERS=2, TESTS="tests/unit -k deadline").
	@.venv/bin/python -m pytest -n $(WORKERS) -rs $(TESTS)

.PHONY: check
check: setup ## Format, lint, types, architecture, published contract: all of it without a server.
	@$(MAKE) --jobs=2 --output-sync=target --keep-going check-types check-format check-lint check-imports check-contract

.PHONY: check-format check-lint check-types check-imports check-contract
check-format:
	@.venv/bin/ruff format --check --quiet . || { .venv/bin/ruff format --check . ; echo 'Mend it with: .venv/bin/ruff format .'; exit 1; }
check-lint:
	@.venv/bin/ruff check --quiet .
check-types:
	@.venv/bin/mypy
check-imports:
	@.venv/bin/lint-imports
check-contract:
	@.venv/bin/python -m schemas.publish --check

.PHONY: bench
bench: setup ## Measure throughput and latency on this machine.
	@.venv/bin/python -m tests.bench

.PHONY: faults
faults: setup ## Kill every process while thousands ask, and count what was lost (FAULTS="--seed 7").
	@.venv/bin/python -m tests.faults $(FAULTS)

.PHONY: lock
lock: ## Resolve requirements.lock and deploy/requirements.lock anew (needs uv).
	@printf 'hatchling\neditables\n' | $(LOCKING) --all-extras pyproject.toml - -o requirements.lock
	@$(LOCKING) --constraint requirements.lock --no-annotate pyproject.toml -o deploy/requirements.lock

.PHONY: clean
clean: ## Remove .venv and caches; your data below .rueckruf stay.
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
