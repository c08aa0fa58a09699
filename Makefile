# Two commands for everybody: `make run` and `make test`. The rest is for those who change Corp ID.
# Each target does its own set-up; nothing but Python 3.11 with venv, make and git is needed.
VENV ?= .venv
PYTHON_FOUND := $(shell for p in python3.11 python3 python; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv

# Settings are loaded to read models and types; nothing here connects anywhere.
STANDIN := CORPID_MODE=sandbox SECRET_KEY=unused KEY_ENCRYPTION_KEY=unused IDENTIFIER_HMAC_KEY=unused \
  BASE_URL=http://localhost DATABASE_URL=postgres:///unused CACHE_URL=redis://localhost BROKER_URL=redis://localhost

.PHONY: run backup restore test soak bench check style templates imports types migrations migration translations format messages lock setup clean

run: $(VENV)/run.stamp
	@exec $(PY) -m corpid.embedded run

# What starts sets of processes has the machine to itself, after the rest. A choice by ARGS may
# leave nothing for one of the two (pytest's status 5).
test: $(VENV)/development.stamp
	@rest=0; $(PY) -m pytest -m 'not soak and not processes' -n auto $(ARGS) || rest=$$?; \
	processes=0; $(PY) -m pytest -m 'processes and not soak' -n 0 $(ARGS) || processes=$$?; \
	case "$$rest-$$processes-$(if $(ARGS),chosen)" in \
	  0-0-*|0-5-chosen|5-0-chosen) ;; \
	  *) echo "make test failed (the rest: $$rest, processes: $$processes)." >&2; exit 1 ;; \
	esac

soak: $(VENV)/development.stamp
	@exec $(PY) -m pytest -m soak -p no:randomly $(ARGS)

bench: $(VENV)/development.stamp
	@exec $(PY) -m benchmarks $(ARGS)

check: style templates imports types migrations translations

style: $(VENV)/development.stamp
	$(VENV)/bin/ruff format --quiet --check .
	$(VENV)/bin/ruff check --quiet .

templates: $(VENV)/development.stamp
	$(VENV)/bin/djlint templates --check --quiet
	$(VENV)/bin/djlint templates --lint --quiet

imports: $(VENV)/development.stamp
	$(VENV)/bin/lint-imports

types: $(VENV)/development.stamp
	$(STANDIN) $(VENV)/bin/mypy .

migrations: $(VENV)/development.stamp
	$(STANDIN) $(PY) -W ignore manage.py makemigrations --check --dry-run

# make migration APP=authentication NAME=initial
migration: $(VENV)/development.stamp
	$(STANDIN) $(PY) -W ignore manage.py makemigrations $(APP) -n $(NAME)

translations: $(VENV)/development.stamp
	$(PY) -m pytest -q -n 0 tests/test_translations.py

format: $(VENV)/development.stamp
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .
	-$(VENV)/bin/djlint templates --reformat --quiet

# Needs GNU gettext, on the machine of whoever changes a text; the compiled catalogues are in the tree.
messages: $(VENV)/development.stamp
	$(STANDIN) $(PY) manage.py makemessages --all --ignore '.venv' --ignore 'var' --ignore 'build' --no-obsolete --add-location file
	$(STANDIN) $(PY) manage.py compilemessages --ignore '.venv' --ignore 'var'

lock: $(VENV)/development.stamp
	$(UV) pip compile pyproject.toml --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -q -o requirements/production.lock
	$(UV) pip compile pyproject.toml --group demo --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -q -o requirements/run.lock
	$(UV) pip compile pyproject.toml --group dev --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -q -o requirements/development.lock
	$(UV) pip compile --group installer --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -q -o requirements/uv.lock

# `make restore TO=2026-03-01T12:00:00+08:00` brings back that moment, without TO the last one.
backup restore: $(VENV)/run.stamp
	@exec $(PY) -m corpid.embedded $@ $(if $(filter restore,$@),$(TO))

setup: $(VENV)/development.stamp

$(VENV)/bin/uv: requirements/uv.lock
	@test -n "$(PYTHON_FOUND)" || { echo "Corp ID needs Python 3.11 or later with the venv module (on Debian: python3 and python3-venv)." >&2; exit 1; }
	@$(PYTHON_FOUND) -m venv $(VENV)
	@$(VENV)/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r requirements/uv.lock
	@touch $@

$(VENV)/%.stamp: requirements/%.lock $(VENV)/bin/uv
	@echo "Installing what $< names (first time, or it changed)..."
	@VIRTUAL_ENV=$(abspath $(VENV)) $(UV) pip install --quiet --require-hashes --compile-bytecode -r $<
	@$(PY) -c 'import os, sysconfig; open(sysconfig.get_path("purelib") + "/corpid.pth", "w").write(os.getcwd() + "\n")'
	@touch $@

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
