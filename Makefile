# make run: the editor. make picture: a picture without it. make test: everything that CI checks. The rest are its parts.

VENV := .venv
BIN := $(VENV)/bin
# The first interpreter that starts and is new enough, oldest supported first: that is the one constraints.txt is tested with.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
# Versions that are known to work together. `make run CONSTRAINTS=` takes the newest of everything (see README, on a GPU).
CONSTRAINTS ?= -c constraints.txt
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check $(CONSTRAINTS)

PORT ?= 8188
TEMPLATE ?= txt2img
GRAPH ?= graphs/txt2img.json
OUTPUT ?= output
WORKERS ?= 2
BENCH ?=
# What the editor is built of: when it changes, the set-up builds it anew.
EDITOR := $(shell find web graphs -path web/node_modules -prune -o -type f ! -name "*.test.ts*" -print)
# Optional plugins that live here: the dev set-up installs them beside nodeflow, so that the checks cover them.
PLUGINS := $(wildcard plugins/*/pyproject.toml)
CHECKPOINT ?= nodes/nodeflow_diffusion/models/checkpoints/nodeflow-scenes.safetensors
PICTURES ?= 100
SAMPLE := .mypy_cache/acme-sample

.PHONY: run picture test setup lint format types imports web check docs bench bench-model clean
.DEFAULT_GOAL := run

run: $(VENV)/.installed-run $(VENV)/.editor
	@$(BIN)/nodeflow serve --port $(PORT) --template $(TEMPLATE)

picture: $(VENV)/.installed-run
	@$(BIN)/nodeflow run $(GRAPH) --output $(OUTPUT)

# The parts that use one core each go side by side.
test: setup
	@$(MAKE) --no-print-directory -j 2 lint types imports web
	@$(MAKE) --no-print-directory check

setup: $(VENV)/.installed-dev

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# And what a new plugin's author gets.
types: setup
	$(BIN)/mypy
	@rm -rf $(SAMPLE) && $(BIN)/nodeflow new-plugin acme-sample --folder $(SAMPLE) > /dev/null
	cd $(SAMPLE) && $(abspath $(BIN))/mypy --cache-dir ../plugin

imports: setup
	$(BIN)/lint-imports

# The editor: types, lint and unit tests; what needs a browser is in tests/web.
web: setup
	$(BIN)/python web_build.py check

# Torch's own threads and pytest's processes fight over the same cores: one thread each.
check: setup $(VENV)/.editor
	OMP_NUM_THREADS=1 $(BIN)/pytest -n $(WORKERS) $(PYTEST_ARGS)

docs: setup
	$(BIN)/python scripts/write_docs.py

# Times; `make bench BENCH="engine startup"` measures some, `BENCH=--write` writes docs/performance.md.
bench: setup
	$(BIN)/python -m benchmarks $(BENCH)

# How well pictures of the checkpoint follow their captions; minutes for a hundred pictures a row on two cores.
bench-model: setup
	$(BIN)/python -m nodeflow_training evaluate --checkpoint $(CHECKPOINT) --pictures $(PICTURES)

clean:
	rm -rf $(VENV) nodeflow/static web/node_modules output .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "nodeflow needs Python 3.11 or newer; none was found. Name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# A stamp per set-up, so that the second call installs nothing. The dev set-up holds all that the run set-up does.
$(VENV)/.installed-run: pyproject.toml constraints.txt hatch_build.py web_build.py | $(BIN)/python
	@echo "Setting up $(VENV) (a few minutes the first time)" >&2
	$(INSTALL) -e ".[diffusion,server]"
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt hatch_build.py web_build.py $(PLUGINS) | $(BIN)/python
	@echo "Setting up $(VENV) for development (a few minutes the first time)" >&2
	$(INSTALL) -e ".[dev]" $(PLUGINS:%/pyproject.toml=-e ./%)
	@touch $@ $(VENV)/.installed-run

# The set-up builds the editor; this builds it again when its sources are newer, where pip brings Node.js if there is none.
$(VENV)/.editor: $(EDITOR) | $(BIN)/python
	@$(BIN)/python web_build.py fresh || $(INSTALL) --no-deps -e .
	@touch $@
