# Everything a checkout needs is here: `make help` lists it. GNU make 3.81 and POSIX sh suffice.

PORT ?= 8501
ifdef LOGS
DB ?= mailtracer.duckdb
else # samples go to a store of their own, so that they never mix with yours
LOGS = sample_logs/day/mail.log*
DB ?= samples.duckdb
ZONE = --zone UTC
endif
PYTEST_ARGS ?=
BENCH_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
SOURCES := dashboards parsers tracer benchmarks docs sample_logs tests
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

# The environment is stamped with what it was made from: made again when a lock changes, when
# the checkout moves (scripts hold its path), and never otherwise.
stamp = $(VENV)/.$(1)-$(shell { cat $(2) pyproject.toml; pwd; } | cksum | tr -dc '0-9')
RUN_STAMP := $(call stamp,run,requirements.lock)
DEV_STAMP := $(call stamp,dev,requirements-dev.lock)
DUCKDB2_STAMP = $(call stamp,duckdb2,requirements-dev.lock requirements-duckdb2.lock)

.PHONY: help setup run test check bench format docs lock test-duckdb2 clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile
	@echo 'Variables: LOGS="/var/log/mail.log*" DB=mailtracer.duckdb PORT=8501 PYTEST_ARGS="-k trace"'

setup: $(RUN_STAMP) ## make the environment in .venv, no more

run: $(RUN_STAMP) ## load logs (sample_logs, or LOGS="..."), follow them, open the dashboard
	$(BIN)/mailtracer ingest --db $(DB) $(ZONE) $(LOGS)
	$(BIN)/mailtracer up --db $(DB) $(ZONE) --port $(PORT) $(LOGS:%='%')

test: $(DEV_STAMP) ## run all tests
	@sh tests/install-system-packages.sh
	$(BIN)/python -m pytest --numprocesses auto $(PYTEST_ARGS)

test-duckdb2: $(DUCKDB2_STAMP) ## run the parser and store tests on DuckDB 2
	$(VENV)/duckdb2/bin/python -m pytest --numprocesses auto tests/parsers tests/tracer/store $(PYTEST_ARGS)

check: $(DEV_STAMP) ## formatting, lint, types, import direction, drift of generated docs
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

bench: $(DEV_STAMP) ## measure against pflogsumm on a log of 1,000,000 lines
	$(BIN)/python -m benchmarks.run $(BENCH_ARGS)

format: $(DEV_STAMP) ## format the code and mend what ruff can mend
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

docs: $(DEV_STAMP) ## write the generated pages of docs/ again
	$(BIN)/python docs/generate.py

lock: ## resolve the dependencies again (needs uv)
	printf 'duckdb==1.5.5\nsetuptools\n' | $(COMPILE) pyproject.toml - -o requirements.lock
	printf 'setuptools\n' | \
	    $(COMPILE) pyproject.toml - --extra dev -c requirements.lock -o requirements-dev.lock
	printf 'duckdb>=2,<3\n' | $(COMPILE) - --no-deps -o requirements-duckdb2.lock

COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
    --no-annotate --no-emit-index-url --custom-compile-command 'make lock'

clean: ## remove the environment and all caches; stores stay
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis \
	    .import_linter_cache
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

# -- the environment -------------------------------------------------------------------------

$(RUN_STAMP): | $(BIN)/python
	@echo 'Installing (once, a minute or two) ...'
	@rm -f $(VENV)/.run-*
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): | $(RUN_STAMP)
	@rm -f $(VENV)/.dev-*
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

# DuckDB 2 in a thin environment that takes everything else from the first.
$(DUCKDB2_STAMP): | $(DEV_STAMP)
	@rm -rf $(VENV)/duckdb2 $(VENV)/.duckdb2-*
	@$(BIN)/python -m venv $(VENV)/duckdb2
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
	    > "$$($(VENV)/duckdb2/bin/python -c \
	        'import sysconfig; print(sysconfig.get_path("purelib"))')/environment.pth"
	@$(VENV)/duckdb2/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
	    --no-deps --ignore-installed --require-hashes -r requirements-duckdb2.lock
	@touch $@

$(BIN)/python:
	@python=; for candidate in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3; do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        python=$$candidate; break; fi; done; \
	if [ -z "$$python" ]; then \
	    echo 'mailtracer needs Python 3.11 or newer, and finds none.' >&2; \
	    echo '  Debian 12, Ubuntu 23.04 or newer: apt-get install python3 python3-venv' >&2; \
	    echo '  macOS: brew install python@3.11' >&2; \
	    echo '  or name one: make PYTHON=/path/to/python3.11 ...' >&2; exit 1; fi; \
	"$$python" -m venv $(VENV) || { rm -rf $(VENV); \
	    echo "$$python cannot make an environment: install its venv package" \
	        '(Debian: apt-get install python3-venv).' >&2; exit 1; }
