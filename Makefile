# Two commands do everything on a fresh machine with Python >= 3.11 and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PLAYER := lrs_bridge/web/static/vendor/scorm-again-2004.min.js

.PHONY: demo demo-stop bench test check lock player course clean

demo: $(VENV)/installed $(PLAYER)
	$(BIN)/lrs-bridge demo

demo-stop: $(VENV)/installed
	$(BIN)/lrs-bridge demo --stop

# by hand, on a quiet machine; needs wrk
bench: $(VENV)/tests-installed
	$(BIN)/python -m benchmarks.lrs

test: $(VENV)/tests-installed $(PLAYER)
	$(BIN)/python -m tests.real_parts
	$(MAKE) check
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not browser"
	$(BIN)/python -m pytest -m browser

check: $(VENV)/tests-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

player: $(PLAYER)

$(PLAYER): lrs_bridge/web/player/package-lock.json | $(VENV)/installed
	$(BIN)/python -m scorm_packages.fetch_player

course: $(VENV)/installed
	$(BIN)/python -m scorm_packages.build

# The lock files name every distribution, so nothing is resolved (--no-deps): a newer release elsewhere changes nothing here.
# They hold every hash and no download address; `make lock` renews them.
lock: $(VENV)/installed
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile setup.cfg --extra build --extra demo --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements.lock
	$(BIN)/uv pip compile setup.cfg --extra build --extra demo --extra test -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements-test.lock

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=python3.11 (or newer)"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "python3 has no venv module: on Debian, apt-get install python3-venv"; exit 1; }

$(VENV)/installed: requirements.lock setup.cfg | $(VENV)/bin/python
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/tests-installed: requirements-test.lock $(VENV)/installed
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements-test.lock
	touch $@

clean:
	rm -rf $(VENV) build data .mypy_cache .pytest_cache .ruff_cache .import_linter_cache lrs_bridge/web/static/vendor
