# Needs Python >= 3.11 and make; everything else goes into .venv, locked by uv.lock.
# ARGS is handed to the program that is started: make run ARGS="--port 9000"

ifndef PYTHON
PYTHON := $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
endif
UV     := 0.13.9
JOBS   ?= auto
VENV   := .venv
BIN    := $(VENV)/bin
# --inexact: an exact sync would remove uv itself and what the other of the two environments needs.
SYNC   := env -u VIRTUAL_ENV UV_PROJECT_ENVIRONMENT=$(VENV) UV_PYTHON_DOWNLOADS=never \
	$(BIN)/uv sync --python $(BIN)/python --locked --inexact --quiet

# Where every branch is tested: the engine, and what decides who may.
WHOLE  := src/procession/engine/*.py src/procession/engine/rules/*.py $(wildcard src/procession/*/access.py src/procession/people/permissions.py)
# Tests start many processes: none may compile every module anew, whatever the caller's environment wants.
WITH_CACHE := env -u PYTHONDONTWRITEBYTECODE
comma  := ,
empty  :=
space  := $(empty) $(empty)

.DEFAULT_GOAL := help
.PHONY: help run install dev test lint format bench faults golden docs clean distclean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.runtime  ## start Procession on http://127.0.0.1:8000 (the first time with a demo organization)
	@exec $(BIN)/python -m procession.cli.main run $(ARGS)

install: $(VENV)/.runtime  ## only the environment: .venv/bin/procession works afterwards
	@echo "$(BIN)/procession is ready"

dev: $(VENV)/.dev  ## the environment with what tests and checks need
	@:

test: $(VENV)/.dev  ## all tests, on both databases, with coverage
	$(WITH_CACHE) $(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --durations=15 --cov --cov-report= --cov-fail-under=0 $(ARGS)  # the reports below judge
	$(BIN)/coverage report
	$(BIN)/coverage report --fail-under=100 --include='$(subst $(space),$(comma),$(strip $(WHOLE)))'

lint: $(VENV)/.dev  ## style, types, floors, sizes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/sizes.py src

format: $(VENV)/.dev  ## set the code as `make lint` wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev  ## side by side with PocketBase and the floor (needs wrk; figures in docs/performance.md)
	@command -v wrk >/dev/null || { echo "make bench needs wrk (Debian, Ubuntu: apt install wrk)" >&2; exit 2; }
	$(BIN)/python bench/run.py $(ARGS)

faults: $(VENV)/.dev  ## the long proofs: kills, races, flushes to disk, minutes of load (needs strace)
	@command -v strace >/dev/null || { echo "make faults needs strace (Debian, Ubuntu: apt install strace)" >&2; exit 2; }
	$(BIN)/pytest -m long -v -o faulthandler_timeout=3600 $(ARGS)

golden: $(VENV)/.dev  ## write the stored answers anew after a meant change of the wire; read the difference
	PROCESSION_GOLDEN=write $(BIN)/pytest -q tests/api/test_golden.py
	@git status --short tests/api/golden

docs:  ## where to read what
	@for page in README.md CONTRIBUTING.md CHANGELOG.md SECURITY.md docs/*.md; do \
		printf '%-26s %s\n' "$$page" "$$(sed -n 's/^# //p' "$$page" | head -n 1)"; done

clean:  ## remove what checks and tests leave behind
	rm -rf .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis dist bench/out
	find src tests tools $(wildcard bench) -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean  ## the environment too; never the data
	rm -rf $(VENV)

# The stamps live in .venv: whoever removes it removes them.
$(VENV)/.uv-$(UV):
	@test -n '$(PYTHON)' || { echo "Procession needs Python 3.11 or later; name it with make PYTHON=/path/to/python3" >&2; exit 2; }
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || rm -rf $(VENV)
	@echo "making $(VENV) (once; some minutes on a slow line)"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.uv-$(UV) pyproject.toml uv.lock
	@$(SYNC) --no-dev
	@touch $@

$(VENV)/.dev: $(VENV)/.uv-$(UV) pyproject.toml uv.lock
	@$(SYNC)
	@touch $@ $(VENV)/.runtime
